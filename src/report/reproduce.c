// SPDX-License-Identifier: Apache-2.0
// reproduce.c — how to do it again: the command, the whole config, and what made the run, as
// provenance.json has it, member by member; and the warnings that were met.
#include <math.h>
#include <string.h>

#include "report/internal.h"

// ---- warnings -----------------------------------------------------------------------------------

dsc_status report_warnings(report *r, report_page *p)
{
    if (r->n_warnings == 0) report_put(p, "<p>None.</p>\n");
    else report_put(p, "<ul>\n");
    for (int i = 0; i < r->n_warnings; i++) {
        const report_warning *w = &r->warning[i];
        report_put(p, "<li>%h%s%h", w->run ? "<strong>" : "", w->run, w->run ? ":</strong> " : "");
        report_sentence(p, w->sentence);
        report_put(p, "</li>\n");
    }
    if (r->n_warnings > 0) report_put(p, "</ul>\n");
    return p->out.status;
}

// ---- what made a run ----------------------------------------------------------------------------

static void value_words(const json_t *value, char *out, size_t size)
{
    char number[32];
    *out = 0;
    if (json_is_string(value)) snprintf(out, size, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(out, size, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(out, size, "%s", dsc_format_number(json_real_value(value), number));
    else if (json_is_boolean(value)) snprintf(out, size, "%s", json_is_true(value) ? "yes" : "no");
    else snprintf(out, size, "not known");
}

static void spaces(char *name)
{
    for (; *name; name++)
        if (*name == '_') *name = ' ';
}

enum { DEEPEST = 8 };

static void value_rows(report_page *p, const char *name, json_t *value, int depth);

static void member_rows(report_page *p, const char *prefix, json_t *object, int depth)
{
    const char *key;
    json_t *value;
    char name[256];
    json_object_foreach(object, key, value)
    {
        snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? ", " : "", key);
        spaces(name);
        value_rows(p, name, value, depth);
    }
}

// The items of a list are numbered: "earlier 1, started".
static void item_rows(report_page *p, const char *prefix, json_t *list, int depth)
{
    size_t i;
    json_t *value;
    char name[256];
    json_array_foreach(list, i, value)
    {
        snprintf(name, sizeof name, "%s %zu", prefix, i + 1);
        value_rows(p, name, value, depth);
    }
}

static void value_rows(report_page *p, const char *name, json_t *value, int depth)
{
    char words[2048];
    if (json_is_object(value) && depth < DEEPEST) member_rows(p, name, value, depth + 1);
    else if (json_is_array(value) && depth < DEEPEST) item_rows(p, name, value, depth + 1);
    else {
        value_words(value, words, sizeof words);
        report_row(p, "ht", name, words);
    }
}

static void say_provenance(report_page *p, const report_run *run)
{
    static const char *const columns[] = {"what", "value", NULL};
    if (!run->provenance) return;
    report_put(p,
               "<details><summary>Where %s comes from: program, machine, data, seeds</summary>\n",
               run->name);
    report_table_begin(p, columns, "What made %s (<code>provenance.json</code>)", run->name);
    member_rows(p, "", run->provenance, 0);
    report_table_end(p);
    report_put(p, "</details>\n");
}

// ---- the command --------------------------------------------------------------------------------

static dsc_status say_config(report *r, report_page *p, const report_run *run)
{
    char *text;
    size_t n;
    DSC_TRY(report_read(r, run, run->folder, "config.yaml", &text, &n));
    if (text)
        report_put(p,
                   "<details><summary>The whole config of %s</summary>\n<pre><code>%s</code></pre>"
                   "</details>\n",
                   run->name, text);
    dsc_free(r->ctx, &text);
    return p->out.status;
}

static void say_hashes(report_page *p, const report_run *run)
{
    const json_t *program = json_object_get(run->provenance, "program");
    const char *commit = report_text(program, "git_commit");
    const char *data = report_text(json_object_get(run->provenance, "data"), "hash");
    const char *split = report_text(json_object_get(run->provenance, "split"), "hash");
    const char *config = report_text(run->provenance, "config_hash");
    report_put(p, "<p>discern %s", report_text(program, "version"));
    if (commit) report_put(p, ", commit <code>%s</code>", commit);
    if (data) report_put(p, "; data <code>%s</code>", data);
    if (split) report_put(p, "; split <code>%s</code>", split);
    if (config) report_put(p, "; config <code>%s</code>", config);
    report_put(p, ".</p>\n");
}

// Of several fits, the config is that of the one that is shown here.
static void say_commands(report_page *p, const report_run *run)
{
    const json_t *first = json_array_get(json_object_get(run->whole, "replicas"), 0);
    report_put(p,
               "<p>The same fit again, to the same bits: save the config below as <code>config.yaml"
               "</code>, then</p>\n<pre><code>discern fit config.yaml -o NEW");
    if (run->kind == REPORT_FOLDS) report_put(p, " --folds %u", run->n_parts);
    if (run->kind == REPORT_REPLICAS && !run->penalties)
        report_put(p, " replicas=%u seed=%w", run->n_parts, report_whole(first, "seed"));
    report_put(p,
               "</code></pre>\n<p>With the run at hand, this repeats it and says whether the bits "
               "agree:</p>\n<pre><code>discern fit ");
    report_word(p, run->folder);
    report_put(p, "/config.yaml --verify ");
    report_word(p, run->folder);
    report_put(p, "</code></pre>\n");
}

static dsc_status say_run(report *r, report_page *p, const report_run *run)
{
    report_put(p, "<h3>%s</h3>\n", run->name);
    if (!run->run) {
        report_put(p,
                   "<p>The folder <code>%s</code> has no config of a fit; how it was made is said "
                   "by the program that made it.</p>\n",
                   run->path);
        return p->out.status;
    }
    say_commands(p, run);
    if (run->provenance) say_hashes(p, run);
    DSC_TRY(say_config(r, p, run));
    say_provenance(p, run);
    return p->out.status;
}

dsc_status report_reproduce(report *r, report_page *p)
{
    report_put(p, "<p>This page was made by</p>\n<pre><code>discern report");
    for (int k = 0; k < r->n; k++) {
        report_put(p, " ");
        report_word(p, r->run[k].path);
    }
    if (r->o->group) report_put(p, " --group "), report_word(p, r->o->group);
    if (r->o->compare.in_sample) report_put(p, " --in-sample");
    if (r->o->compare.n_draws > 0) report_put(p, " --draws %u", r->o->compare.n_draws);
    if (r->o->compare.seed > 0) report_put(p, " --seed %w", (int64_t)r->o->compare.seed);
    report_put(p, "</code></pre>\n");
    for (int k = 0; k < r->n; k++) DSC_TRY(say_run(r, p, &r->run[k]));
    return p->out.status;
}
