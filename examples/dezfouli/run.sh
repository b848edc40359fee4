#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh TABLE [FOLDER] [KEY=VALUE ...] - people the network has not seen; TABLE is
# choices_diagno.csv.zip. See README.md.
table=${1:?where is choices_diagno.csv.zip? See README.md: run.sh TABLE [FOLDER]}
shift
. "$(dirname "$0")/../study.sh"
fit fit "$here/dezfouli.yaml" "$table" "$@"
if [ -d "$out/adapted" ]; then
    discern adapt --resume "$out/adapted"
else
    discern adapt "$out/fit" -o "$out/adapted"
fi
discern plot "$out/fit" embeddings --colour diag --force
discern show "$out/fit"
discern report "$out/fit" -o "$out/report.html" --force
