#!/usr/bin/env bash
# Deliveries and destinations on the command line, with a real file, and a system that is not there.
# shellcheck disable=SC2119,SC2317  # functions are called by `await`
. "$(dirname "$0")/cli_support.sh"

"$meshline" init mesh >out
mkdir mesh/destinations
cat >mesh/destinations/export.yaml <<'END'
destination: export
kind: ndjson
path: events.ndjson
events: [lead.assigned]
END
cat >mesh/destinations/hook.yaml <<'END'
destination: hook
kind: webhook
url: http://127.0.0.1:1/hook
secret: {env: HOOK_SECRET}
private_network: true
events: [lead.assigned]
retry: {immediate: 0, short: {times: 0}, long: {from: 1h, to: 1h}, within: 1m}
breaker: 'off'
END
export HOOK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
start data --mesh mesh
for name in ada bob cyd; do
    submit "{\"email\": \"$name@x.example\"}" >lead
done
lead=$(jq -r .lead lead)

# How many deliveries are in this state there.
count() {
    "$meshline" deliveries --destination "$1" --state "$2" --json | jq '.deliveries | length'
}
has() {
    [[ $(count "$1" "$2") == "$3" ]]
}

# ---- looking

ok 'what can be written is delivered' await 20 has export delivered 3
ok 'what cannot be sent has failed' await 20 has hook failed 3
run "$meshline" deliveries
ok 'people see why' says "$out" 'nobody takes connections'
run "$meshline" deliveries clusters --state failed
ok 'and that it is one cause' is "$(tail -n +2 <<<"$out" | awk '{print $1, $2, $3}')" '3 hook failed'
id=$("$meshline" deliveries --destination hook --lead "$lead" --json | jq -r '.deliveries[0].id')
run "$meshline" deliveries show "$id"
ok 'one shows its attempts' says "$out" 'transient'
ok 'and its lead' says "$out" "$lead"
run "$meshline" lead "$lead"
ok 'the lead shows its deliveries' says "$out" "$id"
run "$meshline" exceptions --kind delivery_failed
ok 'somebody is to decide' says "$out" "$lead"
told=$(cat server.out server.err && curl -sS "$url/v1/destinations" "$url/v1/events" "$url/v1/routing-contract" "$url/metrics")
ok 'the secret is told nowhere' is "$(grep -c MfKQ9r8GKYqrTwj <<<"$told")" 0

# ---- sending again, giving up

run "$meshline" deliveries retry "$id" --reason 'perhaps now'
ok 'one is queued again' is "$status $out" '0 queued 1'
tried() {
    [[ $("$meshline" deliveries show "$id" --json | jq '.attempts') -ge 2 ]]
}
ok 'and tried again' await 20 tried
ok 'in vain' await 20 has hook failed 3
run "$meshline" deliveries discard "$id" --reason 'they do not want it'
ok 'one is given up' is "$status $out" "0 $id will not be sent"
run "$meshline" deliveries replay --destination hook --reason 'the rest'
ok 'the others are replayed' is "$status $out" '0 queued 2'
run "$meshline" deliveries replay --reason 'everything'
ok 'a replay wants to know what' exits 2
run "$meshline" deliveries retry "$id"
ok 'and why' says "$status $err" '2 meshline deliveries: --reason is missing'
run "$meshline" deliveries retry M999999 --reason 'nothing'
ok 'one that is none is told' says "$status $err" '1 M999999 is not sent again: there is no delivery M999999'
run "$meshline" deliveries --state opne
ok 'a state that is none is told with those that are' says "$status $err" 'pending, delivered, failed, discarded or unrouted'

# ---- destinations

run "$meshline" destinations pause export --reason 'a full disk'
ok 'one is paused' exits 0
submit '{"email": "dan@x.example"}' >lead
ok 'what is due waits' await 20 has export pending 1
run "$meshline" destinations
ok 'people see it' says "$out" paused
run "$meshline" destinations resume export
ok 'it is resumed' exits 0
ok 'and gets what waited' await 20 has export delivered 4
run "$meshline" destinations show export
ok 'one shows what it is' says "$out" ndjson
run "$meshline" destinations show exprot
ok 'one that is none is an error' says "$status $err" '1 '

# ---- is it all there

run "$meshline" reconcile --destination hook
ok 'what was due adds up' says "$status $out" 'it adds up'
run "$meshline" reconcile --destination export --compare
ok 'everything is there' is "$status $(awk '$1 == "matched" {print $2}' <<<"$out")" '0 4'
lost=$(jq -r .id data/events.ndjson | head -1)
jq -c "select(.id != \"$lost\")" data/events.ndjson >rest
cat rest >data/events.ndjson
run "$meshline" reconcile --destination export --compare
ok 'what was lost there is found' says "$status $out" "missing: $lost"
ok 'and is a failure' exits 1
run "$meshline" reconcile --destination export --repair
ok 'it is repaired' is "$status $(awk '$1 == "queued" {print $3}' <<<"$out")" '0 1'
whole() {
    "$meshline" reconcile --destination export --compare >out
}
ok 'and there again' await 20 whole
run "$meshline" reconcile --destination hook --compare
ok 'one that cannot list says so' says "$status $err" '1 '
run "$meshline" reconcile --compare
ok 'which one must be said' exits 2
stop
done_testing
