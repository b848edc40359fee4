// SPDX-License-Identifier: Apache-2.0
// adapt.c — the config of a fit that adapts a run to subjects it has not seen: it starts from the
// run (train.start), trains the parameters of subjects only, on the first sessions of each, and
// keeps the others aside. One phase, as the run's last was, so that the penalties on what is known
// of a subject hold here too.
#include <string.h>

#include "train/trainer.h"

enum { STEPS = 500 };
#define RATE 0.02 // of few values, which start at a mean

// ---- who is new ---------------------------------------------------------------------------------

static dsc_status take_names(dsc_context *ctx, const dsc_run *run, const dsc_text *names, int n,
                             dsc_fit_config *c)
{
    DSC_REQUIRE(ctx, n > 0, DSC_INPUT,
                "%s was trained on every subject of %s. Name the trials of new ones, --data FILE; "
                "or train without some: split.unit=subject",
                run->path, c->data);
    DSC_REQUIRE(ctx, names->length < sizeof c->subjects, DSC_INPUT,
                "%s: the labels of its %d new subjects are too long for a config; put their trials "
                "into a file of their own and name it, --data FILE",
                c->data, n);
    memcpy(c->subjects, names->s, names->length + 1);
    return DSC_OK;
}

static dsc_status name_untrained(dsc_context *ctx, const dsc_run *run, const dsc_table *t,
                                 const unsigned char *trained, dsc_fit_config *c)
{
    dsc_text names = {0};
    int n = 0;
    for (int i = 0; i < t->n_subjects; i++) {
        if (start_subject(run, trained, t->subject[i]) >= 0) continue;
        dsc_text_add(ctx, &names, "%s%s", n++ ? ", " : "", t->subject[i]);
    }
    dsc_status status = names.status;
    if (status == DSC_OK) status = take_names(ctx, run, &names, n, c);
    dsc_text_free(ctx, &names);
    return status;
}

// The subjects of the run's own table without sessions in its training part.
static dsc_status find_new(dsc_context *ctx, const dsc_run *run, dsc_fit_config *c)
{
    unsigned char *trained = NULL;
    dsc_table *t = NULL;
    dsc_status status;
    c->subjects[0] = 0;
    DSC_TRY_OR(done, dsc_alloc(ctx, (size_t)run->n_subjects + 1, 1, &trained));
    DSC_TRY_OR(done, start_trained(ctx, run, trained));
    DSC_TRY_OR(done, table_of(ctx, c, &t));
    status = name_untrained(ctx, run, t, trained, c);
done:
    dsc_free(ctx, &trained);
    dsc_table_destroy(ctx, &t);
    return status;
}

// ---- what is trained ----------------------------------------------------------------------------

// The names of the parameters of subjects as train.trainable; false if there are none.
static bool name_trainable(const dsc_cell *cell, dsc_fit_config *c)
{
    size_t used = 0;
    c->trainable[0] = 0;
    for (int i = 0; i < dsc_cell_parameter_count(cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(cell, i);
        if (p->level != DSC_PER_SUBJECT || used >= sizeof c->trainable) continue;
        used += (size_t)snprintf(c->trainable + used, sizeof c->trainable - used, "%s%s",
                                 used ? ", " : "", p->name);
    }
    return used > 0;
}

static void set_phase(dsc_fit_config *c, bool of_subjects)
{
    c->phase[0] = c->phase[c->n_phases - 1];
    c->n_phases = 1;
    dsc_phase_config *p = &c->phase[0];
    snprintf(p->name, sizeof p->name, "adapt");
    snprintf(p->schedule, sizeof p->schedule, "constant");
    p->steps = STEPS;
    p->warmup_steps = 0;
    if (of_subjects) p->learning_rate = RATE;
}

static void set_split(dsc_fit_config *c, double first)
{
    c->split_file[0] = 0;
    snprintf(c->split_unit, sizeof c->split_unit, "session");
    snprintf(c->split_stratify, sizeof c->split_stratify, "subject");
    c->split_every = c->split_test_every = 0;
    c->split_last = 1 - first;
    c->split_aside = true;
    c->split_shuffle = false;
}

// ---- the config ---------------------------------------------------------------------------------

static dsc_status check(dsc_context *ctx, const dsc_run *run, double first)
{
    DSC_REQUIRE(ctx, strcmp(run->config.fit.method, "gradient") == 0, DSC_INPUT,
                "%s was fitted with fit.method=%s, subject by subject; fit %s to the new subjects "
                "in the same way",
                run->path, run->config.fit.method, run->config.model);
    DSC_REQUIRE(ctx, run->n_actions > 0, DSC_INPUT,
                "%s predicts no choices (%s); only runs that do are adapted", run->path,
                run->config.loss);
    DSC_REQUIRE(ctx, first > 0 && first < 1, DSC_INPUT,
                "--first %g: give the share of the sessions to adapt to, between 0 and 1", first);
    return DSC_OK;
}

static dsc_status make_config(dsc_context *ctx, const dsc_run *run, const dsc_adapt_request *r,
                              dsc_fit_config *c)
{
    DSC_TRY(check(ctx, run, r->first));
    *c = run->config;
    c->n_actions = run->n_actions;
    c->replicas = 1;
    c->penalties[0] = 0;
    c->patience = 0;
    snprintf(c->start, sizeof c->start, "%s", r->run);
    snprintf(c->start_subjects, sizeof c->start_subjects, "mean");
    snprintf(c->batch_mode, sizeof c->batch_mode, "single");
    set_phase(c, name_trainable(run->cell, c));
    set_split(c, r->first);
    if (!r->data || is_same_file(r->data, c->data)) return find_new(ctx, run, c);
    c->subjects[0] = 0;
    return dsc_fit_config_set(ctx, c, "data.path", r->data, "--data");
}

dsc_status dsc_adapt_config(dsc_context *ctx, const dsc_adapt_request *r, dsc_fit_config *c)
{
    dsc_run *run = NULL;
    dsc_fit_config made;
    DSC_TRY(dsc_run_open(ctx, r->run, NULL, &run));
    const dsc_status status = make_config(ctx, run, r, &made);
    if (status == DSC_OK) *c = made;
    dsc_run_close(ctx, &run);
    return status;
}

// ---- its data -----------------------------------------------------------------------------------

// Sessions of a subject that have trials in a part.
static int count_sessions(const dsc_table *t, const dsc_split *split, int subject, dsc_part which)
{
    int n = 0;
    for (int s = 0, first, last; s < t->n_sessions; s++) {
        if (t->session[s].subject != subject) continue;
        dsc_split_trials(split, t, s, which, &first, &last);
        n += first < last;
    }
    return n;
}

static dsc_status check_subjects(dsc_context *ctx, const dsc_table *t, const dsc_split *split)
{
    for (int i = 0; i < t->n_subjects; i++) {
        const int n = count_sessions(t, split, i, DSC_TRAIN);
        const int others =
            count_sessions(t, split, i, DSC_TEST) + count_sessions(t, split, i, DSC_HELDOUT);
        DSC_REQUIRE(ctx, n + others > 1, DSC_INPUT,
                    "%s: subject \"%s\" has one session only, and needs one to adapt to and one to "
                    "be scored; cut every session instead: split.unit=trial split.aside=false",
                    t->path, t->subject[i]);
        DSC_REQUIRE(ctx, n > 0 && others > 0, DSC_INPUT,
                    "%s: subject \"%s\" would have %d sessions to adapt to and %d to be scored; "
                    "give another share (--first), or cut every session: split.unit=trial "
                    "split.aside=false",
                    t->path, t->subject[i], n, others);
    }
    return DSC_OK;
}

dsc_status dsc_adapt_check(dsc_context *ctx, dsc_fit_config *c)
{
    dsc_table *t = NULL;
    dsc_split split = {0};
    DSC_REQUIRE(ctx, c->replicas == 1 && !*c->penalties, DSC_INPUT,
                "an adaptation is one run: leave out replicas and penalties");
    dsc_fit_config_absolute(c); // so that the fit says the same of the data, which is said once
    DSC_TRY(dsc_fit_data(ctx, c, NULL, &t, &split));
    const dsc_status status = check_subjects(ctx, t, &split);
    dsc_split_free(ctx, &split);
    dsc_table_destroy(ctx, &t);
    return status;
}
