#!/usr/bin/env bash
# Checks every model here with Spin, and that each bug planted in one is found. Exit code 77: Spin is not installed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# name and the number of bugs that can be planted in it
models=("lease 2" "swap 2")

for tool in spin gcc; do
    if ! command -v "$tool" >/dev/null; then
        echo "MODELS WERE NOT CHECKED: $tool is not installed (apt-get install spin gcc)" >&2
        exit 77
    fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# search PROGRAM ARGUMENTS: prints "STATES ERRORS" of one search, which has to be exhaustive.
search() {
    local out
    out=$("$@" -m1000000) || return 1
    if grep -qE 'max search depth too small|out of memory|resource limits' <<<"$out"; then
        echo "$out" >&2
        return 1
    fi
    sed -nE 's/^ *([0-9.e+]+) states, stored.*/\1/p; s/.*errors: ([0-9]+).*/\1/p' <<<"$out" | tac | tr '\n' ' '
}

# check NAME PLANT: prints the states and errors of both searches. Two, since the search for an endless run looks no
# further once the run has ended well, and leaves out the assertions behind that.
check() {
    local folder="$work/$1-$2"
    mkdir "$folder"
    cp "$here/$1.pml" "$folder"
    cd "$folder"
    spin -a "-DPLANT=$2" "$1.pml" >spin.out || { cat spin.out >&2; return 1; }
    gcc -O2 -w -DNOCLAIM -o safety pan.c || return 1
    gcc -O2 -w -o pan pan.c || return 1
    search ./safety || return 1
    # Every process that can go on does so one day (-f): who stands still for ever is not one that stood still.
    search ./pan -a -f
}

failed=0
for model in "${models[@]}"; do
    read -r name bugs <<<"$model"
    for plant in $(seq 0 "$bugs"); do
        result=$(check "$name" "$plant") || { echo "$name, plant $plant: it was not checked" >&2; exit 1; }
        read -r states errors endless_states endless_errors <<<"$result"
        [ -n "$endless_errors" ] || { echo "$name, plant $plant: Spin did not say what it found" >&2; exit 1; }
        states="$states and $endless_states"
        errors=$((errors + endless_errors))
        if [ "$plant" -eq 0 ]; then
            verdict=holds
            [ "$errors" -eq 0 ] || { verdict="DOES NOT HOLD"; failed=1; }
            echo "$name: $verdict, states $states, errors $errors"
        else
            verdict=found
            [ "$errors" -ge 1 ] || { verdict="WAS NOT FOUND"; failed=1; }
            echo "$name, planted bug $plant: $verdict, states $states, errors $errors"
        fi
    done
done
exit "$failed"
