#!/usr/bin/env bash
# Files, a stream and a warehouse, with real servers: each lead's events arrive in an ndjson file, in a
# JetStream stream of NATS and in PostgreSQL, exactly once by their id, over a SIGKILL under load, an
# outage of the database, a line that was cut off and a file that is set aside.
# shellcheck source-path=SCRIPTDIR source=cli_support.sh
# shellcheck disable=SC2317,SC2016  # functions are called by `ok` and `await`; $JS is a subject
. "$(dirname "$0")/cli_support.sh"
# shellcheck source=postgres_support.sh
. "$(dirname "$0")/postgres_support.sh"

if ! postgres_is_there || ! command -v nats-server >/dev/null; then
    skip "warehouse" "PostgreSQL 15 or nats-server is not installed"
    done_testing
fi
postgres_make loader warehouse-password

# ---- NATS; its protocol is lines of text
nats_port=$(free_port)
nats_monitor=$(free_port)
nats-server -js -sd "$work/nats" -a 127.0.0.1 -p "$nats_port" -m "$nats_monitor" >nats.log 2>&1 &
nats_answers() { curl -s "http://127.0.0.1:$nats_monitor/healthz" | grep -q ok; }
await 30 nats_answers
nats_request() { # SUBJECT JSON
    local line
    exec 9<>"/dev/tcp/127.0.0.1/$nats_port"
    read -r line <&9
    printf 'CONNECT {"verbose":false,"headers":true}\r\nSUB answers 1\r\nPUB %s answers %d\r\n%s\r\n' \
        "$1" "${#2}" "$2" >&9
    while read -r -t 5 line <&9; do
        [[ $line == '{'* ]] && break
    done
    exec 9>&-
    printf '%s\n' "$line"
}
nats_request '$JS.API.STREAM.CREATE.LEADS' \
    '{"name":"LEADS","subjects":["leads.>"],"storage":"file","duplicate_window":600000000000}' >stream.json
streamed() {
    nats_request '$JS.API.STREAM.INFO.LEADS' '' | jq -r .state.messages
}

# ---- the mesh
cp -R "$root/examples/starter" mesh
mkdir -p mesh/destinations
patience='retry: {immediate: 1, short: {times: 20, from: 100ms, to: 500ms}, long: {from: 1s, to: 1s}, within: 1h}
breaker: {failures: 3, pause: 500ms, longest: 500ms}'
cat >mesh/destinations/files.yaml <<END
destination: files
kind: ndjson
path: export/events.ndjson
rotate: {size: 200kB}
events: [lead.captured, lead.assigned, lead.queued]
$patience
END
cat >mesh/destinations/stream.yaml <<END
destination: stream
kind: nats
private_network: true
servers: ["nats://127.0.0.1:$nats_port"]
subject: 'leads.{type}'
stream: LEADS
events: [lead.captured, lead.assigned, lead.queued]
$patience
END
cat >mesh/destinations/warehouse.yaml <<END
destination: warehouse
kind: postgres
private_network: true
connection: host=127.0.0.1 port=$postgres_port user=loader dbname=postgres
password: {env: WAREHOUSE_PASSWORD}
schema: sales
timeout: 2s
events: [lead.captured, lead.assigned, lead.queued, lead.contacted]
$patience
END
export WAREHOUSE_PASSWORD=warehouse-password
run "$meshline" check mesh
ok 'the mesh is good' exits 0

leads() { # FIRST COUNT
    seq "$1" $(($1 + $2 - 1)) |
        sed 's/.*/{"email": "person-&@example.com", "company_name": "Comp\\tany \\\\ & \\u00fc", "country": "DE"}/'
}
send() { # FIRST COUNT
    leads "$1" "$2" >"leads-$1.ndjson"
    run "$meshline" send "leads-$1.ndjson" --source website
}
due() { # DESTINATION: what it owes in all
    curl -sS "$url/v1/destinations/$1/reconciliation" | jq -r .due
}
settled() {
    [[ $(curl -sS "$url/v1/destinations/$1/reconciliation" | jq -r '.pending + .failed') == 0 ]]
}
all_settled() { settled files && settled stream && settled warehouse; }
file_ids() { cat data/export/events.ndjson* | jq -r .id; }

start data --mesh mesh
postgres_start
send 1 300
ok '300 leads are taken' exits 0
ok 'everything arrives' await 60 all_settled
ok 'in the file each line is whole, and none comes twice' \
    is "$(file_ids | sort -u | wc -l) $(file_ids | wc -l)" "$(due files) $(due files)"
ok 'in the stream there is one message for each' is "$(streamed)" "$(due stream)"
ok 'in the warehouse there is a row for each' is "$(query 'SELECT count(*) FROM sales.events')" "$(due warehouse)"
ok 'and a row for each lead' is "$(query 'SELECT count(*) FROM sales.leads')" 300
ok 'as it is: its owner' \
    is "$(query "SELECT string_agg(id || ' ' || coalesce(owner, ''), ',' ORDER BY id) FROM sales.leads")" \
    "$(sqlite3 data/state.db "SELECT group_concat(entry) FROM (SELECT 'L' || number || ' ' || ifnull(rep, '') AS entry FROM leads ORDER BY 'L' || number)")"
ok 'and what is known of the person, tabs, backslashes and all' \
    is "$(query "SELECT DISTINCT attributes->>'company' FROM sales.leads WHERE attributes->>'email' = 'person-7@example.com'")" \
    "$(printf 'Comp\tany \\ 7 ü')"
run "$meshline" reconcile --destination warehouse --compare
ok 'the warehouse lists what it has, and it is what was delivered' exits 0
run "$meshline" reconcile --destination files --compare
ok 'so do the files' exits 0

# ---- SIGKILL under load
leads 1001 600 >more.ndjson
"$meshline" send more.ndjson --source website >send.out 2>&1 &
sender=$!
sleep_until_some() { [[ $(wc -l < <(file_ids)) -gt 1000 ]]; }
await 30 sleep_until_some
stop KILL
wait "$sender" 2>/dev/null
printf '{"type":"lead.captured","id":"M1' >>data/export/events.ndjson # as a crash would leave it
start data --mesh mesh
run "$meshline" send more.ndjson --source website
ok 'after a SIGKILL the rest is sent' exits 0
send 3001 5 # something more to write, however much had arrived before
ok 'and everything arrives' await 60 all_settled
is_whole() { jq -e -s 'length > 0' data/export/events.ndjson >whole.out; }
ok 'every line of the files is whole' is_whole
ok 'the file was set aside when it was large enough' test "$(find data/export -name 'events.ndjson.*' | wc -l)" -ge 1
ok 'nothing is missing in the files' is "$(file_ids | sort -u | wc -l)" "$(due files)"
ok 'the stream has each exactly once' is "$(streamed)" "$(due stream)"
ok 'the warehouse too' is "$(query 'SELECT count(*) FROM sales.events')" "$(due warehouse)"
ok 'and one row a lead' is "$(query 'SELECT count(*) FROM sales.leads')" \
    "$(sqlite3 data/state.db 'SELECT count(*) FROM leads')"

# ---- the database is down
kill -INT "$postgres_pid" # does not wait for those who are connected
wait "$postgres_pid" 2>/dev/null
send 5001 50
ok 'leads are taken while the database is down' exits 0
others_settled() { settled files && settled stream; }
ok 'the others get theirs' await 30 others_settled
is_open() { [[ $(curl -sS "$url/v1/destinations/warehouse" | jq -r .breaker) != closed ]]; }
ok 'the breaker of the database is open' await 30 is_open
ok 'and everything waits' is "$(settled warehouse && echo settled)" ''
postgres_start
ok 'when it is back everything arrives' await 60 all_settled
ok 'exactly once' is "$(query 'SELECT count(*) FROM sales.events')" "$(due warehouse)"
run "$meshline" reconcile
ok 'the books balance' exits 0

# ---- the database says nothing any more, and its connection stays open
frozen=$(query "SELECT pid FROM pg_stat_activity WHERE application_name = 'meshline'")
kill -STOP "$frozen"
send 6001 20
ok 'leads are taken while the database says nothing' exits 0
ok 'it is not waited for: over another connection everything arrives' await 60 all_settled
kill -CONT "$frozen"
ok 'once' is "$(query 'SELECT count(*) FROM sales.events')" "$(due warehouse)"

# ---- secrets stay where they are
stop
ok 'the password is in no file of the data directory' \
    is "$(grep -rl warehouse-password data server.out server.err 2>/dev/null)" ''
done_testing
