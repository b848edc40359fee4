// SPDX-License-Identifier: Apache-2.0
// page.c — one page of a figure: its data (.csv) and its script (.gp), written completely or not at
// all.
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "plot/internal.h"

void plot_page_name(const char *figure, int number, char out[64])
{
    if (number == 1) snprintf(out, 64, "%s", figure);
    else snprintf(out, 64, "%s-%d", figure, number);
}

void plot_page_begin(plot_page *p, dsc_context *ctx, const char *folder, const char *figure,
                     int number, double width, double height)
{
    *p = (plot_page){.ctx = ctx, .folder = folder, .width = width, .height = height};
    plot_page_name(figure, number, p->name);
    plot_style(p);
}

static dsc_status text_write(const plot_page *p, const char *ending, const dsc_text *t)
{
    char path[PLOT_PATH_BYTES], name[80];
    snprintf(name, sizeof name, "%s.%s", p->name, ending);
    DSC_TRY(dsc_join_path(p->ctx, path, sizeof path, p->folder, name));
    return dsc_write_file(p->ctx, path, t->s, t->length);
}

dsc_status plot_page_end(plot_page *p)
{
    dsc_status status = p->csv.status != DSC_OK ? p->csv.status : p->gp.status;
    if (status == DSC_OK) status = text_write(p, "csv", &p->csv);
    if (status == DSC_OK) status = text_write(p, "gp", &p->gp);
    dsc_text_free(p->ctx, &p->csv);
    dsc_text_free(p->ctx, &p->gp);
    return status;
}

static bool is_written(const char *ending, const char *formats)
{
    return strcmp(ending, "gp") == 0 || strcmp(ending, "csv") == 0 ||
           (strlen(ending) == 3 && strstr(formats ? formats : "svg", ending));
}

// "FIGURE.csv", "FIGURE-2.svg"
static bool is_of_figure(const char *file, const char *figure, const char *formats)
{
    const size_t n = strlen(figure);
    if (strncmp(file, figure, n) != 0) return false;
    file += n;
    if (*file == '-') file += 1 + strspn(file + 1, "0123456789");
    return *file == '.' && is_written(file + 1, formats);
}

bool dsc_figure_there(const char *folder, const char *figure, const char *formats, char name[256])
{
    DIR *files = opendir(folder);
    name[0] = 0;
    if (!files) return false;
    for (const struct dirent *e; (e = readdir(files));)
        if (is_of_figure(e->d_name, figure, formats) && (!name[0] || strcmp(e->d_name, name) < 0))
            snprintf(name, 256, "%s", e->d_name);
    closedir(files);
    return name[0] != 0;
}

static bool file_remove(const char *folder, const char *name, const char *ending)
{
    char path[PLOT_PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/%s.%s", folder, name, ending);
    return n > 0 && n < (int)sizeof path && unlink(path) == 0;
}

void plot_pages_clear(const char *folder, const char *figure, int from)
{
    static const char *const endings[] = {"csv", "svg", "pdf", "png"};
    char name[64];
    for (;; from++) {
        plot_page_name(figure, from, name);
        if (!file_remove(folder, name, "gp")) return;
        for (int i = 0; i < 4; i++) file_remove(folder, name, endings[i]);
    }
}
