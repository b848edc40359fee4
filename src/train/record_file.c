// SPDX-License-Identifier: Apache-2.0
// record_file.c — TFRecord framing, as TensorBoard reads it; all numbers little-endian:
//   uint64 n | uint32 masked crc of those 8 bytes | n bytes | uint32 masked crc of those n bytes
#include "train/record_file.h"

// Bit by bit (reflected polynomial 0x82F63B78): event files are small.
uint32_t record_crc(const void *bytes, size_t n)
{
    const unsigned char *s = bytes;
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < n; i++) {
        crc ^= s[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    }
    return ~crc;
}

uint32_t record_masked_crc(const void *bytes, size_t n)
{
    const uint32_t crc = record_crc(bytes, n);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static void put_little(unsigned char *out, uint64_t value, int n)
{
    for (int i = 0; i < n; i++) out[i] = (unsigned char)(value >> 8 * i);
}

bool record_write(FILE *stream, const void *data, size_t n)
{
    unsigned char head[12], tail[4];
    put_little(head, n, 8);
    put_little(head + 8, record_masked_crc(head, 8), 4);
    put_little(tail, record_masked_crc(data, n), 4);
    return fwrite(head, 1, sizeof head, stream) == sizeof head && fwrite(data, 1, n, stream) == n &&
           fwrite(tail, 1, sizeof tail, stream) == sizeof tail;
}
