# SPDX-License-Identifier: Apache-2.0
# study.sh - what these studies share; their run.sh read it. Usage of all of them:
#   run.sh [FOLDER] [KEY=VALUE ...]
# Everything goes to FOLDER (default: runs/STUDY), the keys to the fit of the network. What is there
# already is gone on with. Environment: SESSIONS, TRIALS (of simulations), RESTARTS (of classical models).
set -eu
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
out=${1:-runs/$(basename "$here")}
[ $# -eq 0 ] || shift
mkdir -p "$out"

# simulate FILE TASK AGENT ...: unless FILE is there.
simulate() {
    file=$out/$1
    shift
    [ -s "$file" ] || discern simulate "$@" -o "$file"
}

# fit RUN MODEL-OR-CONFIG DATA ...: begun, or gone on with.
fit() {
    run=$out/$1
    if [ -d "$run" ]; then
        discern fit --resume "$run"
    else
        model=$2 data=$3
        shift 3
        discern fit "$model" --data "$data" -o "$run" "$@"
    fi
}

# decode RUN COLUMNS: what the latents hold of columns of the table.
decode() {
    discern plot "$out/$1" decoding --columns "$2" -o "$out/$1/figures" --force
}

# finish RUN OTHERS: the run in words, and all of them side by side.
finish() {
    discern show "$out/$1"
    for name; do
        set -- "$@" "$out/$name"
        shift
    done
    discern compare "$@" -o "$out/comparison" --force
    discern report "$@" -o "$out/report.html" --force
}
