#!/usr/bin/env bash
# Everything at once on one server: single leads, batches, contacts, lists, streams, metrics, reloads of
# the policy, then a stop in the middle. Run in the build with ThreadSanitizer, which ends the server
# with a report and exit code 66 when two threads meet where they should not.
# shellcheck disable=SC2317  # functions run in the background
# shellcheck disable=SC2317 # the jobs are called by name, from a list
. "$(dirname "$0")/cli_support.sh"

seconds=15

singles() {
    local i=0
    while [[ ! -e stop ]]; do
        i=$((i + 1))
        submit "{\"email\":\"s$1.$i@load.example\",\"country\":\"DE\",\"intent\":$((i % 100))}"
        echo
    done >"answers.$1" 2>/dev/null
}

batches() {
    local i=0
    while [[ ! -e stop ]]; do
        i=$((i + 1))
        for ((n = 0; n < 300; n++)); do
            printf '{"email":"b%d.%d@load.example","country":"US"}\n' "$i" "$n"
        done |
            curl -sS -X POST -H 'Content-Type: application/x-ndjson' --data-binary @- \
                "$url/v1/sources/website/leads"
    done >answers.batches 2>/dev/null
}

people() {
    local lead
    while [[ ! -e stop ]]; do
        for lead in $(curl -sS "$url/v1/leads?place=owned&limit=20" 2>/dev/null | jq -r '.leads[].lead? // .leads[].id?' 2>/dev/null); do
            curl -sS -X POST -H 'Content-Type: application/json' --data '{"channel":"phone"}' \
                "$url/v1/leads/$lead/contacts"
            curl -sS -X POST -H 'Content-Type: application/json' --data '{"reason":"busy"}' \
                "$url/v1/leads/$lead/hand-back"
            curl -sS "$url/v1/leads/$lead/explanation"
            curl -sS "$url/v1/leads/$lead/events"
        done
    done >answers.people 2>/dev/null
}

readers() {
    while [[ ! -e stop ]]; do
        curl -sS "$url/v1/reconciliation" "$url/v1/reps" "$url/v1/pools" "$url/metrics" "$url/readyz" \
            "$url/v1/events?after=1&limit=500"
    done >/dev/null 2>&1
}

streams() {
    while [[ ! -e stop ]]; do
        curl -sS -N --max-time 3 "$url/v1/stream"
    done >/dev/null 2>&1
}

reloads() {
    while [[ ! -e stop ]]; do
        sed -i 's/^name: .*/name: load-'"$RANDOM"'/' mesh/mesh.yaml
        kill -HUP "$server" 2>/dev/null
        sleep 1
    done
}

cp -r "$mesh" mesh
start data --mesh mesh
jobs=()
for job in 'singles 1' 'singles 2' 'singles 3' batches people readers streams reloads; do
    $job &
    jobs+=($!)
done
sleep "$seconds" # the load itself is what is waited for
stop TERM
touch stop
wait "${jobs[@]}" 2>/dev/null

ok 'the server ended in peace, without a data race' exits 0
ok 'it was asked for leads meanwhile' [ "$(cat answers.1 answers.2 answers.3 | grep -c '"state"')" -gt 20 ]
ok 'and for batches' [ "$(grep -c '"state"' answers.batches)" -gt 300 ]
run "$meshline" reconcile --data data
ok 'a replay of the journal balances' exits 0
run "$meshline" verify --data data
ok 'the chain holds' exits 0
done_testing
