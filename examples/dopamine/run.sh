#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh - does a network that predicts choices and dopamine find the prediction error? See README.md.
. "$(dirname "$0")/../study.sh"
simulate choices.csv bandit q_learning sessions="${SESSIONS:-100}" trials="${TRIALS:-100}" \
    agent.alpha=0.3 agent.beta=3 task.sigma=0.1 --record prediction_error
fit fit "$here/fit.yaml" "$out/choices.csv" "$@"
fit truth q_learning "$out/choices.csv" split.every=2 fit.restarts="${RESTARTS:-5}"
finish fit truth
