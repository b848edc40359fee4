// SPDX-License-Identifier: Apache-2.0
// archive.h — zip archives in memory, for the files of the data room that know libzip.
#ifndef DISCERN_DATA_ARCHIVE_H
#define DISCERN_DATA_ARCHIVE_H

#include <zip.h>

#include "data/private.h"

// Opens an archive over the file's bytes, which must outlive it.
dsc_status data_zip_open(dsc_context *ctx, const char *path, const data_bytes *file, zip_t **zip);
// Unpacks member i; `packed` is the size of the whole archive. Free out->bytes with dsc_free.
dsc_status data_zip_read(dsc_context *ctx, const char *path, size_t packed, zip_t *zip,
                         zip_uint64_t i, data_bytes *out);

#endif
