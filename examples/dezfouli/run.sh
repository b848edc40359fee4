#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# 101 people in three diagnostic groups, a two-armed bandit (Dezfouli et al. 2019): a network of four
# fifths of them, adapted to the others by what it keeps of a person alone.
#   run.sh TABLE [FOLDER [key=value ...]]
# TABLE is choices_diagno.csv.zip; what is there already is gone on with.
set -eu
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
table=${1:?where is choices_diagno.csv.zip? See README.md: run.sh TABLE [FOLDER]}
out=${2:-runs/dezfouli}
shift
[ $# -eq 0 ] || shift
mkdir -p "$out"

if [ -d "$out/fit" ]; then
    discern fit --resume "$out/fit"
else
    discern fit "$here/dezfouli.yaml" --data "$table" -o "$out/fit" "$@"
fi
if [ -d "$out/adapted" ]; then
    discern adapt --resume "$out/adapted"
else
    discern adapt "$out/fit" -o "$out/adapted"
fi
discern plot "$out/fit" embeddings --colour diag --force
discern show "$out/fit"
discern report "$out/fit" -o "$out/report.html" --force
