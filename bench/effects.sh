#!/usr/bin/env bash
# What leaves the process, to a sink on this machine (bench/sink.c), on a mesh of 100 routes and 200 reps:
#
#   - how fast deliveries that have gathered are made, each with a durable receipt
#   - intake over 64 connections while each lead is enriched over HTTP and told to a webhook, beside a
#     bare server (bench/floor.c), in turns
#   - three webhooks, all well or one of them a black hole, in turns: what the other two get through,
#     and how long a lead waits for its owner
#
#   bench/effects.sh [--quick]          (MESHLINE_BUILD: another build directory than build/release)
#
# Fails when not every lead has arrived, or the books do not balance.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

leads=100000 rounds=3 seconds=10
case ${1:-} in
'') ;;
--quick) leads=30000 rounds=2 seconds=4 ;;
*)
    echo "usage: bench/effects.sh [--quick]" >&2
    exit 2
    ;;
esac

# shellcheck source=bench/support.sh
. bench/support.sh
export BENCH_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw

stop() {
    kill "$1"
    wait "$1" || fail "process $1 ended badly"
}

now() {
    date +%s.%N
}

# make_mesh NAME: a copy of the mesh; webhook NAME PATH: one that every captured lead goes to.
make_mesh() {
    cp -R "$directory/mesh" "$directory/$1"
    mkdir -p "$directory/$1/destinations" "$directory/$1/providers"
}

webhook() {
    printf '%s\n' "destination: $2" 'kind: webhook' "url: $sink$3" 'secret: {env: BENCH_SECRET}' \
        'private_network: true' 'events: [lead.captured]' 'concurrency: 128' 'timeout: 2s' \
        >"$directory/$1/destinations/$2.yaml"
}

provider() {
    printf '%s\n' 'provider: facts' 'kind: http' 'private_network: true' 'concurrency: 64' 'request:' \
        '  method: POST' "  url: '\"$sink/enrich\"'" "  body: '{\"email\": lead.email}'" 'map:' \
        '  employees: response.body.employees' '  industry: response.body.industry' \
        >"$directory/$1/providers/facts.yaml"
    printf '%s\n' 'enrichment:' '  providers: [facts]' >>"$directory/$1/pipelines/inbound.yaml"
}

serve() { # MESH DATA
    start "$build/meshline" serve --mesh "$directory/$1" --data "$directory/$2" --listen 127.0.0.1:0
}

# wrk against $1 over $2 connections, as run $3: leaves answered, took and p99 (us).
load() {
    local result
    result=$(wrk --threads 2 --connections "$2" --duration "${seconds}s" --latency \
        --script bench/intake.lua "$1" -- "$directory/payloads" "$3" website | grep ^RESULT)
    read -r _ answered refused unanswered took _ p99 <<<"$result"
    [[ $refused -eq 0 && $unanswered -eq 0 ]] ||
        fail "of run $3 $refused leads were refused and $unanswered not answered"
}

# The books of destination $2 of server $1, as the view has them when it has caught up.
books() {
    local seq
    seq=$(curl -sS --fail "$1/readyz" | jq .journal_seq)
    curl -sS --fail --header "Min-Seq: $seq" "$1/v1/destinations/$2/reconciliation"
}

# Waits until destination $2 of server $1 owes nothing; what it delivered is left in $delivered.
drain() {
    local book
    for _ in {1..1200}; do
        book=$(books "$1" "$2")
        delivered=$(jq .delivered <<<"$book")
        [[ $(jq .balanced <<<"$book") == true ]] || fail "does not balance: $book"
        [[ $(jq .pending <<<"$book") -eq 0 ]] && return
        sleep 0.1
    done
    fail "$2 still owes: $book"
}

switch() { # SERVER DESTINATION pause|resume
    curl -sS --fail --output "$directory/answer" --request POST \
        --header 'Content-Type: application/json' --data '{"reason": "bench"}' \
        "$1/v1/destinations/$2/$3" || fail "cannot $3 $2: $(cat "$directory/answer")"
}

bench/grow_mesh.sh "$directory/mesh"
"$build/bench/payloads" >"$directory/payloads"
start "$build/bench/sink"
sink=$address sink_pid=$server
start "$build/bench/floor"
floor=$address

# ---- what has gathered goes out
make_mesh gathered
webhook gathered crm /ok/crm
serve gathered gathered-data
product=$address pid=$server
switch "$product" crm pause
seconds_before=$seconds seconds=3 run=0 sum=0
while [[ $sum -lt $leads ]]; do
    load "$product" 64 "$(printf '9%03d' "$run")"
    run=$((run + 1)) sum=$((sum + answered))
done
seconds=$seconds_before
before=$(cpu_us "$pid") sink_before=$(cpu_us "$sink_pid") begin=$(now)
switch "$product" crm resume
count=0
while [[ $count -lt $sum ]]; do
    sleep 0.05
    count=$(curl -sS --fail "$sink/count")
done
drain "$product" crm
took=$(calculate "$(now) - $begin")
[[ $delivered -ge $sum ]] || fail "$delivered of $sum were delivered"
rate=$(calculate "$delivered / $took")
cpu=$(calculate "($(cpu_us "$pid") - $before) / $delivered")
sink_cpu=$(calculate "($(cpu_us "$sink_pid") - $sink_before) / $delivered")
gathered=$delivered
stop "$pid"

# ---- intake beside it
make_mesh both
webhook both crm /ok/crm
provider both
serve both both-data
product=$address pid=$server
for ((round = 1; round <= rounds; round++)); do
    load "$floor" 64 "$(printf '%04d' "$round")"
    floor_rate=$(calculate "$answered / $took")
    begin=$(now)
    load "$product" 64 "$(printf '%04d' "$round")"
    note rate "$answered / $took"
    note ratio "$answered / $took / $floor_rate"
    note p99 "$p99 / 1000"
    drain "$product" crm
    note behind "$(now) - $begin - $took"
done
stop "$pid"

# ---- one of three does not answer
for which in well hole; do
    make_mesh "$which"
    webhook "$which" one /ok/one
    webhook "$which" two /ok/two
    webhook "$which" three /ok/three
done
webhook hole three /hole
declare -A address_of
for which in well hole; do
    serve "$which" "$which-data"
    address_of[$which]=$address
done
for ((round = 1; round <= rounds; round++)); do
    for which in well hole; do
        product=${address_of[$which]}
        load "$product" 4 "$(printf '8%03d' "$round")"
        begin=$(now)
        for name in one two; do
            drain "$product" "$name"
        done
        note "others_$which" "$answered / ($took + $(now) - $begin)"
        note "p99_$which" "$p99 / 1000"
    done
done

awk "BEGIN {
    printf \"effects deliveries_per_s=%.0f delivery_cpu_us=%.1f sink_cpu_us=%.1f deliveries=%d\", \
        $rate, $cpu, $sink_cpu, $gathered
    printf \" intake_per_s=%.0f intake_ratio=%.3f intake_p99_ms=%.2f behind_s=%.2f\", \
        $(median rate), $(median ratio), $(median p99), $(median behind)
    printf \" hole_others_share=%.3f hole_p99_ratio=%.3f hole_p99_ms=%.2f well_p99_ms=%.2f\\n\", \
        $(median others_hole) / $(median others_well), $(median p99_hole) / $(median p99_well), \
        $(median p99_hole), $(median p99_well)
}"
