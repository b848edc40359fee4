// SPDX-License-Identifier: Apache-2.0
// exchange.c — a network's weights as the package writes them, imported as a run; what the run
// predicts is scored as the package scored it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden/network.h"

// Nested lists of a tensor's shape, from dimension k on.
static json_t *nested(const json_t *shape, size_t k, const double **values)
{
    const json_int_t n = json_integer_value(json_array_get(shape, k));
    json_t *list = json_array();
    for (json_int_t i = 0; i < n; i++)
        json_array_append_new(list, k + 1 < json_array_size(shape) ? nested(shape, k + 1, values)
                                                                   : json_real(*(*values)++));
    return list;
}

static void write_weights(const network *n, const char *path)
{
    json_t *root = json_object(), *tensor;
    size_t i;
    json_array_foreach(json_object_get(n->root, "tensors"), i, tensor)
    {
        const char *group = json_string_value(json_object_get(tensor, "group"));
        const double *values = n->weights + json_integer_value(json_object_get(tensor, "offset"));
        if (!json_object_get(root, group)) json_object_set_new(root, group, json_object());
        json_object_set_new(json_object_get(root, group),
                            json_string_value(json_object_get(tensor, "name")),
                            nested(json_object_get(tensor, "shape"), 0, &values));
    }
    json_dump_file(root, path, JSON_REAL_PRECISION(17));
    json_decref(root);
}

// Sessions without their padding.
static void write_trials(const network *n, const char *path)
{
    const json_t *lengths = json_object_get(json_object_get(n->root, "data"), "lengths");
    FILE *f = fopen(path, "w");
    if (!f) return;
    fputs("subject,session,choice,prev_choice,prev_reward,y\n", f);
    for (int b = 0; b < n->B; b++)
        for (int t = 0; t < json_integer_value(json_array_get(lengths, (size_t)b)); t++) {
            const double *y = n->ys + (t * n->B + b) * (1 + n->V);
            const double *x = n->xs + (t * n->B + b) * (n->O + (n->S > 0));
            fprintf(f, "%g,%d,", n->S ? *x++ : 0, b);
            if (y[0] >= 0) fprintf(f, "%g", y[0]);
            fprintf(f, ",%.17g,%.17g,", x[0], x[1]);
            if (n->V && y[1] == y[1]) fprintf(f, "%.17g", y[1]);
            fputc('\n', f);
        }
    fclose(f);
}

static dsc_status import(const network *n, const char *folder, dsc_evaluation **e)
{
    char json[200], csv[200], run[200];
    dsc_fit_config c;
    dsc_pool *pool = NULL;
    dsc_run *opened = NULL;
    dsc_table *table = NULL;
    snprintf(json, sizeof json, "%s/weights.json", folder);
    snprintf(csv, sizeof csv, "%s/trials.csv", folder);
    snprintf(run, sizeof run, "%s/run", folder);
    write_weights(n, json);
    write_trials(n, csv);
    DSC_TRY(dsc_import_config(n->ctx, json, &c));
    DSC_TRY(dsc_fit_config_set(n->ctx, &c, "data.path", csv, "test"));
    DSC_TRY(dsc_fit_config_set(n->ctx, &c, "engine.precision", "double", "test"));
    DSC_TRY(dsc_fit_config_set(n->ctx, &c, "split.every", "0", "test"));
    if (n->V) DSC_TRY(dsc_fit_config_set(n->ctx, &c, "data.targets", "y", "test"));
    DSC_TRY(dsc_pool_create(n->ctx, 1, &pool));
    dsc_status status = dsc_import(n->ctx, json, &c, run, false, pool);
    if (status == DSC_OK) status = dsc_run_open(n->ctx, run, NULL, &opened);
    if (status == DSC_OK) status = dsc_run_data(n->ctx, opened, &table, NULL);
    if (status == DSC_OK)
        status = dsc_evaluate(n->ctx, opened, table, &(dsc_evaluation_options){0}, pool, e);
    if (table) dsc_table_destroy(n->ctx, &table);
    dsc_run_close(n->ctx, &opened);
    dsc_pool_destroy(&pool);
    return status;
}

dsc_status network_import(const network *n, tally *t)
{
    const double wanted =
        golden_number(json_object_get(n->root, "scalars"), "noiseless_normalized_likelihood");
    char folder[] = "/tmp/discern-golden-XXXXXX";
    dsc_evaluation *e = NULL;
    if (strcmp(n->model->name, "lstm") == 0 || strcmp(n->model->name, "rnn") == 0) return DSC_OK;
    DSC_REQUIRE(n->ctx, mkdtemp(folder), DSC_IO, "%s cannot be made", folder);
    const dsc_status status = import(n, folder, &e);
    dsc_remove(n->ctx, folder);
    if (status == DSC_OK)
        tally_value(t, "normalized_likelihood of the import", e->score[0].normalized_likelihood,
                    wanted, (tolerance){2e-8, 1, 0, 0});
    if (e) dsc_evaluation_free(n->ctx, &e);
    return status;
}
