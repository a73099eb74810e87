#!/usr/bin/env bash
# Breaks the events of a small project in every way that its history knows of, and looks whether the build fails for the
# right reason; and that what breaks nothing is built.
#
#   run.sh BUILD_DIR            installs that build tree to a temporary prefix and finds the package there
#   run.sh --prefix PREFIX      finds the package that is installed there
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

case "$#:${1:-}" in
    1:*)
        cmake --install "$1" --prefix "$scratch/prefix" >"$scratch/log" || { cat "$scratch/log"; exit 1; }
        prefix=$scratch/prefix
        ;;
    2:--prefix) prefix=$2 ;;
    *) sed -n '5,6s/^# *//p' "$0" >&2; exit 2 ;;
esac
PATH=$prefix/bin:$PATH

shop=$scratch/shop
build=$scratch/build
log=$scratch/log

fresh() { cp -r "$here/shop" "$shop/"; }
change() { # FILE SED-EXPRESSION
    local before
    before=$(cat "$shop/$1")
    sed -i -E "$2" "$shop/$1"
    [ "$before" != "$(cat "$shop/$1")" ] || fail "$1: \"$2\" changes nothing"
}
fail() {
    echo "FAILED: $*" >&2
    cat "$log" >&2
    exit 1
}
configure() {
    cmake -S "$shop" -B "$build" -G Ninja "-DCMAKE_PREFIX_PATH=$prefix" -DCMAKE_CXX_FLAGS=-O0 "$@" >"$log" 2>&1 ||
        fail configure
}
builds() { # WHAT TARGET
    echo "builds: $1"
    cmake --build "$build" --target "$2" >"$log" 2>&1 || fail "$1: it does not build"
}
breaks() { # WHAT TARGET EXPECTED
    echo "breaks: $1"
    ! cmake --build "$build" --target "$2" >"$log" 2>&1 || fail "$1: it builds"
    says "$3"
}
says() { grep -qF -- "$1" "$log" || fail "nothing says: $1"; }
says_nothing_of() { ! grep -qF -- "$1" "$log" || fail "it says: $1"; }
# Runs the command that the build has printed.
obey() {
    grep -E '^ +foldline schema accept ' "$log" >"$scratch/command" || fail "no command was printed"
    bash -e "$scratch/command" >"$log" 2>&1 || fail "the printed command: $(cat "$scratch/command")"
}

mkdir "$shop"
cp "$here/CMakeLists.txt" "$shop/"
fresh
configure

# ------------------------------------------------------------------------------------------- messages, without a compiler
builds "events that were never recorded, with a note" notes_schemas
says "not recorded in $shop/schemas/notes: note-added@2, note-removed@1"
obey
builds "recorded ones, in silence" notes_schemas
says_nothing_of "not recorded"
cmake --build "$build" --target notes_schemas | grep -q "no work to do" || fail "an unchanged build looks again"

change shop/notes/notes.proto 's/int64 stars = 2;/int64 stars = 2; string author = 3;/'
builds "a new field, with a note and the command that records it" notes_schemas
says "not recorded in $shop/schemas/notes: note-added@2"
obey
builds "the recorded revision" notes_schemas
says_nothing_of "not recorded"
[ -f "$shop/schemas/notes/note-added/2.2.textpb" ] || fail "the new revision has no file"

change shop/notes/notes.proto 's/string author = 3;/reserved 3; reserved "author";/'
builds "a field that leaves its number and name reserved" notes_schemas

fresh
breaks "a field that is removed" notes_schemas "note-added@2: field-removed: shop.notes.NoteAdded.author = 3"
change shop/notes/notes.proto 's/int64 stars = 2;/string stars = 2; string author = 3;/'
breaks "a type that bytes do not survive" notes_schemas "note-added@2: type-changed: shop.notes.NoteAdded.stars = 2"
obey
builds "a break that was recorded as meant" notes_schemas
rm "$shop/schemas/notes/note-added/2.3.textpb"

change shop/notes/notes.proto 's/string stars = 2;/int64 stars = 2;/'
builds "the way back" notes_schemas
change shop/notes/notes.proto 's/version: 2/version: 1/'
breaks "a version that goes down" notes_schemas "note-added@2: version-lowered: "
change shop/notes/notes.proto 's/note-added" version: 1/note-added" version: 4/'
breaks "a version that is skipped" notes_schemas "note-added@4: version-skipped: "
change shop/notes/notes.proto 's/note-added" version: 4/note-added" version: 2/; s/note-removed/note-erased/'
breaks "an event that is removed" notes_schemas "note-removed@1: event-removed: "
configure -Dallowed=event-removed
builds "an event that is removed, where that is allowed" notes_schemas
configure -Dallowed=
change shop/notes/notes.proto 's/"note-erased" version: 1/"note-added" version: 2/'
breaks "two messages that are one event" notes_schemas "note-added@2: event-of-two-messages: "
fresh
change shop/notes/notes.proto 's/int64 stars = 2;/& string author = 3;/; s/string why = 1;/& int64 hour = 2;/'
configure -Dstrict=STRICT
breaks "a schema that is not recorded, where that is asked for" notes_schemas "error: not recorded in"

# ------------------------------------------------------------------------------------------ and their upcasters, with one
builds "a new version with an upcaster" orders_schemas
builds "its recording by a target" orders_accept_schemas
builds "the recorded version" orders_schemas
says_nothing_of "not recorded"

change shop/old_orders.cpp 's/chain\.add\(raised\);//; s/^v2::OrderPlaced raised/[[maybe_unused]] &/'
breaks "an old version without a path" orders_schemas "order-placed@1: version-without-path: "
fresh
change shop/old_orders.cpp 's/chain\.add\(raised\);/&.add(lowered)/; s/;\.add\(lowered\)/.add(lowered);/'
breaks "a path that is cyclic" orders_schemas \
    "chain-refused: the upcaster (order-placed@2 -> order-placed@1) leads back to where"
change shop/old_orders.cpp 's/lowered\)/raised)/'
breaks "a path that is ambiguous" orders_schemas "chain-refused: two upcasters start from order-placed@1"
