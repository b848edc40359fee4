#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""by_hand.py - the shipped models once more, as plain loops over trials, and what they predict on
short sequences. Prints tests/support/by_hand.h:  python3 by_hand.py >by_hand.h"""
from math import erf, exp, log, pi, sqrt

NA = None
CHOICES = [0, 1, 1, 0, 1, 0, NA, 1, 1, 0, 0, 1]
DATA = {
    "bandit": {"choice": CHOICES, "reward": [1, 0, 1, 0, 1, 1, NA, 0, 0, 1, 0, 1],
               "block": [0] * 8 + [1] * 4},
    "points": {"choice": CHOICES, "reward": [12, -3, 7, 2, 15, -8, NA, 4, -1, 9, 3, -6],
               "block": [0] * 5 + [1] * 7},
    "restless": {"choice": [0, 3, 1, 2, 2, NA, 1, 0, 3, 3, 2, 1],
                 "reward": [12, -3, 7, 2, 15, NA, 4, -1, 9, 3, -6, 8], "block": [0] * 12},
    "iowa": {"choice": [0, 1, 2, 3, 2, NA, 1, 0, 3, 3, 2, 1],
             "reward": [100, -1150, 50, 0, -25, NA, 100, -250, 50, -200, 50, 100], "block": [0] * 12},
    "two_step": {"choice": [0, 1, 0, 0, 1, 1, 1, 0, NA, 1, 0, 1],
                 "reward": [0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1],
                 "stage": [0, 1] * 6, "state": [0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0],
                 "block": [0] * 12},
    "stimuli": {"choice": [0, 2, 1, 0, 2, NA, 1, 1, 0, 2, 2, 1],
                "reward": [1, 0, 0, 0, 1, NA, 0, 1, 0, 1, 1, 1],
                "stimulus": [0, 1, 2, 1, 1, 0, 1, 0, 3, 2, 1, 0],
                "set_size": [3] * 6 + [5] * 6, "block": [0] * 6 + [1] * 6},
    "go_nogo": {"choice": CHOICES, "reward": [1, 0, -1, 0, 1, -1, NA, 0, -1, 1, 0, 1],
                "stimulus": [0, 1, 2, 3, 0, 2, 1, 0, 2, 3, 3, 0], "block": [0] * 12},
    "clicks": {"choice": CHOICES, "reward": [0] * 12, "left": [0, 1, 0, 0, 2, 0, 1, 0, 0, 0, 1, 0],
               "right": [0, 0, 1, 1, 1, 0, 1, 3, 0, 2, 1, 0], "block": [0] * 12},
}


def softmax(x):
    top = max(x)
    e = [exp(v - top) for v in x]
    return [v / sum(e) for v in e]


def phi(x):
    return 0.5 * (1 + erf(x / sqrt(2)))


def logistic(x):
    return 1 / (1 + exp(-x))


# Each model: a generator that is sent (choice, reward) after it has yielded its probabilities, and
# gets the cues of a trial as `d` (a dictionary); it is not sent trials without a choice.
class Model:
    def __init__(self, k):
        self.k = k
        self.start()

    def block(self):
        pass


class QLearning(Model):
    def start(self):
        self.q = [0.5, 0.5]

    def predict(self, d):
        return softmax([self.k["beta"] * v for v in self.q])

    def learn(self, c, r, d):
        self.q[c] += self.k["alpha"] * (r - self.q[c])


class ActorCritic(Model):
    def start(self):
        self.theta, self.v = [0, 0], 0.5

    def predict(self, d):
        return softmax(self.theta)

    def learn(self, c, r, d):
        k, p, delta = self.k, softmax(self.theta), r - self.v
        for i in range(2):
            push = (1 - p[i]) if i == c else -p[i]
            self.theta[i] = (1 - k["alpha_forget"]) * self.theta[i] + k["alpha_learn"] * delta * push
        self.v = (1 - k["alpha_critic"]) * self.v + k["alpha_critic"] * r


class QDual(QLearning):
    def learn(self, c, r, d):
        e = r - self.q[c]
        self.q[c] += self.k["alpha_positive" if e > 0 else "alpha_negative"] * e


class QForgetting(QLearning):
    def start(self):
        self.q = [0, 0]

    def learn(self, c, r, d):
        self.q[c] += self.k["alpha"] * (r - self.q[c])
        self.q[1 - c] *= 1 - self.k["forget"]


class ChoiceKernel(Model):
    def start(self):
        self.kernel = [0, 0]

    def predict(self, d):
        return softmax([self.k["beta"] * v for v in self.kernel])

    def learn(self, c, r, d):
        for i in range(2):
            self.kernel[i] += self.k["alpha"] * ((i == c) - self.kernel[i])


class Perseveration(Model):
    def start(self):
        self.last = None

    def predict(self, d):
        return softmax([self.k["kappa"] * (i == self.last) for i in range(2)])

    def learn(self, c, r, d):
        self.last = c


class QChoiceKernel(Model):
    def start(self):
        self.q, self.kernel = [0.5, 0.5], [0, 0]

    def predict(self, d):
        k = self.k
        return softmax([k["beta"] * self.q[i] + k["beta_kernel"] * self.kernel[i] for i in range(2)])

    def learn(self, c, r, d):
        self.q[c] += self.k["alpha"] * (r - self.q[c])
        for i in range(2):
            self.kernel[i] += self.k["alpha_kernel"] * ((i == c) - self.kernel[i])


class QPerseveration(Model):
    carry_over = False

    def start(self):
        self.q, self.last, self.m = [0, 0], None, [0, 0]

    def block(self):
        self.q, self.last = [0, 0], None
        if not self.carry_over:
            self.m = [0, 0]

    def predict(self, d):
        k = self.k
        if self.last is not None:
            self.m = [k["kappa"] * (i == self.last) for i in range(2)]
        return softmax([k["beta"] * (self.q[i] + self.m[i]) for i in range(2)])

    def learn(self, c, r, d):
        self.q[c] += self.k["alpha"] * (r - self.q[c])
        self.last = c


class QPerseverationCarried(QPerseveration):
    carry_over = True


class WinStay(Model):
    def start(self):
        self.last = None

    def predict(self, d):
        if self.last is None:
            return [0.25] * 4
        stay = self.k["stay_after_win"] if self.won else 1 - self.k["shift_after_loss"]
        return [stay if i == self.last else (1 - stay) / 3 for i in range(4)]

    def learn(self, c, r, d):
        self.last, self.won = c, r > 0


class Bari(Model):
    def start(self):
        self.q, self.last = [0, 0], None

    def predict(self, d):
        k = self.k
        x = [k["beta"] * (self.q[i] + k["kappa"] * (i == self.last)) for i in range(2)]
        return softmax([x[0] + k["bias"], x[1]])

    def learn(self, c, r, d):
        self.q[c] += self.k["alpha"] * (r - self.q[c])
        self.q[1 - c] *= 1 - self.k["forget"]
        self.last = c


class Hattori(Model):
    def start(self):
        self.q = [0, 0]

    def predict(self, d):
        k = self.k
        return softmax([k["beta"] * self.q[0] + k["bias"], k["beta"] * self.q[1]])

    def learn(self, c, r, d):
        self.q[c] += self.k["alpha_reward" if r else "alpha_none"] * (r - self.q[c])
        self.q[1 - c] *= 1 - self.k["forget"]


class CompareToThreshold(Model):
    def start(self):
        self.v, self.last = self.k["threshold"], None

    def predict(self, d):
        k, stay = self.k, 0.5
        if self.last is not None:
            stay = logistic(k["beta"] * (self.v - k["threshold"]))
        p0 = stay if self.last in (0, None) else 1 - stay
        p0 = logistic(log(p0 / (1 - p0)) + k["bias"])
        return [p0, 1 - p0]

    def learn(self, c, r, d):
        if self.last is not None and c != self.last:
            self.v = self.k["threshold"]
        self.v += self.k["alpha"] * (r - self.v)
        self.last = c


class LossCounting(Model):
    def start(self):
        self.n, self.last = 0, None

    def predict(self, d):
        k, x = self.k, 0
        if self.last is not None:
            x = (self.n - k["threshold"]) / k["spread"] * (1 if self.last == 1 else -1)
        return [phi(x + k["bias"]), phi(-x - k["bias"])]

    def learn(self, c, r, d):
        self.n = 0 if r else 1 if c != self.last else self.n + 1
        self.last = c


class MatchingPennies(Model):
    def start(self):
        self.v = [0, 0]

    def predict(self, d):
        return softmax(self.v)

    def learn(self, c, r, d):
        self.v = [self.k["decay"] * v for v in self.v]
        self.v[c] += self.k["reward_evidence" if r else "loss_evidence"]


class RewardSeeking(Model):
    def start(self):
        self.rho = 0

    def predict(self, d):
        return softmax([-self.k["beta"] * self.rho, self.k["beta"] * self.rho])

    def learn(self, c, r, d):
        c, r = 2 * c - 1, 2 * r - 1
        self.rho += self.k["alpha"] * c * (r - c * self.rho)


class RewardHabitFallacy(Model):
    def start(self):
        self.R = self.H = self.G = 0

    def predict(self, d):
        k = self.k
        x = k["beta_reward"] * self.R + k["beta_habit"] * self.H + k["beta_fallacy"] * self.G + k["bias"]
        return softmax([-x, x])

    def learn(self, c, r, d):
        k, c, r = self.k, 2 * c - 1, 2 * r - 1
        self.R = (1 - k["alpha_reward"]) * self.R + k["alpha_reward"] * c * r
        self.H = (1 - k["alpha_habit"]) * self.H + k["alpha_habit"] * c
        self.G = (1 - k["alpha_fallacy"]) * self.G + k["alpha_fallacy"] * (c - c * r)


class Kalman(Model):
    def start(self):
        self.m, self.v = [0, 0], [100, 100]

    block = start

    def predict(self, d):
        V, RU = self.m[0] - self.m[1], sqrt(self.v[0]) - sqrt(self.v[1])
        x = self.rule(self.k, V, RU, sqrt(self.v[0] + self.v[1]))
        return [phi(x), phi(-x)]

    def learn(self, c, r, d):
        g = self.v[c] / (self.v[c] + 10)
        self.m[c] += g * (r - self.m[c])
        self.v[c] *= 1 - g


class Thompson(Kalman):
    def rule(self, k, V, RU, TU):
        return k["beta"] * V / TU


class Ucb(Kalman):
    def rule(self, k, V, RU, TU):
        return k["beta"] * V + k["gamma"] * RU


class Hybrid(Kalman):
    def rule(self, k, V, RU, TU):
        return k["beta"] * V / TU + k["gamma"] * RU


class Restless(Model):
    def start(self):
        self.m, self.v = [0] * 4, [1000] * 4

    def predict(self, d):
        return softmax([self.k["beta"] * v for v in self.m])

    def learn(self, c, r, d):
        self.v = [v + self.k["diffusion"] for v in self.v]
        g = self.v[c] / (self.v[c] + 16)
        self.m[c] += g * (r - self.m[c])
        self.v[c] *= 1 - g


class TwoStep(Model):
    def start(self):
        self.mf, self.q, self.first = [0, 0], [[0, 0], [0, 0]], None

    def predict(self, d):
        k = self.k
        if d["stage"]:
            return softmax([k["beta_2"] * v for v in self.q[d["state"]]])
        x = []
        for a in range(2):
            reach = [0.7, 0.3] if a == 0 else [0.3, 0.7]
            mb = sum(reach[s] * max(self.q[s]) for s in range(2))
            x.append(k["beta_1"] * (k["w"] * mb + (1 - k["w"]) * self.mf[a] +
                                    k["stickiness"] * (a == self.first)))
        return softmax(x)

    def learn(self, c, r, d):
        k = self.k
        if not d["stage"]:
            self.first = c
            return
        here = self.q[d["state"]][c]
        if self.first is not None:
            self.mf[self.first] += k["alpha_1"] * (here - self.mf[self.first] + k["lambda"] * (r - here))
        self.q[d["state"]][c] += k["alpha_2"] * (r - here)


class WorkingMemory(Model):
    def start(self):
        self.q = [[1 / 3] * 3 for _ in range(6)]
        self.w = [[1 / 3] * 3 for _ in range(6)]

    block = start

    def predict(self, d):
        k, s = self.k, d["stimulus"]
        weight = k["rho"] * min(1, k["capacity"] / d["set_size"])
        q, w = softmax([8 * v for v in self.q[s]]), softmax([8 * v for v in self.w[s]])
        return [(1 - k["noise"]) * (weight * w[i] + (1 - weight) * q[i]) + k["noise"] / 3
                for i in range(3)]

    def learn(self, c, r, d):
        k, s = self.k, d["stimulus"]
        self.q[s][c] += k["alpha"] * (r - self.q[s][c])
        self.w = [[v + k["decay"] * (1 / 3 - v) for v in row] for row in self.w]
        self.w[s][c] = r


class GoNoGo(Model):
    def start(self):
        self.q, self.v = [[0, 0] for _ in range(4)], [0] * 4

    def predict(self, d):
        k, s = self.k, d["stimulus"]
        go = logistic(self.q[s][1] + k["bias"] + k["pavlovian"] * self.v[s] - self.q[s][0])
        go = (1 - k["noise"]) * go + k["noise"] / 2
        return [1 - go, go]

    def learn(self, c, r, d):
        k, s = self.k, d["stimulus"]
        self.q[s][c] += k["alpha"] * (k["sensitivity"] * r - self.q[s][c])
        self.v[s] += k["alpha"] * (k["sensitivity"] * r - self.v[s])


class ProspectValence(Model):
    def start(self):
        self.v = [0] * 4

    def predict(self, d):
        return softmax([(3 ** self.k["consistency"] - 1) * v for v in self.v])

    def learn(self, c, r, d):
        k, x = self.k, r / 100
        u = x ** k["shape"] if x > 0 else -k["loss_aversion"] * (-x) ** k["shape"] if x < 0 else 0
        self.v[c] += k["alpha"] * (u - self.v[c])


class Orl(Model):
    def start(self):
        self.v, self.f, self.p = [0] * 4, [0] * 4, [0] * 4

    def predict(self, d):
        k = self.k
        return softmax([self.v[i] + k["beta_frequency"] * self.f[i] + k["beta_linger"] * self.p[i]
                        for i in range(4)])

    def learn(self, c, r, d):
        k, x = self.k, r / 100
        sign = (x > 0) - (x < 0)
        own, other = k["alpha_win"], k["alpha_loss"]
        if x < 0:
            own, other = other, own
        self.v[c] += own * (x - self.v[c])
        for i in range(4):
            self.f[i] += own * (sign - self.f[i]) if i == c else other * (-sign / 3 - self.f[i])
        self.p[c] = 1
        self.p = [v / 3 ** k["fade"] for v in self.p]


class Hgf(Model):
    def start(self):
        self.mu2, self.s2, self.mu3, self.s3 = 0, 0.1, 1, 1

    def predict(self, d):
        return softmax([0, self.k["beta"] * self.mu2])

    def learn(self, c, r, d):
        u = r if c == 1 else 1 - r
        p = logistic(self.mu2)
        v = exp(min(self.mu3 + self.k["omega"], 4))
        pihat2 = 1 / (self.s2 + v)
        pi2 = pihat2 + p * (1 - p)
        mu2 = self.mu2 + (u - p) / pi2
        w, da = v * pihat2, (1 / pi2 + (mu2 - self.mu2) ** 2) * pihat2 - 1
        pihat3 = 1 / (self.s3 + exp(self.k["theta"]))
        pi3 = pihat3 + max(0, 0.5 * w * (w + (2 * w - 1) * da))
        self.mu3 += 0.5 * w * da / pi3
        self.mu2, self.s2, self.s3 = mu2, 1 / pi2, 1 / pi3


class History(Model):
    def start(self):
        self.past = []

    def predict(self, d):
        x = self.k["bias"]
        for lag, (c, r) in enumerate(self.past[:5], 1):
            x += self.k[f"choice_{lag}"] * c + self.k[f"reward_{lag}"] * c * r
        return [1 - logistic(x), logistic(x)]

    def learn(self, c, r, d):
        self.past.insert(0, (2 * c - 1, r))


def density(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


class Accumulator(Model):
    def start(self):
        self.d, self.m, self.v, self.open, self.up, self.begun = 1, 0, 1e-6, 1, 0, 0

    def predict(self, d):
        left, right, bound = d["left"], d["right"], self.k["bound"]
        self.begun = self.begun or left + right > 0
        kept = 1 - self.k["leak"] * self.begun
        m = kept * self.m + self.d * (right - left)
        noise = self.d * self.k["noise_click"]
        s = sqrt(kept ** 2 * self.v + noise ** 2 * (left ** 2 + right ** 2) 
                 + (self.k["noise_step"] * self.begun) ** 2)
        weaker = (1 - self.k["depression"]) * self.d if left + right else 0
        self.d += (1 - self.d) / self.k["recovery"] - weaker
        low, high = (-bound - m) / s, (bound - m) / s
        part = phi(high) - phi(low)
        self.up += self.open * phi(-high)
        self.open *= part
        if part > 1e-6:
            a, b = density(low), density(high)
            self.m = m + s * (a - b) / part
            self.v = s * s * (1 + (low * a - high * b) / part - ((a - b) / part) ** 2)
        else:
            self.m = max(min(m, bound), -bound)
        right = self.up + self.open * phi((self.m - self.k["bias"]) / sqrt(self.v))
        p = self.k["lapse"] / 2 + (1 - self.k["lapse"]) * right
        return [1 - p, p]

    def learn(self, c, r, d):
        pass


MODELS = [
    ("q_learning", QLearning, "bandit", "", dict(alpha=0.35, beta=2.5)),
    ("actor_critic", ActorCritic, "bandit", "",
     dict(alpha_critic=0.25, alpha_learn=0.9, alpha_forget=0.07)),
    ("q_dual", QDual, "bandit", "", dict(alpha_positive=0.45, alpha_negative=0.15, beta=3.5)),
    ("q_forgetting", QForgetting, "bandit", "", dict(alpha=0.4, forget=0.15, beta=3)),
    ("choice_kernel", ChoiceKernel, "bandit", "", dict(alpha=0.3, beta=2.2)),
    ("perseveration", Perseveration, "bandit", "", dict(kappa=-0.8)),
    ("q_choice_kernel", QChoiceKernel, "bandit", "",
     dict(alpha=0.3, beta=2, alpha_kernel=0.4, beta_kernel=1.5)),
    ("q_perseveration", QPerseveration, "bandit", "", dict(alpha=0.25, beta=4, kappa=0.2)),
    ("q_perseveration", QPerseverationCarried, "bandit", "carry_over=true",
     dict(alpha=0.25, beta=4, kappa=-0.3)),
    ("win_stay_lose_shift", WinStay, "restless", "",
     dict(stay_after_win=0.85, shift_after_loss=0.6)),
    ("bari", Bari, "bandit", "", dict(alpha=0.4, forget=0.1, beta=3, kappa=0.3, bias=0.4)),
    ("hattori", Hattori, "bandit", "",
     dict(alpha_reward=0.5, alpha_none=0.2, forget=0.1, beta=3, bias=-0.3)),
    ("compare_to_threshold", CompareToThreshold, "bandit", "",
     dict(alpha=0.4, threshold=0.45, beta=5, bias=0.2)),
    ("loss_counting", LossCounting, "bandit", "", dict(threshold=1.6, spread=0.9, bias=0.15)),
    ("q_matching_pennies", MatchingPennies, "bandit", "",
     dict(decay=0.7, reward_evidence=0.8, loss_evidence=-0.4)),
    ("reward_seeking", RewardSeeking, "bandit", "", dict(alpha=0.3, beta=1.2)),
    ("reward_habit_fallacy", RewardHabitFallacy, "bandit", "",
     dict(alpha_reward=0.6, alpha_habit=0.3, alpha_fallacy=0.1, beta_reward=1, beta_habit=0.4,
          beta_fallacy=0.7, bias=-0.1)),
    ("kalman_thompson", Thompson, "points", "", dict(beta=1.1)),
    ("kalman_ucb", Ucb, "points", "", dict(beta=0.11, gamma=0.07)),
    ("kalman_hybrid", Hybrid, "points", "", dict(beta=0.9, gamma=0.1)),
    ("kalman_restless", Restless, "restless", "", dict(diffusion=12, beta=0.15)),
    ("two_step", TwoStep, "two_step", "",
     {"alpha_1": 0.4, "alpha_2": 0.6, "beta_1": 3, "beta_2": 2, "lambda": 0.7, "w": 0.4,
      "stickiness": 0.15}),
    ("rl_working_memory", WorkingMemory, "stimuli", "",
     dict(alpha=0.12, rho=0.85, capacity=3.5, decay=0.2, noise=0.06)),
    ("pavlovian_go_nogo", GoNoGo, "go_nogo", "",
     dict(alpha=0.3, sensitivity=3, bias=0.4, pavlovian=0.5, noise=0.08)),
    ("prospect_valence", ProspectValence, "iowa", "",
     dict(alpha=0.3, shape=0.6, loss_aversion=1.4, consistency=0.8)),
    ("orl", Orl, "iowa", "",
     dict(alpha_win=0.3, alpha_loss=0.1, fade=0.5, beta_frequency=1.5, beta_linger=0.8)),
    ("hgf_binary", Hgf, "bandit", "", dict(omega=-1.5, theta=-2, beta=1.7)),
    ("history_logistic", History, "bandit", "",
     dict(reward_1=1.1, reward_2=0.6, reward_3=0.3, reward_4=0.2, reward_5=0.1, choice_1=0.5,
          choice_2=-0.2, choice_3=0.15, choice_4=0.1, choice_5=-0.05, bias=0.1)),
    ("bounded_accumulator", Accumulator, "clicks", "",
     dict(noise_click=0.6, noise_step=0.2, depression=0.4, recovery=6, bound=2.5, lapse=0.1, leak=0.07,
          bias=0.3)),
]


def play(make, data, k):
    model, rows, block = make(k), [], data["block"][0]
    for t, c in enumerate(data["choice"]):
        d = {name: column[t] for name, column in data.items()}
        if d["block"] != block:
            model.block()
            block = d["block"]
        rows.append(model.predict(d))
        if c is not None:
            model.learn(c, d["reward"], d)
    return rows


def number(x):
    return "NAN" if x is None else repr(x)


def main():
    print("// SPDX-License-Identifier: Apache-2.0")
    print("// by_hand.h - written by by_hand.py: sequences, and the probabilities that the models")
    print("// predict for every option of every trial.")
    print("// clang-format off")
    for name, data in DATA.items():
        for column, values in data.items():
            print(f"static const double {name}_{column}[] = {{{', '.join(map(number, values))}}};")
    print("static const hand_data hand_datasets[] = {")
    for name, data in DATA.items():
        names = ", ".join(f'"{c}"' for c in data)
        columns = ", ".join(f"{name}_{c}" for c in data)
        print(f'    {{"{name}", {len(data)}, {{{names}}}, {{{columns}}}}},')
    print("};\nstatic const hand_case hand_cases[] = {")
    for name, make, data, options, k in MODELS:
        settings = ",".join([f"{n}={v}" for n, v in k.items()] + ([options] if options else []))
        rows = play(make, DATA[data], k)
        print(f'    {{"{name}", "{data}", "{settings}", {len(rows[0])}, {{')
        for row in rows:
            print("        " + ", ".join(repr(v) for v in row) + ",")
        print("    }},")
    print("};")


main()
