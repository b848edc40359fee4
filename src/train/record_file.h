// SPDX-License-Identifier: Apache-2.0
// record_file.h — TFRecord framing: length, checksum of the length, data, checksum of the data.
#ifndef DISCERN_TRAIN_RECORD_FILE_H
#define DISCERN_TRAIN_RECORD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// CRC-32C (Castagnoli, RFC 3720, appendix B.4) of n bytes.
uint32_t record_crc(const void *bytes, size_t n);
// As TFRecord stores it: rotated right by 15 bits, plus 0xa282ead8.
uint32_t record_masked_crc(const void *bytes, size_t n);
// Writes one record; false if the stream refuses.
bool record_write(FILE *stream, const void *data, size_t n);

#endif
