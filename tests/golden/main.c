// SPDX-License-Identifier: Apache-2.0
// main.c — golden DIR: walks a folder of golden files and prints a line per file:
//   ok|FAIL|unknown|later|data  path  what came nearest to its tolerance: error of tolerance
// and on stderr a line per quantity that is off. Fails if a number is off, and if a file of a known
// kind was not used.
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "golden/golden.h"

// The first pattern that fits "/path" decides.
static const struct {
    const char *pattern;
    golden_fn *compare; // NULL: only say `word`
    const char *word, *why;
} kinds[] = {
    {"*/README.md", NULL, "data", "documentation"},
    {"*/disrnn/base.json*", golden_network, NULL, NULL},
    {"*/disrnn/multisubject.json*", golden_network, NULL, NULL},
    {"*/disrnn/neuro.json*", golden_network, NULL, NULL},
    {"*/disrnn/gru.json*", golden_network, NULL, NULL},
    {"*/disrnn/lstm.json*", golden_network, NULL, NULL},
    {"*/disrnn/vanilla.json*", golden_network, NULL, NULL},
    {"*/disrnn/activations.json*", golden_activations, NULL, NULL},
    {"*/disrnn/losses.json*", golden_losses, NULL, NULL},
    {"*/disrnn/inspect_base.json*", golden_inspect, NULL, NULL},
    {"*/disrnn/inspect_multisubject.json*", golden_inspect, NULL, NULL},
    {"*/disrnn/inspect_neuro.json*", golden_inspect, NULL, NULL},
    {"*/disrnn/datasets.json*", golden_datasets, NULL, NULL},
    {"*/disrnn/datasets_clicks.json*", golden_clicks, NULL, NULL},
    {"*/disrnn/inputs/*", NULL, "data", "input of datasets*.json"},
    {"*/disrnn/curves/*", NULL, "data", "learning curves, for quality over seeds"},
    {"*/trnn/pf_*_replay.json", golden_filter, NULL, NULL},
    {"*/trnn/sim_*_agent.csv", golden_replay, NULL, NULL},
    {"*/trnn/*_nll_grid.csv", golden_fits, NULL, NULL},
    {"*/trnn/art_mle_starts.csv", golden_fits, NULL, NULL},
    {"*/trnn/dezfouli_per_subject.csv", golden_fits, NULL, NULL},
    {"*/trnn/gershman_per_subject.csv", golden_fits, NULL, NULL},
    {"*/trnn/pf_*_40seeds.csv.gz", NULL, "data",
     "filters over seeds, for tests/test_filter_table.c"},
    {"*/trnn/*", NULL, "later", "t-RNN"},
    {"*/spice/*", NULL, "later", "SPICE"},
    {"*/ibl/*", NULL, "later", "IBL networks"},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0], MAX_FILES = 4096 };

typedef struct counts {
    int ok, failed, unknown, other;
} counts;

static void print_line(const char *word, const char *path, const char *text)
{
    printf("%-10s %-44s %s\n", word, path, text);
    fflush(stdout);
}

static void compare_file(dsc_context *ctx, golden_fn *compare, const char *full, const char *path,
                         counts *n)
{
    tally t = {.ctx = ctx, .path = full};
    json_t *root = NULL;
    char text[256];
    const bool json = strstr(path, ".json") != NULL;
    if ((json && golden_read(ctx, full, &root) != DSC_OK) || compare(ctx, root, &t) != DSC_OK)
        tally_fail(&t, "%s", dsc_message(ctx));
    if (t.compared == 0) tally_fail(&t, "nothing of it was used");
    snprintf(text, sizeof text, "%4d compared, worst %s", t.compared, t.worst);
    if (t.later)
        snprintf(text + strlen(text), sizeof text - strlen(text), "; %d parts later", t.later);
    print_line(t.failed ? "FAIL" : "ok", path, text);
    if (t.report.s) fputs(t.report.s, stderr);
    n->failed += t.failed > 0;
    n->ok += t.failed == 0;
    dsc_text_free(ctx, &t.report);
    json_decref(root);
}

static void visit_file(dsc_context *ctx, const char *folder, const char *path, counts *n)
{
    char full[4096], slashed[4096];
    snprintf(full, sizeof full, "%s/%s", folder, path);
    snprintf(slashed, sizeof slashed, "/%s", path);
    for (int i = 0; i < N_KINDS; i++) {
        if (fnmatch(kinds[i].pattern, slashed, 0) != 0) continue;
        if (kinds[i].compare) compare_file(ctx, kinds[i].compare, full, path, n);
        else {
            print_line(kinds[i].word, path, kinds[i].why);
            n->other++;
        }
        return;
    }
    print_line("unknown", path, "");
    n->unknown++;
}

static int without_dots(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

// `path` is relative to `folder`; "" is the folder itself. False if it cannot be read.
static bool walk(dsc_context *ctx, const char *folder, const char *path, counts *n)
{
    char full[4096], inner[2048];
    struct dirent **list = NULL;
    struct stat s;
    snprintf(full, sizeof full, "%s%s%s", folder, path[0] ? "/" : "", path);
    const int found = scandir(full, &list, without_dots, alphasort);
    for (int i = 0; i < found; i++) {
        snprintf(inner, sizeof inner, "%s%s%s", path, path[0] ? "/" : "", list[i]->d_name);
        snprintf(full, sizeof full, "%s/%s", folder, inner);
        if (stat(full, &s) == 0 && S_ISDIR(s.st_mode)) walk(ctx, folder, inner, n);
        else visit_file(ctx, folder, inner, n);
        free(list[i]);
    }
    free(list);
    return found >= 0;
}

int main(int argc, char **argv)
{
    dsc_context *ctx = NULL;
    counts n = {0};
    if (argc != 2 || dsc_context_create(NULL, &ctx) != DSC_OK) {
        fprintf(stderr, "usage: golden DIR\n");
        return 2;
    }
    const bool read = walk(ctx, argv[1], "", &n);
    if (!read) fprintf(stderr, "%s: no such folder\n", argv[1]);
    printf("%d ok, %d failed, %d unknown, %d not compared here\n", n.ok, n.failed, n.unknown,
           n.other);
    dsc_context_destroy(&ctx);
    return n.failed > 0 || n.ok == 0 || !read;
}
