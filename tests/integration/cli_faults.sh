#!/usr/bin/env bash
# What can go wrong with a data directory: each has a clear error, and nothing accepted is lost.
# shellcheck disable=SC2016,SC2317  # backquotes are text; functions are called by `ok`
. "$(dirname "$0")/cli_support.sh"

# serve_fails DATA [OPTION...]: a server that must not start.
serve_fails() {
    local data=$1
    shift
    run timeout 60 "$meshline" serve --data "$data" --listen 127.0.0.1:0 "$@"
    [[ $status -eq 1 ]]
}
journal() { echo data/journal-*1.db; }

# ---- where there is no good directory

ok 'a data directory whose parent is missing is refused' serve_fails no/where --mesh "$mesh"
ok 'by name' says "$err" 'no/where: '
: >file
ok 'a file instead of a directory is refused' serve_fails file --mesh "$mesh"
ok 'as that' says "$err" 'file: this is not a directory'
run "$meshline" verify --data nowhere
ok 'verify names a directory that is not there' says "$status $err" 'nowhere: '
run "$meshline" rebuild --data nowhere
ok 'so does rebuild' says "$status $err" 'nowhere: '
ok 'an empty directory without a mesh is refused' serve_fails fresh
ok 'with the way out' says "$err" 'name one with --mesh'

mkdir readonly
chmod 555 readonly
as_user=()
if [[ $(id -u) -eq 0 ]]; then
    as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chmod 755 "$work"
fi
if "${as_user[@]}" "$meshline" check "$mesh" >/dev/null 2>&1; then
    run timeout 60 "${as_user[@]}" "$meshline" serve --data readonly --mesh "$mesh" --listen 127.0.0.1:0
    ok 'a read-only data directory is refused' says "$status $err" '1 meshline: readonly: the data directory cannot be written'
else
    skip 'a read-only data directory is refused' 'root can write everywhere, and nobody cannot run this build'
fi

# ---- who is already there

start data --mesh "$mesh"
for i in 1 2 3 4 5 6 7 8; do
    submit "{\"email\":\"unmistakable$i@fault.example\",\"country\":\"DE\"}" >/dev/null
done
port=${url##*:}
ok 'a second server on the same data is refused' serve_fails data --mesh "$mesh"
ok 'with the process that has it' says "$err" "in use by process $server"
run timeout 60 "$meshline" serve --data other --mesh "$mesh" --listen "127.0.0.1:$port"
ok 'a port in use is refused' exits 1
ok 'with what to do' says "$err" 'another process listens on this port'
run timeout 60 "$meshline" serve --data other --mesh "$mesh" --listen 0.0.0.0:0
ok 'an address beyond this machine is refused without tokens' exits 1
ok 'with the way to make one' says "$err" 'token'
run timeout 60 "$meshline" serve --data other --mesh "$mesh" --listen nonsense
ok 'an address that is none is refused' exits 1
stop KILL
start data
ok 'the lock of a killed server is no obstacle' is "$(curl -sS "$url/healthz" | jq -r .status)" ok
stop

# ---- state.db is only a view

digest=$("$meshline" rebuild --data data --json | jq -r .digest)
run "$meshline" rebuild --data data --json
ok 'a view made anew is the same' is "$(jq -r '"\(.same) \(.digest)"' <<<"$out")" "true $digest"
rm -f data/state.db*
start data
ok 'a server makes a missing view anew' is "$("$meshline" leads --json | jq '.leads | length')" 8
stop
run "$meshline" rebuild --data data --json
ok 'with the same content' is "$(jq -r '"\(.same) \(.digest)"' <<<"$out")" "true $digest"
head -c 100000 /dev/urandom >data/state.db
run "$meshline" reconcile --data data
ok 'a view that is no database is found' says "$status $out" 'CANNOT BE READ'
start data
ok 'a server sets it aside and makes a new one' is "$("$meshline" leads --json | jq '.leads | length')" 8
stop
run "$meshline" rebuild --data data --json
ok 'with the same content again' is "$(jq -r '"\(.same) \(.digest)"' <<<"$out")" "true $digest"
sqlite3 data/state.db "UPDATE leads SET rep = (SELECT min(id) FROM reps WHERE id <> leads.rep)
    WHERE number = (SELECT min(number) FROM leads)"
run "$meshline" reconcile --data data
ok 'a view that was tampered with is found' says "$status $out" 'SAYS SOMETHING ELSE'
run "$meshline" rebuild --data data
ok 'and mended' says "$status $out" 'was not what the journal says'
run "$meshline" reconcile --data data
ok 'so that the proof holds' exits 0

# ---- a disk that takes no more: the process stops, what it acknowledged stays

# Files of this server may grow to 2 MiB; the signal that comes with it is ignored, as for a full disk.
(
    trap '' XFSZ
    ulimit -f 2048
    exec "$meshline" serve --data full --mesh "$mesh" --listen 127.0.0.1:0 >full.out 2>full.err
) &
server=$!
ok 'a server on a small disk' await 60 grep -q 'at http://' full.out
url=$(sed -n 's/.* at \(http:[^ ]*\)$/\1/p' full.out | head -n 1)
: >acknowledged
for ((i = 0; i < 4000; i++)); do
    lead=$(submit "{\"email\":\"p$i@full.example\",\"country\":\"DE\",\"message\":\"$(printf '%1000s' x)\"}" 2>/dev/null |
        jq -r '.lead // empty' 2>/dev/null)
    [[ -n $lead ]] || break
    echo "$lead" >>acknowledged
done
wait "$server"
status=$? out=$(cat full.out) err=$(cat full.err)
server=
ok 'stops when it cannot write' exits 1
ok 'and says that what was acknowledged is safe' says "$err" 'What was acknowledged is safe'
start full
newest=$(curl -sS "$url/readyz" | jq .journal_seq)
curl -sS -H "Min-Seq: $newest" "$url/v1/reconciliation" >/dev/null
"$meshline" leads --limit 100000 --json | jq -r '.leads[].id' | sort >listed
ok 'with room again, every acknowledged lead is there' is "$(sort acknowledged | comm -23 - listed)" ''
ok 'and there were some' test "$(wc -l <acknowledged)" -gt 10
stop
run "$meshline" reconcile --data full
ok 'and it proves' exits 0

# ---- the journal is the truth

cp -r data newer
for file in newer/journal-*.db; do
    sqlite3 "$file" 'PRAGMA user_version = 99'
done
ok 'a journal from a newer version is refused' serve_fails newer
ok 'with what to do' says "$err" 'upgrade meshline'
run "$meshline" verify --data newer
ok 'by verify as well' says "$status $err" 'upgrade meshline'

sqlite3 "$(journal)" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
seq=$(sqlite3 "$(journal)" "SELECT min(seq) FROM records WHERE data LIKE '%unmistakable3@%'")
at=$(grep -obUaF 'unmistakable3@' "$(journal)" | head -n 1 | cut -d: -f1)
printf 'X' | dd of="$(journal)" bs=1 seek="$at" conv=notrunc status=none
run "$meshline" verify --data data
ok 'a flipped byte in the journal is found' exits 1
ok 'and its record named' says "$err" "the first bad record is $seq"
run "$meshline" verify --data data --json
ok 'as JSON too' is "$(jq -r '"\(.ok) \(.first_bad_seq)"' <<<"$out")" "false $seq"
run "$meshline" reconcile --data data
ok 'no proof holds on it' exits 1
before=$(sha256sum data/state.db)
run "$meshline" rebuild --data data
ok 'rebuild refuses it' says "$status $err" '1 meshline: '
ok 'and leaves the view as it was' is "$(sha256sum data/state.db)" "$before"
printf 'u' | dd of="$(journal)" bs=1 seek="$at" conv=notrunc status=none
run "$meshline" verify --data data
ok 'the byte put back, the chain holds again' exits 0
run "$meshline" reconcile --data data
ok 'and nothing is lost' says "$status $out" 'balances'

done_testing
