// SPDX-License-Identifier: Apache-2.0
// model.c — one run: the model with its equations and source, what is open, its parameters, a
// session, checks of its predictions, how the fit went.
#include <string.h>

#include "report/internal.h"

// ---- the model ----------------------------------------------------------------------------------

typedef struct network_words {
    const char *name, *equations, *words;
} network_words;

static const network_words networks[] = {
    {"gru",
     "update     u = sigmoid(W_u x + R_u h + b_u)\n"
     "reset      r = sigmoid(W_r x + R_r h + b_r)\n"
     "candidate  a = tanh(W_a x + R_a (r h) + b_a)\n"
     "state      h <- (1 - u) h + u a\n"
     "choice     P = softmax(W h + b)",
     "x is what the last trial showed, h what the network remembers; all weights are learnt."},
    {"lstm",
     "gates      i, f, o = sigmoid(W x + R h + b), one each\n"
     "candidate  a = tanh(W_a x + R_a h + b_a)\n"
     "memory     c <- f c + i a\n"
     "state      h <- o tanh(c)\n"
     "choice     P = softmax(W h + b)",
     "x is what the last trial showed, c and h what the network remembers; all weights are "
     "learnt."},
    {"rnn", "state      h <- relu(W_x x + R h + b)\nchoice     P = softmax(W h + b)",
     "x is what the last trial showed, h what the network remembers; all weights are learnt."},
    {"disrnn_neuro",
     "bottleneck  v -> m v + s e,  e random,  s between 0 (open) and 1 (closed)\n"
     "latent i    (w, c) = net_i(bottlenecked x, bottlenecked z)\n"
     "            z_i <- bottleneck((1 - w) z_i + w c)\n"
     "choice      P = softmax(choice net(bottlenecked z))\n"
     "values      net(bottlenecked z, bottlenecked x)",
     "x is what the last trial showed, z the latents: the only values that the network remembers. "
     "Every bottleneck adds noise, and information that passes it has a price during training; so "
     "only what helps to predict choices and values stays open."},
    {"disrnn_paper",
     "bottleneck  v -> m v + s e,  e random,  s between 0 (open) and 1 (closed)\n"
     "latent i    (h, w) = net_i(bottlenecked x and z)\n"
     "            z_i <- bottleneck((1 - w) z_i + w h)\n"
     "choice      P = softmax(choice net(z))",
     "x is what the last trial showed, z the latents: the only values that the network remembers. "
     "Every bottleneck adds noise, and information that passes it has a price during training; so "
     "only what helps to predict choices stays open. Choice has no bottlenecks of its own."},
    {"disrnn",
     "bottleneck  v -> m v + s e,  e random,  s between 0 (open) and 1 (closed)\n"
     "latent i    (w, c) = net_i(bottlenecked x, bottlenecked z)\n"
     "            z_i <- bottleneck((1 - w) z_i + w c)\n"
     "choice      P = softmax(choice net(bottlenecked z))",
     "x is what the last trial showed, z the latents: the only values that the network remembers. "
     "Every bottleneck adds noise, and information that passes it has a price during training; so "
     "only what helps to predict choices stays open."},
};

// Those of several subjects (disrnn_multisubject) have the same equations and the subject among x.
static const network_words *network_find(const char *name)
{
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        if (strncmp(networks[i].name, name, strlen(networks[i].name)) == 0) return &networks[i];
    return NULL;
}

// Comments at the head of a model's text have its equations.
static void say_equations(report_page *p, const dsc_model *model)
{
    const network_words *network = network_find(model->name);
    if (model->cog)
        report_put(
            p,
            "<p>The model as a text, with its equations and the meaning of every parameter:</p>\n"
            "<pre><code>%s</code></pre>\n",
            dsc_cog_text(model->cog));
    else if (network)
        report_put(p, "<pre><code>%s</code></pre>\n<p>%s</p>\n", network->equations,
                   network->words);
}

static void say_fields(report_page *p, const dsc_run *run)
{
    static const char *const columns[] = {"option", "value", "meaning", NULL};
    char value[DSC_FIELD_TEXT];
    const dsc_field *f = run->model->fields;
    if (run->model->cog || !f || !f->name) return;
    report_put(p, "<details><summary>Its options in this run</summary>\n");
    report_table_begin(p, columns, "Options of %s", run->model->name);
    for (; f->name; f++)
        report_row(p, "htt", f->name, dsc_field_get(f, run->config.model_config, value), f->help);
    report_table_end(p);
    report_put(p, "</details>\n");
}

dsc_status report_model(report *r, report_page *p, const report_run *run)
{
    (void)r;
    if (!run->run) return DSC_OK;
    const dsc_model *model = run->run->model;
    report_put(p, "<h3>The model</h3>\n<p><strong>%s</strong>: %s.", model->name, model->title);
    if (model->source && *model->source) {
        report_put(p, " Source: ");
        report_citation(p, model->source);
        report_put(p, ".");
    }
    report_put(p, "</p>\n");
    say_equations(p, model);
    say_fields(p, run->run);
    return p->out.status;
}

// ---- one run ------------------------------------------------------------------------------------

static void say_what_is_shown(report_page *p, const report_run *run)
{
    if (run->penalties)
        report_put(p,
                   "<p>Of %u replicas along a path of penalties, this is the best seed of the "
                   "chosen one, <code>%s</code>.</p>\n",
                   run->n_parts, run->folder);
    else if (run->kind == REPORT_REPLICAS)
        report_put(p,
                   "<p>Of %u replicas, which differ in their seeds only, this is the best, <code>%s"
                   "</code>.</p>\n",
                   run->n_parts, run->folder);
    else if (run->kind == REPORT_FOLDS)
        report_put(p,
                   "<p>Of %u fits of the cross-validation, this is the first, <code>%s</code>."
                   "</p>\n",
                   run->n_parts, run->folder);
    else if (run->kind == REPORT_PREDICTIONS)
        report_put(p,
                   "<p>The folder holds predictions only, so there is nothing to open up.</p>\n");
}

// What a filter was set to: filter.yaml.
static void say_filter(report_page *p, const report_run *run)
{
    if (run->settings)
        report_put(
            p,
            "<p>The parameters of the model <strong>%s</strong> may drift from trial to trial "
            "here; a particle filter followed them. Every choice was predicted from earlier "
            "trials only. Its settings:</p>\n<pre><code>%s</code></pre>\n",
            run->model, run->settings);
}

dsc_status report_one_run(report *r, report_page *p, const report_run *run)
{
    say_what_is_shown(p, run);
    DSC_TRY(report_model(r, p, run));
    say_filter(p, run);
    DSC_TRY(report_bottlenecks(r, p, run));
    DSC_TRY(report_estimates(r, p, run));
    DSC_TRY(report_figures(r, p, run, REPORT_SESSION, "One session"));
    DSC_TRY(report_figures(r, p, run, REPORT_CHECKS, "Do the predictions hold?"));
    DSC_TRY(report_training(r, p, run));
    return report_figures(r, p, run, REPORT_OTHER, "Further figures");
}
