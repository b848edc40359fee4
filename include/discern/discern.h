/* SPDX-License-Identifier: Apache-2.0
 * discern.h — everything. */
#ifndef DISCERN_H
#define DISCERN_H
#include "discern/base.h"
#include "discern/cog.h"
#include "discern/data.h"
#include "discern/engine.h"
#include "discern/fit.h"
#include "discern/graph.h"
#include "discern/models.h"
#include "discern/plot.h"
#include "discern/report.h"
#include "discern/task.h"
#include "discern/train.h"
#endif
