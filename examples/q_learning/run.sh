#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh - does a disentangled RNN find Q-learning? See README.md.
. "$(dirname "$0")/../study.sh"
simulate choices.csv bandit q_learning sessions="${SESSIONS:-240}" trials="${TRIALS:-500}" \
    agent.alpha=0.3 agent.beta=3 task.sigma=0.1 --record value
fit fit "$here/fit.yaml" "$out/choices.csv" "$@"
fit truth q_learning "$out/choices.csv" split.every=2 fit.restarts="${RESTARTS:-5}"
decode fit value_0,value_1
finish fit truth
