#!/usr/bin/env bash
# Shows what `orders` does, on the small file of real-looking orders beside it: demo.sh ORDERS_BINARY
# It works in a folder of its own and leaves nothing behind. Any step that does not end as it should ends the demo.
set -euo pipefail

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
    echo "Usage: demo.sh ORDERS_BINARY" >&2
    exit 2
fi
binary=$(realpath -- "$1")
sample=$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")/data/sample.csv
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cd "$folder"
cp -- "$sample" sample.csv

say() { printf '\n== %s\n' "$*"; }

show_command() { printf '\n$ orders'; printf ' %q' "$@"; printf '\n'; }

orders() {
    show_command "$@"
    "$binary" "$@" || { echo "demo: that should have worked" >&2; exit 1; }
}

refused() {
    local code=0
    show_command "$@"
    "$binary" "$@" 2>&1 || code=$?
    [ "$code" -eq 1 ] || { echo "demo: that should have been refused with exit code 1, not $code" >&2; exit 1; }
}

say "93 rows become events, one stream an invoice; 6 of them cannot be read"
orders import sample.csv
printf '\n$ cut -c-110 sample.csv.rejected.csv\n'
cut -c-110 sample.csv.rejected.csv

say "Importing the same file again stores nothing"
orders import sample.csv

say "A report is a read model: rows kept up to date from the events"
orders report sales

say "Every order knows all that ever happened to it"
orders history 900112

say "An order as it is, and as it was after its second event"
orders show 900112
orders show 900112 --at-version 2

say "A new order goes its way, and the domain has its say"
orders place 910001 --customer 17850 --country France --at 2010-12-06 \
    --line "22423:2:12.75:CAKE STAND" --line "71053:6:3.39:LANTERN"
refused ship 910001
orders pay 910001 --amount 45.84 --at 2010-12-07
orders ship 910001 --at 2010-12-08
orders show 910001 --as-of-occurred 2010-12-07T12:00

say "Documents are read models too: where each order stands"
orders report orders --only shipped

say "A board in memory, folded from all events"
orders top --most 3

say "A follower keeps every read model up to date; one that cannot apply an event parks it, and goes on"
orders place 910002 --country France --at 2010-12-08 --line "22423:1:12.75:CAKE STAND"
export ORDERS_FAIL_ON=910002
orders follow --until-current
unset ORDERS_FAIL_ON
orders dead-letters list
orders dead-letters retry sales --all
orders projections status

say "The rows can always be made anew; these are no others than a rebuild would make"
orders projections rebuild sales --verify

cat <<'TEXT'

== What to try next
  orders import sample.csv            in a folder of your own, with the file samples/orders/data/sample.csv
  orders report customers --json      for programs
  orders show C900114                 a return is a credit note, with events of its own
  orders cancel 900101                and report sales again
  orders follow                       in one terminal, and place orders in another
  orders top --follow                 a board that changes as orders come in
  orders --help                       and the help of each verb

How it is made: samples/orders/README.md
TEXT
