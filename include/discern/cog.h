/* SPDX-License-Identifier: Apache-2.0
 * cog.h — the language for cognitive models (*.cog): a text is compiled to a description, and the
 * description builds cells, in the form that a use needs. Reference and tutorial: doc/cog.md. */
#ifndef DISCERN_COG_H
#define DISCERN_COG_H

#include "discern/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A compiled model. */
typedef struct dsc_cog dsc_cog;

/* A one-dimensional distribution of a parameter: of its prior, or of where fits start. */
typedef enum dsc_density_kind {
    DSC_DENSITY_NONE,
    DSC_DENSITY_UNIFORM,     /* a ... b */
    DSC_DENSITY_NORMAL,      /* mean a, standard deviation b */
    DSC_DENSITY_HALF_NORMAL, /* scale a */
    DSC_DENSITY_BETA,        /* a, b */
    DSC_DENSITY_GAMMA,       /* shape a, scale b */
    DSC_DENSITY_EXPONENTIAL, /* mean a */
    DSC_DENSITY_LOGNORMAL,   /* of the logarithm: mean a, standard deviation b */
    DSC_DENSITY_STUDENT,     /* degrees of freedom a, centre b, scale c */
} dsc_density_kind;
typedef struct dsc_density {
    dsc_density_kind kind;
    double a, b, c;
} dsc_density;

typedef enum dsc_group { DSC_GROUP_SUBJECT, DSC_GROUP_SESSION, DSC_GROUP_MODEL } dsc_group;

typedef struct dsc_cog_parameter {
    const char *name, *meaning, *unit; /* unit may be "" */
    double lowest, highest;            /* may be infinite */
    dsc_group group;
    dsc_density prior; /* NONE: uniform over the bounds */
    dsc_density start; /* always given: the text's, else the rule of doc/cog.md */
    double initial;    /* value where none is given */
} dsc_cog_parameter;

/* An option or the size of a dimension: fixed when a cell is built. */
typedef struct dsc_cog_option {
    const char *name, *meaning;
    double initial;
    bool is_switch; /* yes (1) or no (0) */
    bool is_size;   /* of a dimension: a whole number, at least 1 */
} dsc_cog_option;

/* Compiles a text; `path` names it in messages ("my.cog, line 7, column 12: ..."). Never crashes,
 * always ends, whatever the text. Errors: DSC_INPUT with place, the line, and what was expected;
 * DSC_MEMORY. */
dsc_status dsc_cog_compile(dsc_context *ctx, const char *path, const char *text, dsc_cog **cog);
void dsc_cog_destroy(dsc_context *ctx, dsc_cog **cog);
/* Reads the text of a model from a file; free with dsc_free. Errors: DSC_IO; DSC_INPUT if it holds a
 * zero byte. */
dsc_status dsc_cog_read(dsc_context *ctx, const char *path, char **text);

const char *dsc_cog_name(const dsc_cog *c);
const char *dsc_cog_title(const dsc_cog *c);
const char *dsc_cog_source(const dsc_cog *c); /* the citation, "" if none */
const char *dsc_cog_text(const dsc_cog *c);
int dsc_cog_actions(const dsc_cog *c); /* 0: any number */
int dsc_cog_parameter_count(const dsc_cog *c);
const dsc_cog_parameter *dsc_cog_parameter_at(const dsc_cog *c, int i);
int dsc_cog_option_count(const dsc_cog *c);
const dsc_cog_option *dsc_cog_option_at(const dsc_cog *c, int i);
/* Columns that the model reads beside the choice: cues, outcomes, observed; in their order. */
typedef enum dsc_cog_column { DSC_CUE, DSC_OUTCOME, DSC_OBSERVED } dsc_cog_column;
int dsc_cog_column_count(const dsc_cog *c);
const char *dsc_cog_column_at(const dsc_cog *c, int i, dsc_cog_column *kind);
/* Whether some state starts anew at block starts (the input "block_start" is then read). */
bool dsc_cog_reads_blocks(const dsc_cog *c);
/* Whether NAME is a quantity that is assigned below `choose`: known only after the choice. */
bool dsc_cog_is_learnt(const dsc_cog *c, const char *name);

/* The same model in three forms:
 *   AGENT    step t learns from trial t-1, then predicts trial t: for closed loops. Reads
 *            agent_choice (-1: none), agent_trial (0 on the first trial of a session, else 1),
 *            agent_NAME for what trial t-1 showed, NAME for the cues of trial t (block_start,
 *            agent_block_start likewise). What is learnt is recorded a step after its trial.
 *   OBSERVER step t predicts trial t, then learns from it: for likelihoods and recordings. Reads
 *            current_choice (-1: none), NAME, and observed_NAME for observed columns (NaN: missing,
 *            not scored); named quantities belong to their own trial.
 *   PARTICLE as OBSERVER, but every parameter is an input (its name), so that it may change from
 *            trial to trial.
 * All give the same prediction. */
typedef enum dsc_cog_form { DSC_COG_AGENT, DSC_COG_OBSERVER, DSC_COG_PARTICLE } dsc_cog_form;
typedef struct dsc_cog_build {
    dsc_cog_form form;
    int n_actions;         /* must agree with `actions` of the text */
    dsc_level level;       /* of all parameters (AGENT, OBSERVER) */
    const double *initial; /* [parameter count] initial values; NULL: the text's */
    const double *option;  /* [option count]; NULL: the text's */
} dsc_cog_build;
/* Adds the model to a builder: parameters, states, named quantities (as records), the output
 * "prediction" [n_actions] (logits), and, if a column is observed, the output "observation" [1]:
 * minus the log density of the observed columns of this trial (OBSERVER, PARTICLE). */
dsc_status dsc_cog_build_cell(const dsc_cog *c, dsc_builder *b, const dsc_cog_build *o);

/* The text in its standard layout; comments stay. Errors: those of dsc_cog_compile. */
dsc_status dsc_cog_format(dsc_context *ctx, const char *path, const char *text, dsc_text *out);

/* ---- densities ------------------------------------------------------------------------------- */

/* ln density of x (up to no constant: it is normalised; over its own support) and, if not NULL, its
 * derivative. -infinity outside the support. NONE: 0. */
double dsc_density_log(const dsc_density *d, double x, double *derivative);
/* As in a text, "normal(0, 1)"; "" for NONE. */
const char *dsc_density_text(const dsc_density *d, char out[96]);
/* A draw, cut to [lowest, highest] by rejection (after 1000 misses: the nearer bound). */
double dsc_density_draw(const dsc_density *d, double lowest, double highest, dsc_stream *random);

#ifdef __cplusplus
}
#endif
#endif
