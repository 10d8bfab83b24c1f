#!/usr/bin/env bash
# SIGKILL at twenty random moments under load: every acknowledged lead is there exactly once, with exactly
# one owner or waiting for one; the chain holds; the identity balances.
# shellcheck disable=SC2016,SC2317  # backquotes are text; functions are called by `ok`
. "$(dirname "$0")/cli_support.sh"

kills=20
senders=4

# Submits one lead after the other until told to stop; notes down every acknowledgement. What gets no
# answer is sent again under the same key.
sender() {
    local name=$1 i=0 answer
    while [[ ! -e stop ]]; do
        i=$((i + 1))
        while [[ ! -e stop ]]; do
            answer=$(curl -sS --max-time 10 -X POST -H 'Content-Type: application/json' \
                -H "Idempotency-Key: $name-$i" \
                --data "{\"email\":\"k$name.$i@kill.example\",\"country\":\"US\",\"intent\":$((i % 100))}" \
                "$url/v1/sources/website/leads" 2>/dev/null) &&
                jq -re '.lead' <<<"$answer" >>"acknowledged.$name" 2>/dev/null && break
            sleep 0.02
        done
    done
}

# Batches as well: many leads in flight at the moment of the kill.
batches() {
    local i=0
    while [[ ! -e stop ]]; do
        i=$((i + 1))
        for ((n = 0; n < 200; n++)); do
            printf '{"email":"b%d.%d@kill.example","country":"DE"}\n' "$i" "$n"
        done >lines.ndjson
        while [[ ! -e stop ]]; do
            curl -sS --max-time 20 -X POST -H 'Content-Type: application/x-ndjson' \
                -H "Idempotency-Key: batch-$i" --data-binary @lines.ndjson \
                "$url/v1/sources/website/leads" >answers 2>/dev/null &&
                jq -re '.lead' <answers >>acknowledged.batch 2>/dev/null && break
            sleep 0.02
        done
    done
}

start data --mesh "$mesh"
port=${url##*:}
jobs=()
for ((s = 1; s <= senders; s++)); do
    sender "$s" &
    jobs+=($!)
done
batches &
jobs+=($!)

RANDOM=${SEED:-$$}
restarted=0
for ((k = 1; k <= kills; k++)); do
    before=$(cat acknowledged.* 2>/dev/null | wc -l)
    # Some leads are taken between two kills; then anything may be under way.
    await 30 bash -c "[[ \$(cat acknowledged.* | wc -l) -gt $before ]]"
    sleep "0.$(printf '%03d' $((RANDOM % 400)))"
    stop KILL
    start data --mesh "$mesh" --listen "127.0.0.1:$port" && restarted=$((restarted + 1))
done
: >stop
wait "${jobs[@]}"
ok "it serves again after each of $kills kills" is "$restarted" "$kills"

sort acknowledged.* >acknowledged
sort -u acknowledged >different
echo "# $(wc -l <acknowledged) acknowledgements, SEED=${SEED:-$$}"
ok 'many leads were acknowledged' test "$(wc -l <different)" -gt 100
ok 'none was acknowledged twice under different keys' is "$(uniq -d acknowledged)" ''
newest=$(curl -sS "$url/readyz" | jq .journal_seq)
curl -sS -H "Min-Seq: $newest" "$url/v1/reconciliation" >reconciliation
"$meshline" leads --limit 10000000 --json >pages
jq -r '.leads[] | [.id, .place, .owner // ""] | @tsv' pages | sort >listed
cut -f1 listed >ids
ok 'every acknowledged lead is there' is "$(comm -23 different <(sort -u ids))" ''
ok 'exactly once' is "$(uniq -d ids)" ''
ok 'with exactly one owner, or waiting for one' is \
    "$(awk -F'\t' '($2 == "owned") != ($3 != "")' listed)" ''
ok 'the server reconciles' is "$(jq .balanced reconciliation)" true
ok 'with as many leads as are listed' is "$(jq .accepted reconciliation)" "$(wc -l <ids | tr -d ' ')"

stop
ok 'it stops in good order' exits 0
run "$meshline" verify --data data
ok 'the chain holds' exits 0
run "$meshline" reconcile --data data
ok 'the whole of it proves from the files' exits 0

done_testing
