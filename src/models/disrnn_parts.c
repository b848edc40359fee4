// SPDX-License-Identifier: Apache-2.0
// disrnn_parts.c — bottlenecks and residual nets (equations in disrnn.c).
#include <math.h>
#include <stdio.h>

#include "models/disrnn_parts.h"

// ---- bottlenecks --------------------------------------------------------------------------------

bottleneck bottleneck_parameters(dsc_builder *b, const char *name, int rows, int cols)
{
    char full[96];
    snprintf(full, sizeof full, "%s_sigma_params", name);
    dsc_node p = dsc_weights(b, full, rows, cols, (dsc_init){DSC_INIT_UNIFORM, 0, 0.05});
    snprintf(full, sizeof full, "%s_multipliers", name);
    dsc_node m = dsc_weights(b, full, rows, cols, (dsc_init){DSC_INIT_CONSTANT, 1, 0});
    return (bottleneck){dsc_offset(b, dsc_absolute(b, p), 1e-5), m};
}

dsc_node pass_bottleneck_of_variance(dsc_builder *b, dsc_node mu, dsc_node s, dsc_node variance,
                                     dsc_node noise, dsc_node alpha, costs *c)
{
    dsc_node half = dsc_scale(b, alpha, 0.5);
    dsc_node less_1 = dsc_offset(b, variance, -1), ln = dsc_logarithm(b, variance);
    dsc_node fixed = dsc_dot(b, half, dsc_subtract(b, less_1, ln));
    c->fixed = dsc_add(b, c->fixed, fixed);
    const int n = dsc_rows(b, mu);
    dsc_node passed = dsc_noisy_channel(b, mu, s, half, noise);
    c->per_trial = dsc_add(b, c->per_trial, dsc_slice(b, passed, n, 1));
    return dsc_slice(b, passed, 0, n);
}

dsc_node pass_bottleneck(dsc_builder *b, dsc_node mu, dsc_node s, dsc_node noise, dsc_node alpha,
                         costs *c)
{
    return pass_bottleneck_of_variance(b, mu, s, dsc_square(b, s), noise, alpha, c);
}

dsc_status by_target_create(dsc_context *ctx, int n, int n_targets, by_target *order)
{
    const size_t size = (size_t)(n * n_targets);
    DSC_TRY(dsc_alloc(ctx, size, sizeof *order->row, &order->row));
    DSC_TRY(dsc_alloc(ctx, size, sizeof *order->source, &order->source));
    for (int k = 0; k < n * n_targets; k++) {
        order->source[k] = k % n;
        order->row[k] = order->source[k] * n_targets + k / n;
    }
    return DSC_OK;
}

void by_target_free(dsc_context *ctx, by_target *order)
{
    dsc_free(ctx, &order->row);
    dsc_free(ctx, &order->source);
}

// ---- nets ---------------------------------------------------------------------------------------

static dsc_node net_parameter(dsc_builder *b, const char *prefix, const char *name, int rows,
                              int cols, double scale)
{
    char full[96];
    snprintf(full, sizeof full, "%s.%s", prefix, name);
    return dsc_weights(b, full, rows, cols,
                       (dsc_init){scale > 0 ? DSC_INIT_NORMAL : DSC_INIT_CONSTANT, scale, 0});
}

void net_parameters(dsc_builder *b, const char *prefix, int n_in, int n_out, int units, int layers,
                    net *n)
{
    char name[48];
    n->layers = layers;
    n->in_w = net_parameter(b, prefix, "input_weights", n_in, units, 1 / sqrt(n_in));
    n->in_b = net_parameter(b, prefix, "input_biases", units, 1, 0);
    n->out_w = net_parameter(b, prefix, "output_weights", units, n_out, 1 / sqrt(units));
    n->out_b = net_parameter(b, prefix, "output_biases", n_out, 1, 0);
    for (int k = 0; k < layers; k++) {
        snprintf(name, sizeof name, "layer_%d.weights", k);
        n->w[k] = net_parameter(b, prefix, name, units, units, 1 / sqrt((double)units * layers));
        snprintf(name, sizeof name, "layer_%d.biases", k);
        n->b[k] = net_parameter(b, prefix, name, units, 1, 0);
    }
}

dsc_node run_net(dsc_builder *b, const char *activation, const net *n, dsc_node x)
{
    dsc_node h = dsc_dense(b, x, n->in_w, n->in_b);
    for (int k = 0; k < n->layers; k++) h = dsc_residual(b, activation, h, n->w[k], n->b[k]);
    return dsc_dense(b, h, n->out_w, n->out_b);
}

dsc_node add_squares(dsc_builder *b, const net *n, dsc_node sum)
{
    for (int k = 0; k < n->layers; k++) sum = dsc_add(b, sum, dsc_sum(b, dsc_square(b, n->w[k])));
    return sum;
}
