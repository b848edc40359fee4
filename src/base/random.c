// SPDX-License-Identifier: Apache-2.0
// random.c — Philox 4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as
// 1, 2, 3") and sequential streams over it.
#include <math.h>

#include "base/private.h"

// Two 32 x 32 -> 64 bit products per round; the key moves on by the Weyl constants.
void dsc_philox(const uint32_t counter[4], dsc_key key, uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ key.k[0];
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ key.k[1];
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        key.k[0] += 0x9E3779B9u;
        key.k[1] += 0xBB67AE85u;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

// Half a block under the seed itself as key: purposes of one seed get unrelated keys.
dsc_key dsc_key_of(uint64_t seed, dsc_purpose purpose)
{
    const dsc_key of_seed = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    const uint32_t counter[4] = {(uint32_t)purpose, 0, 0, 0};
    uint32_t block[4];
    dsc_philox(counter, of_seed, block);
    return (dsc_key){{block[0], block[1]}};
}

dsc_stream dsc_stream_start(uint64_t seed, dsc_purpose purpose, uint32_t trial, uint32_t stream,
                            uint32_t step)
{
    return (dsc_stream){
        .key = dsc_key_of(seed, purpose), .counter = {0, trial, stream, step}, .used = 4};
}

uint32_t dsc_stream_word(dsc_stream *s)
{
    if (s->used == 4) {
        dsc_philox(s->counter, s->key, s->block);
        s->counter[0]++;
        s->used = 0;
    }
    return s->block[s->used++];
}

// k / 2^53; k = 0 becomes half a step so that a logarithm stays finite.
double dsc_stream_uniform(dsc_stream *s)
{
    const uint64_t high = dsc_stream_word(s) >> 5, low = dsc_stream_word(s) >> 6;
    const uint64_t k = high << 26 | low;
    return (k > 0 ? (double)k : 0.5) * 0x1p-53;
}

double dsc_stream_normal(dsc_stream *s)
{
    const double two_pi = 6.283185307179586476925;
    const double radius = sqrt(-2 * log(dsc_stream_uniform(s)));
    return radius * cos(two_pi * dsc_stream_uniform(s));
}

// Lemire 2019: the high word of word * n, without the few low words that would favour some values.
uint32_t dsc_stream_below(dsc_stream *s, uint32_t n)
{
    if (n < 2) return 0;
    const uint32_t unfair = (0u - n) % n;
    uint64_t product;
    do product = (uint64_t)dsc_stream_word(s) * n;
    while ((uint32_t)product < unfair);
    return (uint32_t)(product >> 32);
}
