// SPDX-License-Identifier: Apache-2.0
// record.h — writing down what the tests make discern say.
#ifndef DISCERN_TESTS_RECORD_H
#define DISCERN_TESTS_RECORD_H

#include "discern/base.h"

void record_sentence(const char *sentence);

#endif
