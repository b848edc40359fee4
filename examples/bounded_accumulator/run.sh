#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh - does a disentangled RNN find a bounded accumulator? See README.md.
. "$(dirname "$0")/../study.sh"
simulate clicks.csv poisson_clicks bounded_accumulator sessions="${SESSIONS:-16000}" \
    task.max_bins=50 task.min_bins=10 task.base_rate=10 task.differences=-2.5,-1,0,1,2.5 \
    agent.noise_click=0.01 agent.noise_step=0 agent.depression=1 agent.bound=2.9 agent.lapse=0
fit fit "$here/fit.yaml" "$out/clicks.csv" "$@"
discern show "$out/fit"
discern report "$out/fit" -o "$out/report.html" --force
