#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh - does a disentangled RNN find an actor and a critic? See README.md.
. "$(dirname "$0")/../study.sh"
simulate choices.csv bandit actor_critic sessions="${SESSIONS:-240}" trials="${TRIALS:-500}" \
    agent.alpha_critic=0.3 agent.alpha_learn=1 agent.alpha_forget=0.05 task.sigma=0.1 --record policy,value
fit fit "$here/fit.yaml" "$out/choices.csv" "$@"
fit truth actor_critic "$out/choices.csv" split.every=2 fit.restarts="${RESTARTS:-5}"
decode fit policy_0,value
finish fit truth
