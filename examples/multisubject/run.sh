#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Nine simulated subjects who differ in their learning rate alone: does the network find that one
# number? run.sh [FOLDER [key=value ...]]; what is there already is gone on with.
set -eu
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
out=${1:-runs/multisubject}
[ $# -eq 0 ] || shift
mkdir -p "$out"

[ -s "$out/subjects.csv" ] ||
    discern simulate bandit q_learning -o "$out/subjects.csv" seed=1 sessions=300 trials=200 \
        agent.alpha=0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9
if [ -d "$out/fit" ]; then
    discern fit --resume "$out/fit"
else
    discern fit "$here/multisubject.yaml" --data "$out/subjects.csv" -o "$out/fit" "$@"
fi
discern show "$out/fit"
discern plot "$out/fit" embeddings --colour alpha --force
discern report "$out/fit" -o "$out/report.html" --force
