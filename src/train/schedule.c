// SPDX-License-Identifier: Apache-2.0
// schedule.c — the learning rate of step s = 0, 1, ... of a phase with S steps, peak rate r, w
// warm-up steps:
//   constant       r
//   linear_warmup  r min(1, (s + 1) / w)
//   cosine         the same ramp, then r (1 + cos(pi (s - w) / (S - w))) / 2   (Loshchilov, Hutter
// 2017, eq. 5)
#include <math.h>
#include <string.h>

#include "train/internal.h"

static double ramp(const dsc_phase_config *p, int64_t s)
{
    return s < p->warmup_steps ? (double)(s + 1) / p->warmup_steps : 1;
}

static double constant_factor(const dsc_phase_config *p, int64_t s)
{
    (void)p;
    (void)s;
    return 1;
}

static double cosine_factor(const dsc_phase_config *p, int64_t s)
{
    const double pi = 3.14159265358979323846;
    if (s < p->warmup_steps) return ramp(p, s);
    if (s >= p->steps) return 0;
    return 0.5 * (1 + cos(pi * (double)(s - p->warmup_steps) / (p->steps - p->warmup_steps)));
}

static const struct {
    const char *name;
    double (*factor)(const dsc_phase_config *, int64_t);
} schedules[] = {{"constant", constant_factor}, {"linear_warmup", ramp}, {"cosine", cosine_factor}};

double schedule_rate(const dsc_phase_config *phase, int64_t s)
{
    for (size_t i = 0; i < sizeof schedules / sizeof *schedules; i++)
        if (strcmp(phase->schedule, schedules[i].name) == 0)
            return phase->learning_rate * schedules[i].factor(phase, s);
    return phase->learning_rate; // unknown names are refused by the config
}
