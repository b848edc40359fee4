// SPDX-License-Identifier: Apache-2.0
// needs.c — what was given on the command line and would have no effect, as a table: an option of a
// verb, or a key of a fit's config; when it has an effect; what it needs. Only what is on the
// command line was meant: a config file has all keys. And options given beside the key they stand
// for, of which one would lose.
#include <string.h>

#include "cli/cli.h"

// ---- when ---------------------------------------------------------------------------------------

typedef bool met_fn(const cli *c, const dsc_fit_config *k); // k is NULL for an option

static bool is_no_crossing(const cli *c, const dsc_fit_config *k)
{
    (void)k;
    return !c->folds.given;
}

static bool makes_split(const cli *c, const dsc_fit_config *k)
{
    (void)c;
    return !k->split_file[0];
}

static bool takes_every(const cli *c, const dsc_fit_config *k)
{
    (void)c;
    return k->split_last == 0 || k->split_every == 0;
}

static bool takes_offset(const cli *c, const dsc_fit_config *k)
{
    (void)c;
    return k->split_last == 0 && k->split_every > 0;
}

static bool takes_test(const cli *c, const dsc_fit_config *k)
{
    (void)c;
    return k->split_test_every > 0;
}

// Whether there is a rule whose units can be chosen, or ordered.
static bool takes_any(const cli *c, const dsc_fit_config *k)
{
    return c->folds.given || k->split_every > 0 || k->split_last > 0 || takes_test(c, k);
}

static bool takes_unit(const cli *c, const dsc_fit_config *k)
{
    return takes_any(c, k) || strcmp(k->split_unit, "session") == 0;
}

static bool takes_order(const cli *c, const dsc_fit_config *k)
{
    const bool given = k->split_shuffle || k->split_stratify[0];
    return !given || (takes_any(c, k) && strcmp(k->split_unit, "trial") != 0);
}

static bool takes_aside(const cli *c, const dsc_fit_config *k)
{
    return c->folds.given || !k->split_aside || k->split_every > 0 || k->split_last > 0;
}

static bool is_shuffled(const cli *c, const dsc_fit_config *k)
{
    (void)c;
    return k->split_shuffle;
}

static bool starts_anew(const cli *c, const dsc_fit_config *k)
{
    (void)k;
    return !c->resume && !c->extend.given && !c->verify;
}

static bool is_kept(const cli *c, const dsc_fit_config *k)
{
    (void)k;
    return !c->verify;
}

static bool never(const cli *c, const dsc_fit_config *k)
{
    (void)c, (void)k;
    return false;
}

static bool is_no_text(const cli *c, const dsc_fit_config *k)
{
    (void)k;
    return !c->text;
}

static bool has_several(const cli *c, const dsc_fit_config *k)
{
    (void)k;
    return c->words.n > 1;
}

static bool shows_parameters(const cli *c, const dsc_fit_config *k)
{
    (void)k;
    return !c->provenance;
}

// ---- the table ----------------------------------------------------------------------------------

#define NOT_TRAINED                                                                                \
    "an import is not trained; fit --start RUN trains it further. Leave it out (keys that count: " \
    "model.*, data.*, loss.*, split.*, engine.*, seed)"
#define BY_FOLDS "--folds makes the splits of a cross-validation. Leave it out"
#define A_SPLIT  "give split.every=N, split.last=SHARE or split.test_every=N, or leave it out"

static const struct {
    const char *verb; // NULL: all that read a config
    const char *name; // "--option", or a key; "split." stands for all that begin so
    met_fn *met;
    const char *with; // instead: the option without which it has none
    const char *needs;
} needs[] = {
    {NULL, "split.every", is_no_crossing, NULL, BY_FOLDS},
    {NULL, "split.offset", is_no_crossing, NULL, BY_FOLDS},
    {NULL, "split.", makes_split, NULL,
     "the split is read from a file (--split, split.file). Leave one of them out"},
    {NULL, "split.every", takes_every, NULL,
     "split.last holds out the last share instead. Leave one of them out"},
    {NULL, "split.offset", takes_offset, NULL,
     "no every n-th is held out. Give split.every=N without split.last, or leave it out"},
    {NULL, "split.test_offset", takes_test, NULL,
     "nothing is kept aside first. Give split.test_every=N, or leave it out"},
    {NULL, "split.unit", takes_unit, NULL, "nothing is held out; " A_SPLIT},
    {NULL, "split.stratify", takes_order, NULL, "no sessions or subjects are held out; " A_SPLIT},
    {NULL, "split.shuffle", takes_order, NULL, "no sessions or subjects are held out; " A_SPLIT},
    {NULL, "split.aside", takes_aside, NULL,
     "nothing is held out; give split.every=N or split.last=SHARE, or leave it out"},
    {NULL, "split.seed", is_shuffled, NULL,
     "nothing is shuffled. Give split.shuffle=true, or leave it out"},
    {"simulate", "--noisy", NULL, "--agent", "noise is a run's. Give --agent RUN, or leave it out"},
    {"simulate", "--checkpoint", NULL, "--agent",
     "checkpoints are a run's. Give --agent RUN, or leave it out"},
    {"cog format", "--json", never, NULL, "the result is a text. Leave it out"},
    {"models", "--json", is_no_text, NULL, "--text prints a text. Leave one of them out"},
    {"eval", "--format", NULL, "--record",
     "nothing is recorded. Give --record NAME -o DIR, or leave it out"},
    {"recover", "--format", NULL, "--output",
     "no figures are written. Give -o FOLDER, or leave it out"},
    {"recover", "--no-figures", NULL, "--output",
     "no figures are written. Give -o FOLDER, or leave it out"},
    {"recover", "criterion", has_several, NULL,
     "it chooses between several models. Leave it out, or name more than one model"},
    {"compare", "--format", NULL, "--output",
     "no figures are written. Give -o DIR, or leave it out"},
    {"compare", "--no-figures", NULL, "--output",
     "no figures are written. Give -o DIR, or leave it out"},
    {"show", "--checkpoint", shows_parameters, NULL,
     "--provenance is of the run, not of a checkpoint. Leave one of them out"},
    {"fit", "--force", starts_anew, NULL,
     "--resume and --extend go on with what is there, and --verify leaves it. Leave one of them "
     "out"},
    {"fit", "--no-figures", is_kept, NULL, "--verify draws none. Leave it out"},
    {"adapt", "--force", starts_anew, NULL,
     "--resume goes on with what is there. Leave one of them out"},
    {"import", "phases.", never, NULL, NOT_TRAINED},
    {"import", "optimizer.", never, NULL, NOT_TRAINED},
    {"import", "batch.", never, NULL, NOT_TRAINED},
    {"import", "train.", never, NULL, NOT_TRAINED},
    {"import", "fit.", never, NULL, NOT_TRAINED},
    {"import", "replicas", never, NULL, NOT_TRAINED},
    {"import", "penalties", never, NULL, NOT_TRAINED},
    {"data split", "--seed", NULL, "--shuffle",
     "nothing is shuffled. Give --shuffle, or leave it out"},
};

// ---- asking it ----------------------------------------------------------------------------------

static bool is_set(const cli *c, const char *name)
{
    const size_t n = strlen(name);
    const bool all = name[n - 1] == '.';
    for (int i = 0; i < c->settings.n; i++) {
        const char *given = c->settings.item[i];
        if (strncmp(given, name, n) != 0) continue;
        if (all ? strncmp(given, "split.file=", 11) != 0 : given[n] == '=') return true;
    }
    return false;
}

static bool is_asked(const cli *c, size_t i, bool of_config)
{
    const char *name = needs[i].name, *verb = needs[i].verb;
    const bool option = strncmp(name, "--", 2) == 0;
    if (option == of_config || (verb && strcmp(verb, c->verb->name) != 0)) return false;
    return option ? cli_is_given(c, cli_find_option(c, name)) : is_set(c, name);
}

static bool is_met(const cli *c, size_t i, const dsc_fit_config *k)
{
    return needs[i].met ? needs[i].met(c, k) : cli_is_given(c, cli_find_option(c, needs[i].with));
}

static dsc_status check(cli *c, const dsc_fit_config *k)
{
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        DSC_REQUIRE(c->ctx, !is_asked(c, i, k != NULL) || is_met(c, i, k),
                    k ? DSC_INPUT : DSC_USAGE, "%s%s has no effect here: %s", needs[i].name,
                    needs[i].name[strlen(needs[i].name) - 1] == '.' ? "*" : "", needs[i].needs);
    return DSC_OK;
}

dsc_status cli_check_keys(cli *c, const dsc_fit_config *k)
{
    return check(c, k);
}

// The options that stand for a key, of whichever verb has both.
static dsc_status check_twins(cli *c)
{
    static const char *const twins[][2] = {
        {"--data", "data.path"},
        {"--map", "data.map"},
        {"--missing", "data.missing"},
        {"--actions", "data.n_actions"},
        {"--split", "split.file"},
        {"--start", "train.start"},
        {"--engine", "engine.name"},
        {"--isa", "engine.isa"},
        {"--precision", "engine.precision"},
        {"--threads", "engine.threads"},
        {"--seed", "seed"},
    };
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++) {
        const cli_option *o = cli_find_option(c, twins[i][0]);
        if (o && cli_is_given(c, o) && is_set(c, twins[i][1]))
            return cli_usage(c, "%s and %s= say the same; give one of them", twins[i][0],
                             twins[i][1]);
    }
    return DSC_OK;
}

// The options that all verbs take, and those that do something with them.
static dsc_status check_common(cli *c)
{
#define COMPUTE "|simulate|fit|adapt|import|filter|eval|doctor|"
    static const char *const users[][2] = {
        {"--threads", COMPUTE "recover|plot|show|report|"},
        {"--engine", COMPUTE "recover|"},
        {"--isa", COMPUTE "recover|"},
        {"--precision", COMPUTE},
        {"--seed",
         "|simulate|fit|adapt|import|filter|eval|recover|plot|compare|report|data split|"},
    };
    char verb[64];
    snprintf(verb, sizeof verb, "|%s|", c->verb->name);
    for (size_t i = 0; i < sizeof users / sizeof *users; i++)
        if (cli_is_given(c, cli_find_option(c, users[i][0])) && !strstr(users[i][1], verb))
            return cli_usage(c, "%s has no effect on discern %s; leave it out", users[i][0],
                             c->verb->name);
    return DSC_OK;
}

dsc_status cli_check_options(cli *c)
{
    DSC_TRY(check_twins(c));
    DSC_TRY(check_common(c));
    return check(c, NULL);
}

// ---- parameters ---------------------------------------------------------------------------------

static bool is_parameter(const dsc_cog *cog, const char *name, size_t length)
{
    for (int i = 0; i < dsc_cog_parameter_count(cog); i++) {
        const char *own = dsc_cog_parameter_at(cog, i)->name;
        if (strlen(own) == length && strncmp(own, name, length) == 0) return true;
    }
    return length == 5 && strncmp(name, "level", 5) == 0;
}

dsc_status cli_check_parameters(cli *c, const dsc_cog *cog, const char *prefix, const char *needed)
{
    const size_t n = strlen(prefix);
    for (int i = 0; i < c->settings.n; i++) {
        const char *key = c->settings.item[i];
        const size_t length = strcspn(key, "=");
        DSC_REQUIRE(c->ctx,
                    length <= n || strncmp(key, prefix, n) != 0 ||
                        !is_parameter(cog, key + n, length - n),
                    DSC_INPUT, "%.*s has no effect here: %s", (int)length, key, needed);
    }
    return DSC_OK;
}

// ---- noise --------------------------------------------------------------------------------------

dsc_status cli_check_noise(cli *c, const dsc_run *run)
{
    const bool has = !run->model->cog && dsc_cell_noise_rows(run->noisy) > 0;
    DSC_REQUIRE(c->ctx, has || !c->noisy, DSC_INPUT,
                "--noisy has no effect here: %s has no noise. Leave it out", run->model->name);
    return DSC_OK;
}
