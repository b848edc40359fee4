#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh - does a disentangled RNN find a bounded accumulator? See README.md.
. "$(dirname "$0")/../study.sh"
# decisions FILE MOST FEWEST RATE: of that many bins; RATE clicks of a side in MOST of them
decisions() {
    simulate "$1" poisson_clicks bounded_accumulator sessions="${SESSIONS:-16000}" \
        task.max_bins="$2" task.min_bins="$3" task.base_rate="$4" task.differences=-2.5,-1,0,1,2.5 \
        agent.noise_click=0.01 agent.noise_step=0 agent.depression=1 agent.bound=2.9 agent.lapse=0
}
decisions short.csv 12 3 4
decisions clicks.csv 50 10 10
fit short "$here/short.yaml" "$out/short.csv" --no-figures "$@"
fit fit "$here/fit.yaml" "$out/clicks.csv" --start "$out/short" "$@"
discern show "$out/fit"
discern report "$out/fit" -o "$out/report.html" --force
