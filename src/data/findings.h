// SPDX-License-Identifier: Apache-2.0
// findings.h — what an audit finds in a table that somebody should look at, the gravest first.
#ifndef DISCERN_DATA_FINDINGS_H
#define DISCERN_DATA_FINDINGS_H

#include "data/private.h"

typedef enum data_severity { DATA_UNUSABLE, DATA_WARNING, DATA_REMARK } data_severity;

enum { DATA_FIRST_PLACES = 5 };
typedef struct data_finding {
    data_severity severity;
    const char *kind; // one word for programs: "gaps"
    char *sentence, *remedy;
    size_t n;                        // how often
    int n_places;                    // of the first of them:
    size_t place[DATA_FIRST_PLACES]; // rows of the table
} data_finding;

typedef struct data_findings {
    dsc_arena *arena;
    int n;
    data_finding *item;
} data_findings;

dsc_status data_find(dsc_context *ctx, const dsc_table *t, data_findings *f);
void data_findings_free(dsc_context *ctx, data_findings *f);
const char *data_severity_name(data_severity s);

#endif
