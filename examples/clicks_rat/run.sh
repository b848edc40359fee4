#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh - what does a rat do with clicks? See README.md.
. "$(dirname "$0")/../study.sh"
fit fit "$here/fit.yaml" "$here/testdata.mat" "$@"
fit accumulator bounded_accumulator "$here/testdata.mat" split.every=2 fit.restarts="${RESTARTS:-10}"
finish fit accumulator
