// SPDX-License-Identifier: Apache-2.0
// compare_derived.c — scores that follow from the NLL per trial; their intervals follow from its
// own.
//   normalised likelihood = exp(-nll);  bits over chance = (nll of chance - nll) / ln 2
//   pseudo R2 = 1 - nll / nll of chance (McFadden 1974)
#include "fit/compare_derived.h"

#include <math.h>

static double likelihood_of(double nll, double chance)
{
    (void)chance;
    return exp(-nll);
}

static double bits_of(double nll, double chance)
{
    return (chance - nll) / log(2);
}

static double pseudo_r2_of(double nll, double chance)
{
    return 1 - nll / chance;
}

const derived derived_scores[] = {{"nll_per_trial", DSC_MEASURE_NLL, NULL},
                                  {"normalized_likelihood", DSC_MEASURE_NLL, likelihood_of},
                                  {"bits_per_trial", DSC_MEASURE_NLL, bits_of},
                                  {"pseudo_r2", DSC_MEASURE_NLL, pseudo_r2_of},
                                  {"accuracy", DSC_MEASURE_ACCURACY, NULL},
                                  {"brier", DSC_MEASURE_BRIER, NULL},
                                  {NULL, 0, NULL}};

// The functions fall with the NLL, so that its lower end becomes the upper one.
dsc_interval derived_score(const dsc_comparison *c, const dsc_interval measures[DSC_MEASURES],
                           int i)
{
    const derived *d = &derived_scores[i];
    const dsc_interval x = measures[d->measure];
    if (!d->of) return x;
    return (dsc_interval){d->of(x.value, c->chance_nll), d->of(x.high, c->chance_nll),
                          d->of(x.low, c->chance_nll)};
}
