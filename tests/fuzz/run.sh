#!/usr/bin/env bash
# Builds the fuzz targets with clang and lets each look for a while: run.sh [--seconds N] [--build DIR] [target ...]
#
# Quick, the default, is 5 seconds a target; with FOLDLINE_FAULTS=full it is 60. An input that breaks something is left in
# corpus/TARGET, where every later run tries it first. What a run learns besides is kept in DIR/corpus, for the next one.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$here/../../build/fuzz
seconds=5
[ "${FOLDLINE_FAULTS:-quick}" != full ] || seconds=60
compiler=${FUZZ_CXX:-clang++-19}
targets=()

say() { printf '%s\n' "$*" >&2; }
wrong_usage() {
    say "run.sh: $*"
    say "usage: run.sh [--seconds N] [--build DIR] [target ...]"
    exit 2
}

while [ $# -gt 0 ]; do
    case "$1" in
        --seconds | --build)
            [ $# -ge 2 ] || wrong_usage "$1 needs a value"
            if [ "$1" = --seconds ]; then seconds=$2; else build=$2; fi
            shift
            ;;
        -*) wrong_usage "no option $1" ;;
        *) targets+=("$1") ;;
    esac
    shift
done
[[ $seconds =~ ^[1-9][0-9]*$ ]] || wrong_usage "--seconds $seconds is no number of seconds"
if [ ${#targets[@]} -eq 0 ]; then
    for source in "$here"/*_fuzz.cpp; do targets+=("$(basename "$source" .cpp)"); done
fi
for target in "${targets[@]}"; do
    [ -f "$here/$target.cpp" ] || wrong_usage "no target $target"
done
if ! command -v "$compiler" >/dev/null; then
    say "run.sh: $compiler is missing. On Debian 12: apt-get install clang-19 libclang-rt-19-dev"
    exit 1
fi

launcher=()
! command -v ccache >/dev/null || launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
say "Building ${targets[*]} in $build ..."
cmake -S "$here" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" "${launcher[@]}" >/dev/null
cmake --build "$build" -j "${JOBS:-1}" --target "${targets[@]}" >/dev/null
build=$(cd "$build" && pwd)

# In memory, where the machine has a file system there: most targets write a file for each input.
memory=/dev/shm
[ -w "$memory" ] || memory=${TMPDIR:-/tmp}
scratch=$(mktemp -d -p "$memory" foldline-fuzz-XXXXXX)
trap 'rm -rf "$scratch"' EXIT

broken=0
for target in "${targets[@]}"; do
    learnt=$build/corpus/$target
    known=$here/corpus/$target
    mkdir -p "$learnt" "$known"
    # Something to begin with: an input of no length teaches libFuzzer little.
    [ -n "$(ls -A "$learnt")" ] || for size in 16 64 256 1024; do
        head -c "$size" /dev/urandom >"$learnt/seed-$size"
    done
    log=$scratch/$target.log
    status=0
    (cd "$scratch" && TMPDIR=$scratch UBSAN_OPTIONS=print_stacktrace=1 "$build/bin/$target" -max_total_time="$seconds" \
        -rss_limit_mb=2048 -timeout=10 -len_control=0 -max_len=4096 -verbosity=1 -print_final_stats=1 \
        -artifact_prefix="$known/" "$learnt" "$known") >"$log" 2>&1 || status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ "$status" -eq 0 ]; then
        say "$target: $runs inputs in $seconds s, broken=0"
        continue
    fi
    broken=$((broken + 1))
    grep -E 'runtime error|ERROR: |not so: |SUMMARY|what\(\)|^ *#[0-9]+ .*/(core|eventstore|sqlite|upcasters|cli)/|Test unit' \
        "$log" | head -n 30 >&2 || true
    say "$target: broken=1. Again: $build/bin/$target FILE, with the file that is named above"
done
[ "$broken" -eq 0 ]
