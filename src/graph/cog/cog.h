// SPDX-License-Identifier: Apache-2.0
// cog.h — the compiler of the language for cognitive models (reference: doc/cog.md).
//
//   text --lex.c--> tokens --parse.c, declare.c, statement.c--> dsc_cog --build.c, value.c--> cell
//
// The parser resolves every name. Shapes are checked where the cell is built; compiling builds one
// cell on trial, so that a text that compiles has been built once.
#ifndef DSC_GRAPH_COG_H
#define DSC_GRAPH_COG_H

#include "discern/cog.h"
#include "graph/builder.h"

enum {
    COG_LONGEST_TEXT = 256 << 10, // bytes
    COG_MOST_SYMBOLS = 500,
    COG_MOST_NODES = 4000,
    COG_DEEPEST = 100, // nesting of an expression
    COG_MOST_ACTIONS = 64,
    COG_LARGEST_DIMENSION = 1000,
};
#define COG_MOST_VALUES ((size_t)1 << 21) // of all nodes together

// ---- messages.c ---------------------------------------------------------------------------------

typedef struct cog_source {
    dsc_context *ctx;
    const char *path, *text;
} cog_source;
// DSC_INPUT with "path, line L, column C: sentence", the line and a caret under `at`.
dsc_status cog_fail(const cog_source *s, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Of an unknown word; `what` is a noun ("function").
dsc_status cog_fail_unknown(const cog_source *s, const char *at, const char *what, const char *word,
                            const char *const *known, size_t n);

// ---- lex.c --------------------------------------------------------------------------------------

typedef enum cog_token_kind {
    COG_END,
    COG_LINE, // the end of a line, outside brackets
    COG_NAME,
    COG_NUMBER,
    COG_STRING,
    COG_SIGN,
    COG_COMMENT, // only if asked for
} cog_token_kind;
// A sign of one or two characters as one number.
#define COG_SIGN_OF(a, b) ((a) | (b) << 8)

typedef struct cog_token {
    cog_token_kind kind;
    const char *at;
    int length, sign;
    double number;
} cog_token;
typedef struct cog_lexer {
    const cog_source *source;
    const char *next;
    int brackets;
    bool comments;  // hand them out
    bool all_lines; // also inside brackets
} cog_lexer;
dsc_status cog_next(cog_lexer *l, cog_token *t);

// ---- the description ----------------------------------------------------------------------------

// What a name can stand for.
typedef enum cog_what {
    COG_CONSTANT,
    COG_COUNT, // of a dimension
    COG_OPTION,
    COG_PARAMETER,
    COG_IN, // a column: cue, outcome, observed
    COG_STATE,
    COG_QUANTITY,
    COG_CHOICE,
    COG_CHOSEN,
} cog_what;

typedef struct cog_dimension {
    const char *name; // NULL: a number in the text
    int size;         // 0: any (actions)
    int option;       // that sets the size, or -1
} cog_dimension;
enum { COG_ACTION = 0 }; // the first dimension

typedef struct cog_shape {
    int n, dimension[2];
} cog_shape;

typedef struct cog_expression cog_expression;
typedef struct cog_symbol {
    const char *name, *meaning, *at; // `at` NULL: known beforehand
    cog_what what;
    int which; // option, parameter, dimension
    cog_shape shape;
    dsc_cog_column column;
    double number;
    const cog_expression *start;
    bool reset_block;
    int unless; // option, or -1
} cog_symbol;

typedef struct cog_function cog_function;
struct cog_expression {
    const char *at;
    const cog_function *function; // NULL: see below
    bool is_index;                // arg[0] [ arg[1], arg[2] ]
    int symbol;                   // >= 0: a name; else a number
    double number;
    int dimension; // of onehot
    int depth, n;
    const cog_expression *arg[3];
};

typedef enum cog_rule { COG_SOFTMAX, COG_PROBIT, COG_PROBABILITIES } cog_rule;
typedef enum cog_act { COG_ASSIGN, COG_CHOOSE, COG_OBSERVE } cog_act;
typedef struct cog_statement {
    cog_act act;
    const char *at;
    int symbol; // assigned, or observed
    int sign;   // '=', '+', '-', '*'
    cog_rule rule;
    int n_index;
    const cog_expression *index[2];
    const cog_expression *value, *other; // other: `among`, or the standard deviation
} cog_statement;

struct dsc_cog {
    dsc_arena *arena;
    const char *path, *text, *name, *title, *citation;
    cog_dimension *dimension;
    cog_symbol *symbol;
    cog_statement *statement;
    dsc_cog_parameter *parameter;
    dsc_cog_option *option;
    int n_dimensions, n_symbols, n_statements, n_parameters, n_options;
    int choose; // the statement that chooses
};

// ---- parse.c, declare.c, statement.c ------------------------------------------------------------

typedef enum cog_part { COG_IN_HEADER, COG_ABOVE, COG_BELOW } cog_part; // of the text

typedef struct cog_parser {
    cog_source source;
    cog_lexer lexer;
    cog_token token;
    dsc_cog *cog;
    cog_part part;
    int nesting;
} cog_parser;

// Makes room for element n of an array of the arena (address of the pointer).
dsc_status cog_room(dsc_arena *arena, void *array, int n, size_t size);
dsc_status cog_advance(cog_parser *p);
bool cog_at_sign(const cog_parser *p, int sign);
bool cog_at_word(const cog_parser *p, const char *word);
// Skips the sign or word if it is there.
dsc_status cog_accept_word(cog_parser *p, const char *word, bool *there);
dsc_status cog_expect_sign(cog_parser *p, int sign);
dsc_status cog_expect_line_end(cog_parser *p);
// Fails at the token: "`what` was expected, not ...".
dsc_status cog_expected(const cog_parser *p, const char *what);
dsc_status cog_parse_name(cog_parser *p, const char *what, const char **name);
dsc_status cog_parse_string(cog_parser *p, const char **text);
// A number with a sign; `inf` is one.
dsc_status cog_parse_number(cog_parser *p, double *number);
dsc_status cog_parse_count(cog_parser *p, const char *what, int highest, int *count);
dsc_status cog_parse_expression(cog_parser *p, const cog_expression **x);
// [ i ] or [ i, j ] if it is there.
dsc_status cog_parse_indices(cog_parser *p, int *n, const cog_expression *index[2]);

int cog_find(const dsc_cog *c, const char *name, size_t length); // symbol, or -1
dsc_status cog_declare(cog_parser *p, cog_symbol symbol, int *which);
dsc_status cog_dimension_of_size(cog_parser *p, int size, int *which);
dsc_status cog_parse_declaration(cog_parser *p);
bool cog_is_declaration(const cog_parser *p);  // at the word of one
dsc_status cog_parse_parameter(cog_parser *p); // after that word
dsc_status cog_parse_statement(cog_parser *p);

// ---- functions.c --------------------------------------------------------------------------------

typedef struct cog_builder cog_builder;
typedef struct cog_value {
    dsc_node node;
    double number; // of a constant, all of whose elements are equal
    bool constant;
    bool is_truth; // 1 or 0
    cog_shape shape;
} cog_value;

typedef cog_value cog_apply_fn(cog_builder *e, const cog_expression *x, const cog_value *arg);
struct cog_function {
    const char *name; // as called; NULL: only a sign or a word
    int sign;         // of an operator, else 0
    int n;            // arguments
    cog_apply_fn *apply;
    dsc_node (*unary)(dsc_builder *b, dsc_node x);
    double (*fold)(double x);
};
const cog_function *cog_function_find(const char *name, size_t length);
const cog_function *cog_operator_find(int sign, int n);
// The i-th name that can be called; NULL past the end.
const char *cog_function_name(int i);

// ---- value.c: values while a cell is built ------------------------------------------------------

struct cog_builder {
    const dsc_cog *cog;
    const dsc_cog_build *o;
    dsc_builder *b;
    cog_source source;
    bool checking; // build also what is left out
    bool left_out; // in a branch that is left out: constants may be impossible there
    bool past;     // AGENT: the trial before this one
    size_t values;
    const int *size;      // [dimensions]
    cog_value *value;     // [symbols] of states and quantities, now
    cog_value *start;     // [symbols] of states
    cog_value *chosen_at; // [symbols] states when the choice is made
    dsc_node *state;      // [symbols]
    bool *above, *gate;   // [symbols] changed above; needs the question whether there was a choice
    dsc_node *input, *past_input; // [symbols], id -1: not read yet
    dsc_node choice, past_choice; // of this trial, of the last
    cog_value observation;
};

bool cog_failed(const cog_builder *e);
cog_value cog_value_fail(cog_builder *e, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
cog_value cog_number(double number);
cog_value cog_node(dsc_node node, cog_shape shape);
int cog_rows(const cog_builder *e, cog_shape shape);
bool cog_moves(const cog_builder *e, cog_value x); // varies from trial to trial
// The node of a value, with as many rows as the shape has.
dsc_node cog_material(cog_builder *e, cog_value x, cog_shape shape);
// The newest node, or an older one that is the same.
dsc_node cog_unique(cog_builder *e, dsc_node newest);
// The shape in which two values meet.
cog_shape cog_meet(cog_builder *e, const char *at, cog_value x, cog_value w);
cog_value cog_widen(cog_builder *e, cog_value x, cog_shape shape);

cog_value cog_add(cog_builder *e, const char *at, cog_value x, cog_value w);
cog_value cog_subtract(cog_builder *e, const char *at, cog_value x, cog_value w);
cog_value cog_multiply(cog_builder *e, const char *at, cog_value x, cog_value w);
cog_value cog_select(cog_builder *e, const char *at, cog_value mask, cog_value x, cog_value w);
// x if there was a choice in this trial, else w.
cog_value cog_if_chosen(cog_builder *e, const char *at, cog_value x, cog_value w);
cog_value cog_negate(cog_builder *e, cog_value x);
// Any operation element by element, not folded.
cog_value cog_binary(cog_builder *e, const char *at,
                     dsc_node (*f)(dsc_builder *b, dsc_node x, dsc_node w), cog_value x,
                     cog_value w);
cog_value cog_folded(double number, cog_shape shape); // a constant of a shape

// ---- evaluate.c ---------------------------------------------------------------------------------

cog_value cog_evaluate(cog_builder *e, const cog_expression *x);
// x + (w), with one operation if w is a product.
cog_value cog_evaluate_sum(cog_builder *e, const char *at, cog_value x, const cog_expression *w,
                           bool minus);
cog_value cog_read_part(cog_builder *e, const char *at, cog_value x, cog_value index);
cog_value cog_write_part(cog_builder *e, const char *at, cog_value x, cog_value index, cog_value w);

// ---- build.c ------------------------------------------------------------------------------------

dsc_status cog_build(const dsc_cog *c, dsc_builder *b, const dsc_cog_build *o, bool checking);
dsc_node cog_input(cog_builder *e, int symbol);

#endif
