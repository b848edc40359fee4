// SPDX-License-Identifier: Apache-2.0
// inspect.c — the bottlenecks of a disentangled RNN as numbers.
//   NAME_sigma_params:       sigma = |raw| + 1e-5
//   NAME_sigmas_unsquashed:  sigma = 2 sigmoid(raw)
//   openness = 1 - sigma;  open < 0.1, partial < 0.25, closed > 0.9
// Source: Miller, Eckstein, Botvinick, Kurth-Nelson (2023), Cognitive model discovery via
// disentangled RNNs; thresholds as in its reference implementation.
#include <math.h>
#include <string.h>

#include "plot/inspect.h"

const plot_net_words plot_net_called[PLOT_NETS] = {
    [PLOT_CHOICE] = {"choice", "choice", "Choice net"},
    [PLOT_UPDATE] = {"update", "its update", "Update net"},
    [PLOT_ACTIVITY] = {"neural_activity", "neural activity", "Activity net"},
};

// Where the sigmas of a net are, in the order of its inputs; a model has some of them.
static const struct bank {
    int net;
    const char *name;
    plot_kind kind, rest; // rows: all of a kind, then those of another
} banks[] = {
    {PLOT_CHOICE, "choice_net_subj", PLOT_SUBJECT, 0},
    {PLOT_CHOICE, "choice_net", PLOT_LATENT, 0},
    {PLOT_UPDATE, "update_net_subj", PLOT_SUBJECT, 0},
    {PLOT_UPDATE, "update_net_obs", PLOT_INPUT, 0},
    {PLOT_UPDATE, "update_net_latent", PLOT_LATENT, 0},
    {PLOT_UPDATE, "update_net", PLOT_INPUT, PLOT_LATENT},
    {PLOT_ACTIVITY, "neural_activity_net", PLOT_LATENT, PLOT_INPUT},
};
enum { N_BANKS = sizeof banks / sizeof banks[0] };
#define SUBJECT "subj_emb_global"
#define LATENT  "latent"

// ---- reading ------------------------------------------------------------------------------------

static double absolute(double raw)
{
    return fabs(raw) + 1e-5;
}
static double squashed(double raw)
{
    return 2 / (1 + exp(-raw));
}
static const struct {
    const char *ending;
    double (*sigma)(double raw);
} maps[] = {{"sigma_params", absolute}, {"sigmas_unsquashed", squashed}};

// What a run has as sigmas of a name; `raw` is NULL if it has none.
typedef struct found {
    const double *raw;
    int rows, cols;
    double (*sigma)(double raw);
} found;

static found sigmas_find(const dsc_run *run, const char *name)
{
    found f = {0};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0] && !f.raw; i++) {
        char full[96];
        snprintf(full, sizeof full, "%s_%s", name, maps[i].ending);
        f.raw = dsc_run_parameter(run, full, &f.rows, &f.cols);
        f.sigma = maps[i].sigma;
    }
    return f;
}

static void sigmas_copy(const found *f, double *sigma)
{
    for (int i = 0; i < f->rows * f->cols; i++) sigma[i] = f->sigma(f->raw[i]);
}

static int net_size(const dsc_run *run, int net, int *n_targets)
{
    int n = 0;
    for (int i = 0; i < N_BANKS; i++) {
        if (banks[i].net != net) continue;
        const found f = sigmas_find(run, banks[i].name);
        if (!f.raw) continue;
        n += f.rows;
        *n_targets = f.cols;
    }
    return n;
}

bool plot_is_disrnn(const dsc_run *run)
{
    int n_targets;
    return sigmas_find(run, LATENT).raw && net_size(run, PLOT_UPDATE, &n_targets) > 0;
}

bool plot_is_multisubject(const dsc_run *run)
{
    return plot_is_disrnn(run) && sigmas_find(run, SUBJECT).raw;
}

// A column of sigmas; nothing where the model has none.
static dsc_status column_read(dsc_context *ctx, const dsc_run *run, const char *name, int *n,
                              double **sigma)
{
    const found f = sigmas_find(run, name);
    if (!f.raw) return DSC_OK;
    DSC_TRY(dsc_alloc(ctx, (size_t)f.rows, sizeof **sigma, sigma));
    sigmas_copy(&f, *sigma);
    *n = f.rows;
    return DSC_OK;
}

static plot_source source_of(const struct bank *bank, const plot_disrnn *d, int row)
{
    const int n = bank->kind == PLOT_SUBJECT ? d->n_subject
                  : bank->kind == PLOT_INPUT ? d->n_inputs
                                             : d->n_latents;
    return row < n ? (plot_source){bank->kind, row} : (plot_source){bank->rest, row - n};
}

static dsc_status net_read(dsc_context *ctx, const dsc_run *run, int which, plot_disrnn *d)
{
    plot_net *net = &d->net[which];
    int at = 0;
    net->n_sources = net_size(run, which, &net->n_targets);
    DSC_TRY(dsc_alloc(ctx, (size_t)net->n_sources + 1, sizeof *net->source, &net->source));
    DSC_TRY(dsc_alloc(ctx, (size_t)(net->n_sources * net->n_targets) + 1, sizeof *net->sigma,
                      &net->sigma));
    for (int i = 0; i < N_BANKS; i++) {
        if (banks[i].net != which) continue;
        const found f = sigmas_find(run, banks[i].name);
        if (!f.raw) continue;
        sigmas_copy(&f, net->sigma + at * net->n_targets);
        for (int k = 0; k < f.rows; k++) net->source[at++] = source_of(&banks[i], d, k);
    }
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
    DSC_TRY(column_read(ctx, run, LATENT, &d->n_latents, &d->latent));
    DSC_TRY(column_read(ctx, run, SUBJECT, &d->n_subject, &d->subject));
    for (int i = 0; i < PLOT_NETS; i++) DSC_TRY(net_read(ctx, run, i, d));
    DSC_TRY(dsc_alloc(ctx, (size_t)d->n_latents, sizeof *d->order, &d->order));
    plot_sort(d->n_latents, d->latent, d->order);
    return DSC_OK;
}

dsc_status plot_disrnn_read(dsc_context *ctx, const dsc_run *run, plot_disrnn *d)
{
    plot_disrnn made = {.n_inputs = run->n_inputs,
                        .n_actions = run->n_actions,
                        .max_latent = config_number(run, "max_latent_value", 0),
                        .inputs = (const char *const *)run->inputs};
    DSC_REQUIRE(ctx, plot_is_disrnn(run), DSC_DEFECT, "%s has no bottlenecks", run->model->name);
    const dsc_status status = sigmas_read(ctx, run, &made);
    if (status == DSC_OK) *d = made;
    else plot_disrnn_free(ctx, &made);
    return status;
}

void plot_disrnn_free(dsc_context *ctx, plot_disrnn *d)
{
    dsc_free(ctx, &d->latent);
    dsc_free(ctx, &d->subject);
    dsc_free(ctx, &d->order);
    for (int i = 0; i < PLOT_NETS; i++) {
        dsc_free(ctx, &d->net[i].source);
        dsc_free(ctx, &d->net[i].sigma);
    }
}

// ---- sources ------------------------------------------------------------------------------------

int plot_source_find(const plot_net *net, plot_kind kind, int index)
{
    for (int s = 0; s < net->n_sources; s++)
        if (net->source[s].kind == kind && net->source[s].index == index) return s;
    return -1;
}

double plot_sigma(const plot_net *net, plot_kind kind, int index, int target)
{
    const int s = plot_source_find(net, kind, index);
    return s < 0 ? INFINITY : net->sigma[s * net->n_targets + target];
}

const char *plot_source_name(const plot_disrnn *d, plot_source source, char out[128])
{
    if (source.kind == PLOT_INPUT) return d->inputs[source.index];
    snprintf(out, 128, "%s %d", source.kind == PLOT_LATENT ? "latent" : "embedding",
             source.index + 1);
    return out;
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

static double group_count(const char *name, int n, const double *sigma, plot_openness *g)
{
    double sum = 0;
    *g = (plot_openness){.group = name, .n = n};
    for (int i = 0; i < n; i++) {
        g->open += sigma[i] < 0.1;
        g->partial += sigma[i] < 0.25;
        g->closed += sigma[i] > 0.9;
        g->total += 1 - sigma[i];
        sum += sigma[i];
    }
    return sum;
}

double plot_openness_count(const plot_disrnn *d, plot_openness groups[PLOT_GROUPS_OPEN], int *n)
{
    double sum = group_count("latent", d->n_latents, d->latent, &groups[0]);
    *n = 1;
    for (int i = 0; i < PLOT_NETS; i++) {
        const plot_net *net = &d->net[i];
        if (net->n_sources)
            sum += group_count(plot_net_called[i].name, net->n_sources * net->n_targets, net->sigma,
                               &groups[(*n)++]);
    }
    if (d->n_subject) group_count("subject", d->n_subject, d->subject, &groups[(*n)++]);
    return sum;
}
