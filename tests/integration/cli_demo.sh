#!/usr/bin/env bash
# The demo as machines run it: a minute of traffic with a kill in the middle balances in the end.
# shellcheck disable=SC2016,SC2317  # backquotes are text; functions are called by `ok`
. "$(dirname "$0")/cli_support.sh"

run timeout 100 "$meshline" demo --headless --minutes 1 --rate 20 --data demo
ok 'the demo ends well' exits 0
ok 'it killed the server in between' says "$out" 'killed the server with SIGKILL'
ok 'no acknowledged lead is missing' grep -Eq '^ +of them missing +0$' out
ok 'the identity balances' says "$out" 'balances'
ok 'the files prove it' says "$out" 'state.db    says the same'
ok 'the data is kept' test -s demo/state.db

done_testing
