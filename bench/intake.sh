#!/usr/bin/env bash
# One lead a request over 64 keep-alive connections, answered after fsync, on a mesh of 100 routes and
# 200 reps; beside it, in turns, a libmicrohttpd server that answers 202 and does nothing.
#
#   bench/intake.sh [--quick]
#
# Fails when the reconciliation does not count every lead that was acknowledged.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

connections=64
threads=2
rounds=5
seconds=10
case ${1:-} in
'') ;;
--quick) rounds=3 seconds=5 ;;
*)
    echo "usage: bench/intake.sh [--quick]" >&2
    exit 2
    ;;
esac

build=${MESHLINE_BUILD:-build/release}
programs=$build/bench
directory=$(mktemp -d "${TMPDIR:-/tmp}/meshline-bench-XXXXXX")
servers=()

clean_up() {
    for pid in "${servers[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$directory"
}
trap clean_up EXIT

fail() {
    echo "intake: $*" >&2
    exit 1
}

# Starts "$@" and waits for the address that it prints; leaves it in $address.
start() {
    local output
    output=$directory/$(basename "$1").out
    "$@" >"$output" &
    servers+=($!)
    for _ in {1..300}; do
        address=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$output" | head -n 1) && return
        kill -0 $! 2>/dev/null || break
        sleep 0.1
    done
    fail "$1 does not start"
}

# One run of wrk: leaves answered, refused, unanswered, took, p50 and p99.
load() {
    local result
    result=$(wrk --threads "$threads" --connections "$connections" --duration "${seconds}s" \
        --latency --script bench/intake.lua "$1" -- "$directory/payloads" "$2" | grep ^RESULT)
    read -r _ answered refused unanswered took p50 p99 <<<"$result"
    [[ $refused -eq 0 && $unanswered -eq 0 ]] ||
        fail "$1 refused $refused leads and did not answer $unanswered"
}

# The view has caught up when a read that waits for the newest event is answered.
reconcile() {
    local seq
    seq=$(curl -sS --fail "$product/readyz" | jq .journal_seq)
    curl -sS --fail --header "Min-Seq: $seq" "$product/v1/reconciliation"
}

median() {
    sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

bench/grow_mesh.sh "$directory/mesh"
"$programs/payloads" >"$directory/payloads"
start "$programs/floor"
floor=$address
start "$build/meshline" serve --mesh "$directory/mesh" --data "$directory/data" \
    --listen 127.0.0.1:0
product=$address

accepted=0
for ((round = 1; round <= rounds; round++)); do
    load "$floor/v1/sources/website/leads" "$(printf '%04d' "$round")"
    awk -v n="$answered" -v s="$took" 'BEGIN { print n / s }' >>"$directory/floor.rates"
    load "$product/v1/sources/website/leads" "$(printf '%04d' "$round")"
    awk -v n="$answered" -v s="$took" 'BEGIN { print n / s }' >>"$directory/product.rates"
    echo "$p50" >>"$directory/p50"
    echo "$p99" >>"$directory/p99"

    # What was on its way when wrk stopped may have been accepted without an answer: one a connection.
    counted=$(reconcile)
    now=$(jq '.accepted + .touchpoints' <<<"$counted")
    [[ $(jq .balanced <<<"$counted") == true ]] || fail "does not balance: $counted"
    ((now >= accepted + answered && now <= accepted + answered + connections)) ||
        fail "$((accepted + answered)) leads acknowledged, $now accepted: $counted"
    accepted=$now
    "$programs/disk" "$directory" >>"$directory/fsyncs"
done

ratio=$(paste "$directory/product.rates" "$directory/floor.rates" | awk '{ print $1 / $2 }' | median)
fsyncs=$(median <"$directory/fsyncs")
# However fast the server is: a connection has one lead on its way, and that waits for a whole fsync.
ceiling=$((connections * fsyncs))
printf 'intake leads_per_s=%.0f floor_per_s=%.0f ratio=%.2f p50_ms=%.2f p99_ms=%.2f leads=%d waiting=%d fsync_per_s=%d fsync_ceiling_per_s=%d\n' \
    "$(median <"$directory/product.rates")" "$(median <"$directory/floor.rates")" "$ratio" \
    "$(median <"$directory/p50" | awk '{ print $1 / 1000 }')" \
    "$(median <"$directory/p99" | awk '{ print $1 / 1000 }')" \
    "$accepted" "$(jq .waiting <<<"$counted")" "$fsyncs" "$ceiling"
