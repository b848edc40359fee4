// SPDX-License-Identifier: Apache-2.0
// inspect.c — the bottlenecks of a disentangled RNN as numbers.
//   sigma = |raw| + 1e-5;  openness = 1 - sigma;  open < 0.1, partial < 0.25, closed > 0.9
// Source: Miller, Eckstein, Botvinick, Kurth-Nelson (2023), Cognitive model discovery via
// disentangled RNNs; thresholds as in its reference implementation.
#include <math.h>
#include <string.h>

#include "plot/inspect.h"

// ---- reading ------------------------------------------------------------------------------------

// A network of several subjects has nets with more inputs than the figures show.
bool plot_is_disrnn(const dsc_run *run)
{
    return !dsc_run_parameter(run, "subj_emb_global_sigma_params", NULL, NULL) &&
           dsc_run_parameter(run, "latent_sigma_params", NULL, NULL) &&
           dsc_run_parameter(run, "choice_net_sigma_params", NULL, NULL) &&
           dsc_run_parameter(run, "update_net_obs_sigma_params", NULL, NULL) &&
           dsc_run_parameter(run, "update_net_latent_sigma_params", NULL, NULL);
}

static dsc_status sigma_read(dsc_context *ctx, const dsc_run *run, const char *name, double **sigma)
{
    int rows = 0, cols = 0;
    const double *raw = dsc_run_parameter(run, name, &rows, &cols);
    DSC_REQUIRE(ctx, raw, DSC_DEFECT, "%s has no parameter \"%s\"", run->model->name, name);
    size_t n = (size_t)rows * (size_t)cols;
    DSC_TRY(dsc_alloc(ctx, n, sizeof **sigma, sigma));
    for (size_t i = 0; i < n; i++) (*sigma)[i] = fabs(raw[i]) + 1e-5;
    return DSC_OK;
}

static double config_number(const dsc_run *run, const char *name, double otherwise)
{
    char text[DSC_FIELD_TEXT];
    double value;
    const dsc_field *field = dsc_field_find(run->model->fields, name);
    if (!field) return otherwise;
    dsc_field_get(field, run->config.model_config, text);
    return dsc_parse_number(text, &value) ? value : otherwise;
}

static dsc_status sigmas_read(dsc_context *ctx, const dsc_run *run, plot_disrnn *d)
{
    DSC_TRY(sigma_read(ctx, run, "latent_sigma_params", &d->latent));
    DSC_TRY(sigma_read(ctx, run, "choice_net_sigma_params", &d->choice));
    DSC_TRY(sigma_read(ctx, run, "update_net_obs_sigma_params", &d->from_input));
    DSC_TRY(sigma_read(ctx, run, "update_net_latent_sigma_params", &d->from_latent));
    DSC_TRY(dsc_alloc(ctx, (size_t)d->n_latents, sizeof *d->order, &d->order));
    plot_sort(d->n_latents, d->latent, d->order);
    return DSC_OK;
}

dsc_status plot_disrnn_read(dsc_context *ctx, const dsc_run *run, plot_disrnn *d)
{
    plot_disrnn made = {.n_inputs = run->n_inputs,
                        .n_actions = run->n_actions,
                        .max_latent = config_number(run, "max_latent_value", 2),
                        .inputs = (const char *const *)run->inputs};
    dsc_run_parameter(run, "latent_sigma_params", &made.n_latents, NULL);
    dsc_status status = sigmas_read(ctx, run, &made);
    if (status == DSC_OK) *d = made;
    else plot_disrnn_free(ctx, &made);
    return status;
}

void plot_disrnn_free(dsc_context *ctx, plot_disrnn *d)
{
    dsc_free(ctx, &d->latent);
    dsc_free(ctx, &d->choice);
    dsc_free(ctx, &d->from_input);
    dsc_free(ctx, &d->from_latent);
    dsc_free(ctx, &d->order);
}

double plot_source_sigma(const plot_disrnn *d, int s, int i)
{
    if (s < d->n_inputs) return d->from_input[s * d->n_latents + i];
    return d->from_latent[(s - d->n_inputs) * d->n_latents + i];
}

// Insertion: at most some hundred latents, and stable.
void plot_sort(int n, const double *value, int *order)
{
    for (int i = 0; i < n; i++) {
        int k = i;
        for (; k > 0 && value[order[k - 1]] > value[i]; k--) order[k] = order[k - 1];
        order[k] = i;
    }
}

// ---- counts -------------------------------------------------------------------------------------

static double sigmas_count(int n, const double *sigma, plot_openness *g)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        g->open += sigma[i] < 0.1;
        g->partial += sigma[i] < 0.25;
        g->closed += sigma[i] > 0.9;
        g->total += 1 - sigma[i];
        sum += sigma[i];
    }
    g->n += n;
    return sum;
}

double plot_openness_count(const plot_disrnn *d, plot_openness groups[3])
{
    groups[0] = (plot_openness){.group = "latent"};
    groups[1] = (plot_openness){.group = "choice"};
    groups[2] = (plot_openness){.group = "update"};
    double sum = sigmas_count(d->n_latents, d->latent, &groups[0]);
    sum += sigmas_count(d->n_latents, d->choice, &groups[1]);
    sum += sigmas_count(d->n_inputs * d->n_latents, d->from_input, &groups[2]);
    return sum + sigmas_count(d->n_latents * d->n_latents, d->from_latent, &groups[2]);
}
