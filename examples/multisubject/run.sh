#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh - nine simulated subjects who differ in their learning rate alone: does the network find that
# one number? See README.md.
. "$(dirname "$0")/../study.sh"
simulate subjects.csv bandit q_learning seed=1 sessions="${SESSIONS:-300}" trials="${TRIALS:-200}" \
    agent.alpha=0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9
fit fit "$here/multisubject.yaml" "$out/subjects.csv" "$@"
discern show "$out/fit"
discern plot "$out/fit" embeddings --colour alpha --force
discern report "$out/fit" -o "$out/report.html" --force
