// SPDX-License-Identifier: Apache-2.0
// provenance.h — the facts of provenance.json as a JSON object, as written and as read back.
#ifndef DISCERN_TRAIN_PROVENANCE_H
#define DISCERN_TRAIN_PROVENANCE_H

#include "train/internal.h"
#include "train/json.h"

// Errors: DSC_INPUT for a file that is not there or no JSON object.
dsc_status provenance_read(dsc_context *ctx, const char *path, json_t **object);

#endif
