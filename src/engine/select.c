// SPDX-License-Identifier: Apache-2.0
// select.c — the engines of this build, and choosing one.

#include <stdlib.h>
#include <string.h>

#include "engine/plan.h"

static bool always(void)
{
    return true;
}
#if defined(__x86_64__)
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("fma");
}
#endif

// best last within a precision
static const dsc_engine engines[] = {
    {"ref", &dsc_kernels_f64_ref, &dsc_kernels_f64_ref, 1, always},
    {"lanes", &dsc_kernels_f32_scalar, &dsc_kernels_f32_scalar, 32, always},
    {"lanes", &dsc_kernels_f64_scalar, &dsc_kernels_f64_scalar, 32, always},
#if defined(__x86_64__)
    {"lanes", &dsc_kernels_f32_avx2, &dsc_kernels_f32_scalar, 32, has_avx2},
    {"lanes", &dsc_kernels_f64_avx2, &dsc_kernels_f64_scalar, 32, has_avx2},
    {"lanes", &dsc_kernels_f32_avx512, &dsc_kernels_f32_scalar, 32, has_avx512},
    {"lanes", &dsc_kernels_f64_avx512, &dsc_kernels_f64_scalar, 32, has_avx512},
#elif defined(__aarch64__)
    {"lanes", &dsc_kernels_f32_neon, &dsc_kernels_f32_scalar, 32, always},
    {"lanes", &dsc_kernels_f64_neon, &dsc_kernels_f64_scalar, 32, always},
#endif
};
enum { N_ENGINES = sizeof engines / sizeof engines[0] };

const char *dsc_engine_name(const dsc_engine *e)
{
    return e->name;
}
const char *dsc_engine_isa(const dsc_engine *e)
{
    return e->kernels->isa;
}
const char *dsc_engine_precision(const dsc_engine *e)
{
    return e->kernels->precision;
}
int dsc_engine_width(const dsc_engine *e)
{
    return e->width;
}
size_t dsc_engine_real(const dsc_engine *e)
{
    return e->kernels->real;
}

const dsc_engine *dsc_engine_at(int i, bool *runs_here)
{
    if (i < 0 || i >= N_ENGINES) return NULL;
    *runs_here = engines[i].runs_here();
    return &engines[i];
}

double dsc_engine_peak(const dsc_engine *e, double seconds)
{
    const long n = 100000;
    double best = 0, end = dsc_seconds() + seconds, kept = 0;
    do {
        double t = dsc_seconds();
        kept += e->kernels->multiply_adds(n);
        t = dsc_seconds() - t;
        double rate = 2.0 * 16 * (double)n * e->kernels->vector / t;
        if (rate > best) best = rate;
    } while (dsc_seconds() < end);
    return kept > 0 ? best : 0;
}

static const char *or_environment(const char *value, const char *variable)
{
    if (value && *value) return value;
    value = getenv(variable);
    return value && *value ? value : NULL;
}

static bool is_any_of(const char *value, const char *a, const char *b)
{
    return !value || strcmp(value, a) == 0 || strcmp(value, b) == 0;
}

static dsc_status no_such_engine(dsc_context *ctx, const char *name, const char *isa)
{
    dsc_text list = {0};
    for (int i = 0; i < N_ENGINES; i++) { // every instruction set once: its single precision
        const kernel_set *k = engines[i].kernels;
        if (strcmp(engines[i].name, "lanes") == 0 && k->real == sizeof(float) &&
            engines[i].runs_here())
            dsc_text_add(ctx, &list, "%s%s", list.length ? ", " : "", k->isa);
    }
    dsc_status s =
        dsc_fail(ctx, DSC_INPUT,
                 "there is no engine \"%s\"%s%s%s here; there are ref, and lanes for the "
                 "instruction sets %s",
                 name, isa ? " for the instruction set \"" : "", isa ? isa : "", isa ? "\"" : "",
                 list.s ? list.s : "");
    dsc_text_free(ctx, &list);
    return s;
}

dsc_status dsc_engine_select(dsc_context *ctx, const char *name, const char *isa,
                             const char *precision, const dsc_engine **e)
{
    name = or_environment(name, "DISCERN_ENGINE");
    isa = or_environment(isa, "DISCERN_ISA");
    if (!name) name = "lanes";
    if (!precision || !*precision) precision = "single";
    DSC_REQUIRE(ctx, is_any_of(precision, "single", "double"), DSC_INPUT,
                "the precision \"%s\" is neither single nor double", precision);
    bool oracle = strcmp(name, "ref") == 0;
    for (int i = N_ENGINES - 1; i >= 0; i--) {
        const dsc_engine *c = &engines[i];
        if (strcmp(c->name, name) != 0 || !c->runs_here()) continue;
        if (!oracle && isa && strcmp(isa, c->kernels->isa) != 0) continue;
        if (!oracle && strcmp(precision, c->kernels->precision) != 0) continue;
        *e = c;
        return DSC_OK;
    }
    return no_such_engine(ctx, name, isa);
}
