#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make bench-peers: training steps of discern beside the Python package disentangled_rnns (JAX), on
# the same table, in the same run. The package goes into a virtual environment of its own in the
# build folder, PEERS/venv; nothing of discern ever needs it.
#   DISCERN, BENCH   the programs            PEERS          folder, default build/peers
#   OUT              rows of the result      PEERS_PYTHON   a Python that has the package already
set -eu
: "${DISCERN:=build/discern}" "${BENCH:=build/bench}" "${PEERS:=build/peers}"
: "${OUT:=build/bench-peers.json}" "${PEERS_PYTHON:=}"
here=$(dirname "$0")
mkdir -p "$PEERS"

fail() {
    echo "bench-peers: $*" >&2
    exit 1
}

has_package() {
    "$1" -c 'import disentangled_rnns.library.disrnn' 2>"$PEERS/import.log"
}

install_package() {
    command -v python3 >/dev/null 2>&1 ||
        fail "python3 is not installed; install it (apt-get install python3-venv), or name a" \
            "Python that has the package disentangled_rnns: PEERS_PYTHON=..."
    echo "bench-peers: installing disentangled_rnns into $PEERS/venv (some hundred MB)" >&2
    python3 -m venv "$PEERS/venv" >"$PEERS/install.log" 2>&1 ||
        fail "python3 cannot make a virtual environment; install its module:" \
            "apt-get install python3-venv (its words: $PEERS/install.log)"
    "$PEERS/venv/bin/python" -m pip install -q disentangled_rnns >>"$PEERS/install.log" 2>&1 ||
        fail "pip could not install disentangled_rnns from PyPI; is the network there?" \
            "(its words: $PEERS/install.log)"
}

python=$PEERS_PYTHON
if [ -n "$python" ]; then
    has_package "$python" ||
        fail "PEERS_PYTHON=$python cannot import disentangled_rnns: $(tail -n 1 "$PEERS/import.log")"
else
    python=$PEERS/venv/bin/python
    [ -x "$python" ] && has_package "$python" || install_package
    has_package "$python" ||
        fail "disentangled_rnns was installed but cannot be imported:" \
            "$(tail -n 1 "$PEERS/import.log"); remove $PEERS/venv and try again"
fi

# simulate FILE KEY=VALUE...: a table, unless it is there
simulate() {
    file=$1
    shift
    [ -s "$file" ] ||
        "$DISCERN" simulate bandit q_learning -o "$file" --quiet --seed 1 "$@" >/dev/null
}
simulate "$PEERS/table.csv" sessions=250 trials=500
simulate "$PEERS/subjects.csv" sessions=150 trials=200 \
    agent.alpha=0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9
JAX_PLATFORMS=cpu exec "$python" "$here/peers.py" "$BENCH" "$PEERS/table.csv" \
    "$PEERS/subjects.csv" "$OUT"
