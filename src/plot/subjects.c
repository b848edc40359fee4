// SPDX-License-Identifier: Apache-2.0
// subjects.c — the subjects of a run by their labels, and their embeddings w + b.
#include <string.h>

#include "plot/inspect.h"

const char *plot_subject_label(const dsc_run *run, int subject, char out[128])
{
    if (run->subjects) return run->subjects[subject];
    snprintf(out, 128, "%d", subject);
    return out;
}

void plot_subject_title(const dsc_run *run, int subject, const char *what, char *out, size_t size)
{
    char label[128], cut[160];
    plot_name(plot_subject_label(run, subject, label), 20, cut, sizeof cut);
    if (plot_is_multisubject(run)) snprintf(out, size, "%s of subject %s", what, cut);
    else snprintf(out, size, "%s", what);
}

static dsc_status unknown_fail(dsc_context *ctx, const dsc_run *run, const char *label)
{
    char first[128];
    const char *near = run->subjects ? dsc_nearest(label, (const char *const *)run->subjects,
                                                   (size_t)run->n_subjects)
                                     : NULL;
    if (near)
        return dsc_fail(ctx, DSC_INPUT,
                        "%s was not fitted to a subject \"%s\"; did you mean "
                        "\"%s\"?",
                        run->path, label, near);
    return dsc_fail(ctx, DSC_INPUT,
                    "%s was not fitted to a subject \"%s\"; its %d subjects begin with \"%s\"",
                    run->path, label, run->n_subjects, plot_subject_label(run, 0, first));
}

dsc_status plot_subject_find(dsc_context *ctx, const dsc_run *run, const char *label,
                             const char *figure, int *subject)
{
    char text[128];
    *subject = 0;
    if (!plot_is_multisubject(run)) return DSC_OK;
    if (!label && run->n_subjects > 1)
        dsc_note(ctx, DSC_NOTE,
                 "%s: of subject \"%s\", the first of %d; --subject LABEL shows another", figure,
                 plot_subject_label(run, 0, text), run->n_subjects);
    if (!label) return DSC_OK;
    for (int i = 0; i < run->n_subjects; i++)
        if (strcmp(plot_subject_label(run, i, text), label) == 0) return *subject = i, DSC_OK;
    return unknown_fail(ctx, run, label);
}

dsc_status plot_embeddings_read(dsc_context *ctx, const dsc_run *run, double **embedding, int *n)
{
    const double *w = dsc_run_parameter(run, "subject_embedding_weights.w", n, NULL);
    const double *b = dsc_run_parameter(run, "subject_embedding_weights.b", NULL, NULL);
    DSC_REQUIRE(ctx, w && b, DSC_DEFECT, "%s has no embeddings", run->model->name);
    const size_t size = (size_t)(run->n_subjects * *n);
    DSC_TRY(dsc_alloc(ctx, size, sizeof **embedding, embedding));
    for (size_t i = 0; i < size; i++) (*embedding)[i] = w[i] + b[i % (size_t)*n];
    return DSC_OK;
}
