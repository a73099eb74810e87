#!/usr/bin/env bash
# Builds and runs the consumer as a stranger would.
#
#   run.sh installed BUILD_DIR    installs that build tree to a temporary prefix and finds the package there
#   run.sh source [WORK_DIR]      takes this source tree by FetchContent; a kept WORK_DIR makes the next run short
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage() { sed -n '4,5s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
work=$scratch/build

case "${1:-}" in
    installed)
        [ $# -eq 2 ] || usage
        cmake --install "$2" --prefix "$scratch/built" >"$scratch/install.log" || { cat "$scratch/install.log"; exit 1; }
        # A package must not know where it was first put.
        mv "$scratch/built" "$scratch/prefix"
        foldline=("-DCMAKE_PREFIX_PATH=$scratch/prefix")
        ;;
    source)
        [ $# -le 2 ] || usage
        work=${2:-$work}
        # Without the precompiled header, which hides an #include that a source forgot.
        foldline=("-DFOLDLINE_SOURCE=$(cd "$here/../.." && pwd)" -DFOLDLINE_PCH=OFF)
        ;;
    *) usage ;;
esac

cmake -S "$here" -B "$work" -G Ninja -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O0" "${foldline[@]}"
cmake --build "$work" --target consumer -j "${JOBS:-2}"
"$(find "$work" -name consumer -type f -perm -u+x)"
