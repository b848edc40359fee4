#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh - how does a monkey play matching pennies? See README.md.
. "$(dirname "$0")/../study.sh"
data=$here/mp_beh_m18_500completed.npy
fit fit "$here/fit.yaml" "$data" "$@"
for model in q_matching_pennies q_forgetting win_stay_lose_shift; do
    fit "$model" "$model" "$data" split.every=2 fit.restarts="${RESTARTS:-5}"
done
finish fit q_matching_pennies q_forgetting win_stay_lose_shift
