// SPDX-License-Identifier: Apache-2.0
// report.c — the page from top to bottom: head, contents, sections; written at once when all of it
// is there.
#include <string.h>

#include "report/internal.h"

// ---- sections -----------------------------------------------------------------------------------

typedef dsc_status write_fn(report *r, report_page *p);

typedef struct section {
    const char *id, *title;
    write_fn *write;
} section;

static dsc_status how_well(report *r, report_page *p)
{
    DSC_TRY(report_scores(r, p));
    return r->n > 1 ? report_comparison(r, p) : DSC_OK;
}

// Those that come before and after the runs.
static const section before[] = {{"fitted", "What was fitted to what", report_fitted},
                                 {"scores", "How well it predicts", how_well}};
static const section after[] = {{"warnings", "Warnings", report_warnings},
                                {"again", "How to do it again", report_reproduce},
                                {"words", "What the words mean", report_glossary},
                                {"references", "References", report_references}};
enum { BEFORE = sizeof before / sizeof *before, AFTER = sizeof after / sizeof *after };

static void section_begin(report_page *p, const char *id, const char *title)
{
    report_put(p, "<section aria-labelledby=\"%s-title\" id=\"%s\">\n<h2 id=\"%s-title\">%s</h2>\n",
               id, id, id, title);
}

static dsc_status section_put(report *r, report_page *p, const section *s)
{
    section_begin(p, s->id, s->title);
    DSC_TRY(s->write(r, p));
    report_put(p, "</section>\n");
    return p->out.status;
}

static void run_id(int k, char id[32])
{
    snprintf(id, 32, "run-%d", k + 1);
}

static void run_title(const report *r, int k, char *out, size_t size)
{
    const char *what = r->run[k].kind == REPORT_FILTER ? "what was followed" : "what was learnt";
    if (r->n == 1) snprintf(out, size, "%c%s", what[0] - 'a' + 'A', what + 1);
    else snprintf(out, size, "%s: %s", r->run[k].name, what);
}

static dsc_status run_put(report *r, report_page *p, int k)
{
    char id[32], title[REPORT_PATH_BYTES + 64];
    run_id(k, id);
    run_title(r, k, title, sizeof title);
    section_begin(p, id, title);
    DSC_TRY(report_one_run(r, p, &r->run[k]));
    report_put(p, "</section>\n");
    return p->out.status;
}

static dsc_status sections_put(report *r, report_page *p)
{
    for (int i = 0; i < BEFORE; i++) DSC_TRY(section_put(r, p, &before[i]));
    for (int k = 0; k < r->n; k++) DSC_TRY(run_put(r, p, k));
    if (r->n_missing > 0)
        DSC_TRY(report_warn(r, NULL,
                            "%d figure%s could not be shown; where %s belong%s, the reason is "
                            "given",
                            r->n_missing, r->n_missing == 1 ? "" : "s",
                            r->n_missing == 1 ? "it" : "they", r->n_missing == 1 ? "s" : ""));
    for (int i = 0; i < AFTER; i++) DSC_TRY(section_put(r, p, &after[i]));
    return p->out.status;
}

// ---- the frame ----------------------------------------------------------------------------------

// "gru", "gru and q", "gru, disrnn and q", "7 models".
static void title_words(const report *r, char *out, size_t size)
{
    enum { NAMED = 4 };
    size_t used = 0;
    *out = 0;
    if (r->n > NAMED) {
        snprintf(out, size, "%d models side by side", r->n);
        return;
    }
    for (int k = 0; k < r->n && used < size; k++)
        used += (size_t)snprintf(out + used, size - used, "%s%s",
                                 k == 0          ? ""
                                 : k == r->n - 1 ? " and "
                                                 : ", ",
                                 r->run[k].name);
}

static void subtitle_put(const report *r, report_page *p)
{
    const char *file = NULL, *other;
    bool differ = false;
    for (int k = 0; k < r->n; k++) {
        other = r->run[k].data;
        differ |= file && other && strcmp(file, other) != 0;
        file = file ? file : other;
    }
    report_put(p, "<p class=\"sub\">");
    if (file) report_put(p, "Fitted to %s. ", differ ? "different data files" : file);
    report_put(p, "Reported by discern %s.</p>\n", DSC_VERSION);
}

static void head_put(report_page *p, const char *title)
{
    report_put(
        p, "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
           "<meta charset=\"utf-8\"/>\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
           "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\"/>\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
           "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
           "<meta name=\"generator\" content=\"discern " DSC_VERSION "\"/>\n"
           "<link rel=\"icon\" href=\"data:,\"/>\n");
    report_put(p, "<title>%s: a report by discern</title>\n<style>\n%h</style>\n</head>\n", title,
               report_style);
}

static void contents_put(const report *r, report_page *p)
{
    char id[32], title[REPORT_PATH_BYTES + 64];
    report_put(
        p, "<nav aria-label=\"Contents\"><ul>\n<li><a href=\"#brief\">In one sentence</a></li>\n");
    for (int i = 0; i < BEFORE; i++)
        report_put(p, "<li><a href=\"#%s\">%s</a></li>\n", before[i].id, before[i].title);
    for (int k = 0; k < r->n; k++) {
        run_id(k, id);
        run_title(r, k, title, sizeof title);
        report_put(p, "<li><a href=\"#%s\">%s</a></li>\n", id, title);
    }
    for (int i = 0; i < AFTER; i++)
        report_put(p, "<li><a href=\"#%s\">%s</a></li>\n", after[i].id, after[i].title);
    report_put(p, "</ul></nav>\n");
}

// The summary stands first and is written last: it counts the warnings.
static dsc_status page_put(report *r, report_page *page, const report_page *body)
{
    char title[512];
    title_words(r, title, sizeof title);
    head_put(page, title);
    report_put(page,
               "<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header>\n"
               "<h1>%s</h1>\n",
               title);
    subtitle_put(r, page);
    report_put(page, "<div id=\"tools\"></div>\n</header>\n");
    contents_put(r, page);
    report_put(page, "<main id=\"main\">\n");
    section_begin(page, "brief", "In one sentence");
    DSC_TRY(report_in_brief(r, page));
    report_put(
        page,
        "</section>\n%h</main>\n<script>\n//<![CDATA[\n%h//]]>\n</script>\n</body>\n</html>\n",
        body->out.s, report_script);
    return page->out.status;
}

// ---- the call -----------------------------------------------------------------------------------

static dsc_status write_all(report *r, report_page *page, report_page *body, const char *path)
{
    DSC_TRY(sections_put(r, body));
    DSC_TRY(page_put(r, page, body));
    return dsc_write_file(r->ctx, path, page->out.s, page->out.length);
}

static void result_fill(const report *r, const report_page *page, dsc_report_result *result)
{
    if (!result) return;
    *result = (dsc_report_result){.n_runs = r->n,
                                  .n_figures = r->n_figures,
                                  .n_missing = r->n_missing,
                                  .n_warnings = r->n_warnings,
                                  .compared = r->comparison != NULL,
                                  .bytes = page->out.length};
}

// Groups are of subjects' parameters.
static dsc_status check_group(const report *r)
{
    bool classical = !r->o->group;
    for (int i = 0; i < r->n; i++)
        classical = classical || (r->run[i].run && r->run[i].run->model->cog);
    DSC_REQUIRE(
        r->ctx, classical, DSC_INPUT,
        "--group %s shows the parameters of subjects in groups, but none of the runs is of a "
        "classical model; leave it out",
        r->o->group);
    return DSC_OK;
}

dsc_status dsc_report(dsc_context *ctx, int n, const char *const *runs, const dsc_report_options *o,
                      const char *path, dsc_report_result *result)
{
    report r = {.ctx = ctx, .o = o, .n = n};
    report_page page = {.ctx = ctx}, body = {.ctx = ctx};
    DSC_REQUIRE(ctx, n >= 1, DSC_INPUT, "a report is about a run: name at least one");
    dsc_status status = report_gather(&r, runs);
    if (status == DSC_OK) status = check_group(&r);
    if (status == DSC_OK) status = write_all(&r, &page, &body, path);
    if (status == DSC_OK) result_fill(&r, &page, result);
    report_scratch_remove(&r);
    dsc_pool_destroy(&r.pool);
    dsc_text_free(ctx, &page.out);
    dsc_text_free(ctx, &body.out);
    report_forget(&r);
    return status;
}
