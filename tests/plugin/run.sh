#!/usr/bin/env bash
# What protoc-gen-foldline says about wrong options: one line that names the file and the message.
#
#   run.sh PLUGIN OPTIONS_DIR     the built plugin, and the folder that holds foldline/options.proto
set -uo pipefail
[ $# -eq 2 ] || { sed -n '4s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
plugin=$1 options=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# Writes $1.proto in package test.$1 with the messages on stdin.
proto() {
    { printf 'syntax = "proto3";\npackage test.%s;\nimport "foldline/options.proto";\n' "$1"; cat; } >"$scratch/$1.proto"
}
compile() { # files…
    rm -rf "$scratch/out" && mkdir "$scratch/out"
    protoc -I"$scratch" -I"$options" --plugin=protoc-gen-foldline="$plugin" --cpp_out="$scratch/out" \
        --foldline_out="$scratch/out" "${@/#/$scratch/}" 2>"$scratch/said"
}
refuses() { # what is wrong, expected line, files…
    local what=$1 expected=$2
    shift 2
    if compile "$@"; then
        echo "FAIL $what: accepted"
    elif [ "$(grep -c . "$scratch/said")" -ne 1 ]; then
        echo "FAIL $what: said more than one line: $(cat "$scratch/said")"
    elif ! grep -qF -- "$expected" "$scratch/said"; then
        echo "FAIL $what: expected \"$expected\", said \"$(cat "$scratch/said")\""
    else
        echo "ok   $what"
        return
    fi
    failures=$((failures + 1))
}
contains() { # what, file, expected text
    if [[ $(<"$scratch/out/$2") == *"$3"* ]]; then
        echo "ok   $1"
    else
        echo "FAIL $1: $2 lacks \"$3\""
        failures=$((failures + 1))
    fi
}

proto no_name <<<'message Placed { option (foldline.event) = {version: 1}; }'
refuses "an event without a name" "no_name.proto: message test.no_name.Placed: option (foldline.event) has no name" no_name.proto

proto no_version <<<'message Placed { option (foldline.event) = {name: "placed"}; }'
refuses "an event without a version" 'no_version.proto: message test.no_version.Placed: the event "placed" has no version' no_version.proto

proto zero <<<'message Placed { option (foldline.event) = {name: "placed" version: 0}; }'
refuses "an event of version 0" 'zero.proto: message test.zero.Placed: the event "placed" has no version' zero.proto

for name in Placed order_placed 2nd -placed 'order placed' "a$(printf '%0100d' 0)"; do
    proto bad_name <<<"message Placed { option (foldline.event) = {name: \"$name\" version: 1}; }"
    refuses "the name \"${name:0:20}\"" "bad_name.proto: message test.bad_name.Placed: the event name" bad_name.proto
done

proto twice <<<'message A { option (foldline.event) = {name: "a" version: 1}; message B { option (foldline.event) = {name: "a" version: 1}; } }'
refuses "one name and version twice in a file" \
    'twice.proto: message test.twice.A.B: the event "a" version 1 is also that of message test.twice.A in twice.proto' twice.proto

proto first <<<'message A { option (foldline.event) = {name: "a" version: 1}; }'
proto second <<<'message A { option (foldline.event) = {name: "a" version: 1}; }'
refuses "one name and version in two files" \
    'second.proto: message test.second.A: the event "a" version 1 is also that of message test.first.A in first.proto' first.proto second.proto

proto good <<<'message Outer {
  message Inner { option (foldline.event) = {name: "inner" version: 3}; }
  option (foldline.event) = {name: "outer-1" version: 1};
  optional string note = 1;
  map<string, string> labels = 2;
}
message Plain {}'
if compile good.proto; then
    contains "the name of an event" good.pb.h 'foldline_event_name[] = "outer-1";'
    contains "the version of a nested event" good.pb.h 'foldline_event_version = 3;'
    contains "the forward declarations" good.fwd.h 'namespace test::good {
class Outer;
class Plain;'
else
    echo "FAIL a correct file: $(cat "$scratch/said")"
    failures=$((failures + 1))
fi

exit $((failures > 0))
