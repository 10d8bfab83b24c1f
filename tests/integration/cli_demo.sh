#!/usr/bin/env bash
# The failure demo as machines run it: all that can go wrong does, on one timeline, and the end proves
# that nothing was lost; a lie in what the CRM wrote down is found; nothing is left running.
# shellcheck disable=SC2016,SC2317  # backquotes are text; functions are called by `ok`
. "$(dirname "$0")/cli_support.sh"

# What a demo in that directory has started: each of them is told a path below it.
processes_of() {
    pgrep -f "meshline (serve|demo-stand-in) .*$1/" || true
}
nothing_of() {
    [[ -z $(processes_of "$1") ]]
}

# ---- all of them; meanwhile the others

all_playing() {
    timeout 300 "$meshline" demo --headless --seconds 100 --rate 5 --scenario all \
        --listen 127.0.0.1:0 --data "$work/all" >all.out 2>all.err
    echo $? >all.status
}
all_playing &
all=$!

# ---- the page's calls, and a lie

"$meshline" demo --headless --seconds 8 --rate 3 --listen 127.0.0.1:0 --data "$work/lie" >lie.out 2>&1 &
lie=$!
served() {
    url=$(sed -n 's/.*Serving .* at \(http[^;]*\);.*/\1/p' lie.out)
    [[ -n $url ]] && curl -sf "$url/v1/demo" >state.json
}
ok 'a demo says how it goes' await 60 served
ok 'it has six scenarios' is "$(jq -r '[.scenarios[].name] | join(" ")' state.json)" \
    'schema-break enrichment-outage surge team-offline crm-down kill-9'
ok 'and four stand-ins that work well' is \
    "$(jq -r '[.stand_ins[] | .name + " " + .mode] | join(", ")' state.json)" \
    'crm well, firmographics well, sales-chat well, mail well'
call() {
    curl -s -o answer.json -w '%{http_code}' -X POST "$url/v1/demo/scenarios/$1" \
        -H 'Content-Type: application/json' -d "$2"
}
ok 'a scenario is played' is "$(call crm-down '{}')" 202
runs() {
    [[ $(curl -s "$url/v1/demo" | jq -r '.scenarios[] | select(.name == "crm-down") | .state') == running ]]
}
ok 'within a second or two' await 20 runs
ok 'not twice at once' is "$(call crm-down '{}')" 409
ok 'one that is not played is not stopped' is "$(call surge '{"action": "stop"}')" 409
ok 'others do not exist' is "$(call earthquake '{}')" 404
ok 'it does one thing or the other' is "$(call surge '{"action": "pause"}')" 422
first_record() {
    grep -q '"status":201' lie/demo/crm.ndjson
}
ok 'the CRM makes records' await 30 first_record
line=$(grep -n -m 1 '"status":201' lie/demo/crm.ndjson | cut -d: -f1)
sed "${line}d" lie/demo/crm.ndjson >without && cat without >lie/demo/crm.ndjson
wait "$lie"
status=$?
out=$(cat lie.out)
ok 'a record that the CRM has not written down is missed' is "$status" 1
ok 'by its lead' grep -Eq 'crm: lead L[0-9]+ has no record' lie.out
ok 'and in the sum' grep -Eq 'leads have exactly one, [1-9][0-9]* none' lie.out
ok 'it says so in the end' says "$out" 'SOMETHING IS AMISS'
ok 'its processes have ended' nothing_of lie

# ---- a demo that is killed leaves nothing

"$meshline" demo --headless --seconds 60 --rate 3 --listen 127.0.0.1:0 --data "$work/killed" >killed.out 2>&1 &
killed=$!
ok 'another one runs' await 60 grep -qs 'Serving' killed.out
kill -KILL "$killed"
wait "$killed" 2>/dev/null
ok 'when it is killed, what it started ends' await 30 nothing_of killed

run "$meshline" demo --scenario flood --data "$work/none" --listen 127.0.0.1:0
ok 'a scenario that there is not is refused' exits 1
ok 'with those that there are' says "$err" 'schema-break'
mkdir real && echo kept >real/state.db
run "$meshline" demo --headless --seconds 5 --data "$work/real" --listen 127.0.0.1:0
ok 'beside data that is not of a demo nothing is started' exits 1
ok 'which is said' says "$err" 'not of a demo'
ok 'and it is left as it was' is "$(ls real)" state.db

# ---- what became of all of them

wait "$all"
status=$(cat all.status)
out=$(cat all.out)
err=$(cat all.err)
ok 'the demo with all scenarios ends well' is "$status" 0
for name in schema-break enrichment-outage surge team-offline crm-down kill-9; do
    ok "$name played" grep -Eq "^  $name +played" all.out
done
ok 'dead letters became leads' grep -Eq '^  leads that dead letters became +[1-9]' all.out
ok 'the partner is told by mail, which its server took' \
    grep -Eq 'told at once, by mail to portal@robot-resellers.example.* "250 2.0.0 queued as mail-[0-9]+"' all.out
ok 'as its server has written down' is "$(jq -r 'select(.mail | test("Subject: Records of partner-portal break the contract")) | .to' all/demo/mail.ndjson | head -n 1)" \
    portal@robot-resellers.example
# due, delivered, pending, failed, discarded | requests, receipts, matched, repeated, unasked
ok 'each mail has its receipt, each receipt its mail' \
    grep -Eq '^  mail +([1-9][0-9]*) +\1 +0 +0 +0 \| +\1 +\1 +\1 +0 +0$' all.out
ok 'what the crash interrupted was sent again' grep -Eq '^  sent again after the crash +[1-9]' all.out
ok 'no acknowledged lead is missing' grep -Eq '^ +of them missing +0$' all.out
ok 'each is in the CRM exactly once' grep -Eq 'leads have exactly one, 0 none, 0 more than one; 0 are of no lead$' all.out
ok 'the files prove it' says "$out" 'state.db    says the same'
ok 'the data is kept' test -s all/state.db
run "$meshline" check all/mesh
ok 'the mesh that it ran is a good one' says "$out" 'no mistakes'
ok 'there is a report' test -s all/report.html
ok 'which says so' grep -q 'Nothing was lost' all/report.html
loads_nothing() {
    ! grep -Eq '<script|<link|<img|src=|url\(' all/report.html
}
ok 'and loads nothing' loads_nothing

done_testing
