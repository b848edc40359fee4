# SPDX-License-Identifier: Apache-2.0
"""Training steps of discern beside those of the Python package disentangled_rnns.

    peers.py BENCH TABLE.csv SUBJECTS.csv OUT.json

Per kind of network, in turn: ours, theirs, ours. Theirs is the package's own train_network, timed
from its draws of batches: its first step, which compiles, is left out, and JAX's work in the
background is awaited at the ends of every timed stretch. Both draw 1024 sessions of the same table
for every step. Prints a table; the same rows go to OUT.json.
"""
import importlib.metadata
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings

import haiku as hk
import jax
import numpy as np
import optax
from disentangled_rnns.library import disrnn, multisubject_disrnn, rnn_utils

DRAWN = 1024
NOTEBOOK = dict(obs_size=2, output_size=2, latent_size=5, update_net_n_units_per_layer=16,
                update_net_n_layers=4, choice_net_n_units_per_layer=4, choice_net_n_layers=2)
PENALTIES = dict(latent_penalty=1e-2, update_net_obs_penalty=1e-3, update_net_latent_penalty=1e-3,
                 choice_net_latent_penalty=1e-3, l2_scale=1e-3)


SUBJECTS = 9
SUBJECT_PENALTIES = dict.fromkeys(('subj_penalty', 'update_net_subj_penalty',
                                   'choice_net_subj_penalty'), 1e-3)


def noisy():
    return disrnn.HkDisentangledRNN(disrnn.DisRnnConfig(**NOTEBOOK, **PENALTIES))


def noiseless():
    off = dict.fromkeys(PENALTIES, 0.0)
    return disrnn.HkDisentangledRNN(disrnn.DisRnnConfig(**NOTEBOOK, **off, noiseless_mode=True))


def multisubject():
    return multisubject_disrnn.MultisubjectDisRnn(multisubject_disrnn.MultisubjectDisRnnConfig(
        **NOTEBOOK, **PENALTIES, **SUBJECT_PENALTIES, max_n_subjects=SUBJECTS,
        subject_embedding_size=2))


def gru():
    return hk.DeepRNN([hk.GRU(16), hk.Linear(2)])


MULTISUBJECT = 'disRNN, multisubject'  # on the table of several subjects, the others on that of one

# name in bench, network, loss, steps per timed stretch, stretches, the ratio to reach
KINDS = [
    ('disRNN, noisy', noisy, 'penalized_categorical', 2, 4, 25),
    ('disRNN, noiseless', noiseless, 'penalized_categorical', 2, 4, 60),
    ('GRU, 16 units', gru, 'categorical', 4, 4, 25),
    (MULTISUBJECT, multisubject, 'penalized_categorical', 4, 4, 15),
]


class Clocked(rnn_utils.DatasetRNNCategorical):
    """The package's data set, with the time of every draw."""

    def __next__(self):
        self.draws.append(time.perf_counter())
        return super().__next__()


def read_sessions(path, of_subjects):
    """xs [trial, session, (subject,) previous choice and reward], ys [trial, session, choice]."""
    rows = np.genfromtxt(path, delimiter=',', names=True)
    n = len(np.unique(rows['session']))
    columns = [rows[name].reshape(n, -1).T for name in ('choice', 'reward')]
    both = np.stack(columns, axis=-1)
    xs = np.zeros_like(both)
    xs[1:] = both[:-1]
    if of_subjects:
        xs = np.concatenate([rows['subject'].reshape(n, -1).T[:, :, None], xs], axis=-1)
    return xs.astype(np.float32), both[:, :, :1].astype(np.int32)


def theirs(kind, data):
    """Seconds per step of every timed stretch, and until the first step was done.

    train_network waits for its results at step 0 and at every log_losses_every-th after it, so the
    draw of the next step starts and the return of the function ends a stretch without anything
    left in the background; within a stretch drawing and computing may overlap, as they do in use.
    """
    _, network, loss, length, stretches, _ = kind
    dataset = Clocked(*data, batch_mode='random', batch_size=DRAWN, rng=np.random.default_rng(0))
    dataset.draws = []
    start = time.perf_counter()
    rnn_utils.train_network(network, dataset, None, opt=optax.adam(1e-3),
                            random_key=jax.random.PRNGKey(0), n_steps=1 + length * stretches,
                            max_grad_norm=1, loss=loss, log_losses_every=length, do_plot=False,
                            report_progress_by='none')
    # two draws come before that of step 0
    ends = dataset.draws[3::length] + [time.perf_counter()]
    if len(ends) != stretches + 1:
        sys.exit('bench-peers: this version of disentangled_rnns draws its batches in another way')
    return [(b - a) / length for a, b in zip(ends, ends[1:])], ends[0] - start


def ours(bench, table, name):
    run = subprocess.run([bench, 'peers', table, name], stdout=subprocess.PIPE, check=False)
    if run.returncode != 0:
        sys.exit(f'bench-peers: {bench} peers {table} "{name}" failed')
    return json.loads(run.stdout)


def row(name, unit, value, reference):
    return dict(name=name, value=value, unit=unit, reference=reference, ratio=value / reference)


def compare(kind, bench, table, data):
    """Rows of one kind, and its line of the table."""
    name, wanted = kind[0], kind[-1]
    before = ours(bench, table, name)
    peer, compiled = theirs(kind, data)
    after = ours(bench, table, name)
    trials = before['trials']
    seconds = before['seconds'] + after['seconds']
    rows = [row(f'{name}, training step, median', 'trials/s', trials / statistics.median(seconds),
                trials / statistics.median(peer)),
            row(f'{name}, training step, fastest', 'trials/s', trials / min(seconds),
                trials / min(peer)),
            row(f'{name}, until the first step is done', 's', before['first'], compiled)]
    medians = [1e3 * statistics.median(s) for s in (before['seconds'], peer, after['seconds'])]
    print(f'{name:18} {medians[0]:8.1f} {medians[1]:8.0f} {medians[2]:8.1f}'
          f' {rows[0]["value"]:12,.0f} {rows[0]["reference"]:12,.0f} {rows[0]["ratio"]:7.1f}'
          f' {rows[1]["ratio"]:8.1f} {wanted:7} {before["first"]:9.2f} {compiled:8.1f}', flush=True)
    return rows


def memory_row(bench, table):
    """Largest resident memory of the two processes; ours of the noisy steps, which need the most."""
    largest = ours(bench, table, KINDS[0][0])['memory']
    own = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return row('memory of the process at its largest', 'bytes', largest, own)


def head(data):
    version = importlib.metadata.version
    (n_trials, n_sessions), (trials_each, sessions_of_all) = [d[0].shape[:2] for d in data]
    print(f'{DRAWN} sessions drawn from {n_sessions} of {n_trials} trials'
          f' ({SUBJECTS} subjects: {sessions_of_all} of {trials_each}) for every step;'
          f' disentangled_rnns {version("disentangled_rnns")}, jax {version("jax")} on'
          f' {jax.default_backend()}, {os.cpu_count()} cores')
    print(f'{"":18} {"step, ms (median)":^26} {"trials/s (median)":^25} {"times as fast":^24}'
          f' {"first step, s":^18}')
    print(f'{"":18} {"ours":>8} {"theirs":>8} {"ours":>8} {"ours":>12} {"theirs":>12} {"median":>7}'
          f' {"fastest":>8} {"wanted":>7} {"ours":>9} {"theirs":>8}', flush=True)


def main(bench, table, subjects, out):
    warnings.filterwarnings('ignore', category=RuntimeWarning, module='jax')
    tables = (table, subjects)
    data = [read_sessions(path, path == subjects) for path in tables]
    head(data)
    rows = []
    for kind in KINDS:
        i = kind[0] == MULTISUBJECT
        rows += compare(kind, bench, tables[i], data[i])
    rows.append(memory_row(bench, table))
    print('memory of the process at its largest, MB:'
          f' ours {rows[-1]["value"] / 1e6:.0f}, theirs {rows[-1]["reference"] / 1e6:.0f}')
    with open(out + '.part', 'w', encoding='utf-8') as f:
        json.dump(rows, f, indent=2)
        f.write('\n')
    os.replace(out + '.part', out)


if __name__ == '__main__':
    if len(sys.argv) != 5:
        sys.exit('usage: peers.py BENCH TABLE.csv SUBJECTS.csv OUT.json')
    main(*sys.argv[1:])
