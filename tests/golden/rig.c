// SPDX-License-Identifier: Apache-2.0
// rig.c — the tests' rig, compiled into this program too (it links none of the test support).
#include "support/rig.c"
