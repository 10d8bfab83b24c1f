#!/usr/bin/env bash
# meshline send: formats, refusals, retries, resuming.
# shellcheck disable=SC2016,SC2317  # backquotes are text; functions are called by `ok`
. "$(dirname "$0")/cli_support.sh"

# leads FROM TO: one a line.
leads() {
    for ((i = $1; i <= $2; i++)); do
        printf '{"email":"p%d@send.example","country":"US","intent":%d}\n' "$i" $((i % 100))
    done
}
accepted() { curl -sS "$url/v1/reconciliation" -H "Min-Seq: $(curl -sS "$url/readyz" | jq .journal_seq)" | jq .accepted; }

start data --mesh "$mesh"

leads 1 3 >three.ndjson
run "$meshline" send three.ndjson --source website
ok 'NDJSON is taken' is "$status $out" '0 accepted 3, known 0, refused 0'
ok 'nothing is said beside it in a pipe' is "$err" ''
ok 'no progress file is left' test ! -e three.ndjson.meshline-progress
run "$meshline" send three.ndjson --source website
ok 'the same file again changes nothing' is "$status $out" \
    '0 accepted 0, known 0, taken before 3, refused 0'
{ leads 1 1; echo; leads 4 4; } >again.ndjson
run "$meshline" send again.ndjson --source website
ok 'a known person is known' is "$out" 'accepted 1, known 1, refused 0'

printf '[{"email":"a@array.example","country":"DE"},\n {"email":"b@array.example","country":"DE"}]' >two.json
run "$meshline" send two.json --source website
ok 'a JSON array is taken' is "$out" 'accepted 2, known 0, refused 0'
printf '{\n  "email": "c@object.example",\n  "country": "DE"\n}\n' >one.json
run "$meshline" send one.json --source website
ok 'an object over several lines is taken' is "$out" 'accepted 1, known 0, refused 0'
out=$(leads 5 6 | "$meshline" send - --source website 2>"$work/err")
ok 'standard input is taken' is "$out" 'accepted 2, known 0, refused 0'
: >empty.ndjson
run "$meshline" send empty.ndjson --source website
ok 'an empty file is no mistake' is "$status $out" '0 accepted 0, known 0, refused 0'

{ leads 7 7; echo '{"email":"x@y.example","contry":"US"}'; echo '{"broken'; echo; leads 8 8
    head -c 300000 /dev/zero | tr '\0' 'x'; echo; head -c 1200000 /dev/zero | tr '\0' 'x'; echo
    leads 9 9; } >mixed.ndjson
run "$meshline" send mixed.ndjson --source website
ok 'refused lines stop nothing' is "$out" 'accepted 3, known 0, refused 4 (2 kept as dead letters)'
ok 'but the exit code tells' exits 1
ok 'a refusal names file, line, place and remedy' says "$err" 'mixed.ndjson: line 2: '
ok 'and the dead letter that keeps it' grep -Eq '^    kept as D[0-9]+$' err
ok 'with a suggestion' says "$err" 'did you mean `country`'
ok 'broken JSON is named by its line' says "$err" 'mixed.ndjson: line 3: '
ok 'blank lines count' says "$err" 'mixed.ndjson: line 6: '
ok 'a line that is far too long too' says "$err" 'mixed.ndjson: line 7: '
run "$meshline" send mixed.ndjson --source website --json
ok 'as JSON, refusals and the sum are one a line' \
    is "$(jq -s -r 'map(.line // .refused) | join(" ")' <<<"$out")" '2 3 6 7 4'

# Windows' way of writing CSV: a byte order mark, CRLF, semicolons.
printf '\xef\xbb\xbffirstName;email;country\r\n"Ada; B.";ada@csv.example;DE\r\nBob;bob@csv.example\r\nCleo;cleo@csv.example;FR\r\n' >fair.csv
run "$meshline" send fair.csv --source website
ok 'CSV is taken row by row' is "$status $out" '1 accepted 2, known 0, refused 1 (1 kept as dead letters)'
ok 'a ragged row is named by its line' says "$err" 'fair.csv: line 3: '
run "$meshline" send fair.csv --source website --json
ok 'as JSON with its dead letter' is "$(jq -s -r '.[0] | [.line, .status, (.dead_letter | test("^D[0-9]+$"))] | join(" ")' <<<"$out")" '3 422 true'
ok 'and again it is the same' is "$(jq -s -c '.[1] | [.accepted, .repeated, .refused]' <<<"$out")" '[0,2,1]'
run bash -c "'$meshline' send - --csv --source website <fair.csv"
ok 'standard input may be CSV' says "$out" 'taken before 2'
printf 'firstName,email,country\nDia,dia@csv.example,DE\nEve,"eve@csv.example,DE\nFay,fay@csv.example,DE\n' >torn.csv
run "$meshline" send torn.csv --source website
ok 'a quote that is never closed costs its own row only' is "$out" 'accepted 2, known 0, refused 1'
ok 'and stays here' says "$err" 'torn.csv: line 3: Cannot be sent'
{ echo firstName,email,country; for i in $(seq 2500); do echo "N$i,n$i@rows.example,DE"; done; } >rows.csv
run "$meshline" send rows.csv --source website
ok 'many rows go in several requests, each with the header row' is "$out" 'accepted 2500, known 0, refused 0'
printf 'email,email\n1,2\n' >twice.csv
run "$meshline" send twice.csv --source website
ok 'a header row that cannot be used is named' says "$status $err" '1 meshline: twice.csv: the header row: '

run "$meshline" send three.ndjson --source webside
ok 'an unknown source is refused with the nearest one' says "$status $err" 'did you mean "website"?'
run "$meshline" send nowhere.ndjson --source website
ok 'a file that is not there is named' says "$status $err" 'nowhere.ndjson: cannot be read'
echo '[1, 2' >cut.json
run "$meshline" send cut.json --source website
ok 'a broken document is refused as a whole' says "$status $err" 'cut.json'
run "$meshline" send three.ndjson --source website --url http://127.0.0.1:1
ok 'a server that is not there is named' says "$status $err" 'http://127.0.0.1:1: no server answers'
run "$meshline" send - --source website --resume
ok 'standard input cannot be resumed' exits 2

# ---- a server that dies under a long file

before=$(accepted)
leads 10000 29999 >long.ndjson
"$meshline" send long.ndjson --source website >send.out 2>send.err &
sender=$!
port=${url##*:}
ok 'progress is kept while it sends' await 60 test -s long.ndjson.meshline-progress
stop KILL
start data --mesh "$mesh" --listen "127.0.0.1:$port"
wait "$sender"
status=$? out=$(cat send.out) err=$(cat send.err)
ok 'send goes on when the server is back' exits 0
ok 'every lead of it is there once' is "$(($(accepted) - before))" 20000
ok 'and the progress file is gone' test ! -e long.ndjson.meshline-progress

# ---- a sender that dies

before=$(accepted)
leads 50000 69999 >killed.ndjson
"$meshline" send killed.ndjson --source website >/dev/null 2>&1 &
sender=$!
await 60 test -s killed.ndjson.meshline-progress
kill -9 "$sender"
wait "$sender" 2>/dev/null
ok 'a killed sender leaves its place' test -s killed.ndjson.meshline-progress
run "$meshline" send killed.ndjson --source webinars --resume
ok 'which holds for its source only' says "$status $err" 'was being sent to source "website"'
place=$(jq .acknowledged killed.ndjson.meshline-progress)
run "$meshline" send killed.ndjson --source website --resume
ok '--resume sends the rest and no more' \
    is "$((place + $(sed -E 's/accepted ([0-9]+), known 0(, taken before ([0-9]+))?.*/\1 + \3+0/; s/\+ \+/+/' <<<"$out")))" 20000
ok 'and all of it is there once' is "$(($(accepted) - before))" 20000

stop
run "$meshline" reconcile --data data
ok 'the proof holds' exits 0

done_testing
