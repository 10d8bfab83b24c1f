#!/usr/bin/env bash
# One lead a request over 64 keep-alive connections, answered after fsync, on a mesh of 100 routes and
# 200 reps; beside it, in turns, the same leads through a source that validates and maps each record
# under a contract, and a libmicrohttpd server that answers 202 and does nothing.
#
#   bench/intake.sh [--quick]          (MESHLINE_BUILD: another build directory than build/release)
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

# shellcheck source=bench/support.sh
. bench/support.sh

# One run of wrk against server $1, as run $2 of source $3: leaves answered, refused, unanswered, took, p50 and p99.
load() {
    local result
    result=$(wrk --threads "$threads" --connections "$connections" --duration "${seconds}s" \
        --latency --script bench/intake.lua "$1" -- "$directory/payloads" "$2" "$3" |
        grep ^RESULT)
    read -r _ answered refused unanswered took p50 p99 <<<"$result"
    [[ $refused -eq 0 && $unanswered -eq 0 ]] ||
        fail "$1 refused $refused leads of $3 and did not answer $unanswered"
}

# One run against the product of source $1: every lead that it acknowledged must be there. $2 is the
# run, $3 what the numbers are called.
measure() {
    local before now product=${address_of[$1]} product_pid=${pid_of[$1]}
    before=$(cpu_us "$product_pid")
    load "$product" "$2" "$1"
    counted=$(reconcile)
    note "rate$3" "$answered / $took"
    note "ratio$3" "$answered / $took / $floor_rate"
    note "cpu$3" "($(cpu_us "$product_pid") - $before) / $answered"
    note "p50$3" "$p50 / 1000"
    note "p99$3" "$p99 / 1000"

    # What was on its way when wrk stopped may have been accepted without an answer: one a connection.
    now=$(jq '.accepted + .touchpoints' <<<"$counted")
    [[ $(jq .balanced <<<"$counted") == true ]] || fail "does not balance: $counted"
    ((now >= accepted[$1] + answered && now <= accepted[$1] + answered + connections)) ||
        fail "$((accepted[$1] + answered)) leads acknowledged, $now accepted: $counted"
    accepted[$1]=$now
}

# A read that waits for the newest event is answered when the view has caught up.
reconcile() {
    local seq
    seq=$(curl -sS --fail "$product/readyz" | jq .journal_seq)
    curl -sS --fail --header "Min-Seq: $seq" "$product/v1/reconciliation"
}

bench/grow_mesh.sh "$directory/mesh"
"$build/bench/payloads" >"$directory/payloads"
start "$build/bench/floor"
floor=$address floor_pid=$server
# One each, so that both have as many leads to look after.
declare -A address_of pid_of accepted
for source in website checked; do
    start "$build/meshline" serve --mesh "$directory/mesh" --data "$directory/$source" \
        --listen 127.0.0.1:0
    address_of[$source]=$address pid_of[$source]=$server accepted[$source]=0
done

for ((round = 1; round <= rounds; round++)); do
    before=$(cpu_us "$floor_pid")
    load "$floor" "$(printf '%04d' "$round")" website
    floor_rate=$(awk "BEGIN { print $answered / $took }")
    note floor_rate "$floor_rate"
    note floor_cpu "($(cpu_us "$floor_pid") - $before) / $answered"
    measure website "$(printf '%04d' "$round")" ''
    measure checked "$(printf '%04d' "$round")" _checked
    note fsyncs "$("$build/bench/disk" "$directory")"
done

batches=$(curl -sS --fail "${address_of[website]}/metrics" | awk '$1 == "meshline_batches_total" { print $2 }')
fsyncs=$(median fsyncs)
# However fast the server is: a connection has one lead on its way, and that waits for a whole fsync.
awk "BEGIN {
    printf \"intake leads_per_s=%.0f floor_per_s=%.0f ratio=%.3f p50_ms=%.2f p99_ms=%.2f\", \
        $(median rate), $(median floor_rate), $(median ratio), $(median p50), $(median p99)
    printf \" checked_per_s=%.0f checked_ratio=%.3f checked_p99_ms=%.2f checked_cpu_us=%.1f\", \
        $(median rate_checked), $(median ratio_checked), $(median p99_checked), $(median cpu_checked)
    printf \" cpu_us_per_lead=%.1f floor_cpu_us=%.1f leads_per_batch=%.1f\", \
        $(median cpu), $(median floor_cpu), ${accepted[website]} / $batches
    printf \" fsync_per_s=%.0f fsync_ceiling_per_s=%.0f leads=%d waiting=%d\\n\", \
        $fsyncs, $fsyncs * $connections, ${accepted[website]}, $(jq .waiting <<<"$counted")
}"
