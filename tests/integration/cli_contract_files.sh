#!/usr/bin/env bash
# Contracts as files: what changes between two schemas, and a schema drafted from samples.
# shellcheck disable=SC2016,SC2317  # backquotes are text; functions are called by `ok`
# shellcheck source-path=SCRIPTDIR source=cli_support.sh
. "$(dirname "$0")/cli_support.sh"

# ---- usage

run "$meshline" contract
ok 'contract wants an action' says "$status $err" '2 meshline contract ACTION'
run "$meshline" contract --help
ok 'and lists them' says "$status $out" 'drafts a schema'
run "$meshline" contract dif
ok 'an unknown action is refused with the nearest one' says "$status $err" 'did you mean "diff"?'
run "$meshline" contract diff one.json
ok 'diff wants two files' says "$status $err" '2 meshline contract diff: OLD or NEW'
run "$meshline" contract diff - -
ok 'of which one may be standard input' says "$status $err" 'only one of the two'
for action in diff infer; do
    run "$meshline" contract "$action" --help
    ok "contract $action --help has examples" says "$status $out" 'Examples:'
done

# ---- diff

cat >old.json <<'END'
{"type": "object", "required": ["email"], "additionalProperties": false, "properties": {
  "email": {"type": "string", "maxLength": 254}, "size": {"type": "string"}}}
END
cat >wider.json <<'END'
{"type": "object", "required": ["email"], "additionalProperties": false, "properties": {
  "email": {"type": "string", "maxLength": 254}, "size": {"type": "string"},
  "country": {"type": "string"}}}
END
cat >new.json <<'END'
{"type": "object", "required": ["email", "size"], "additionalProperties": false, "properties": {
  "email": {"type": "string", "maxLength": 100}, "size": {"type": "string"}}}
END
run "$meshline" contract diff old.json old.json
ok 'the same is compatible' says "$status $out" '0 Nothing changes'
run "$meshline" contract diff old.json wider.json
ok 'a field more breaks nothing for senders' says "$out" 'For senders: compatible'
run "$meshline" contract diff old.json new.json
ok 'what breaks has exit code 1' exits 1
ok 'is named by its rule' says "$out" 'required_added'
ok 'with the file and the JSON Pointer' says "$out" 'new.json: /properties/email/maxLength'
ok 'and for whom' says "$out" 'For senders: breaking.'
run "$meshline" contract diff old.json new.json --json
ok 'as JSON too' is "$status $(jq -r '[.senders, (.changes | map(.rule) | sort | join(" "))] | join(": ")' <<<"$out")" \
    '1 breaking: bound_tightened required_added'
ok 'with pointers' is "$(jq -r '.changes[] | select(.rule == "required_added") | .pointer' <<<"$out")" /required
run bash -c "'$meshline' contract diff - old.json <old.json"
ok 'the old one may come from standard input' exits 0
echo '{"type": "strin"}' >broken.json
run "$meshline" contract diff old.json broken.json
ok 'what is no schema has exit code 2' exits 2
ok 'and a place' says "$err" 'broken.json:/type: error: '
echo '{"type": ' >cut.json
run "$meshline" contract diff cut.json old.json
ok 'so has what is no JSON' says "$status $err" '2 meshline: cut.json:'

mkdir -p contracts/fair contracts/shared
echo '{"type": "string", "maxLength": 80}' >contracts/shared/name.json
echo '{"properties": {"name": {"$ref": "shared/name.json"}}}' >contracts/fair/1.json
run "$meshline" contract diff contracts/fair/1.json contracts/fair/1.json
ok 'what a schema refers to is found as in a mesh' exits 0
sed 's/shared/common/' contracts/fair/1.json >contracts/fair/2.json
run "$meshline" contract diff contracts/fair/1.json contracts/fair/2.json
ok 'and what it cannot find is said' says "$status $err" 'nothing is fetched'

# ---- infer

printf '%s\n' '{"id":1,"email":"a@b.example"}' '' '{"id":2,"email":"c@d.example","note":null}' >samples.ndjson
run "$meshline" contract infer samples.ndjson
ok 'samples give a schema' is "$status $(jq -c '[.required, (.properties | map_values(.type))]' <<<"$out")" \
    '0 [["id","email"],{"id":"integer","email":"string","note":"null"}]'
ok 'laid out for people' says "$out" '    "email": {"type": "string", "format": "email"}'
run "$meshline" contract infer samples.ndjson --json
ok 'or in one line' is "$(wc -l <<<"$out")" 1
echo "$out" >drafted.json
run "$meshline" contract diff drafted.json drafted.json
ok 'which is a schema' exits 0
jq -s . samples.ndjson >samples.json
run "$meshline" contract infer samples.json --json
ok 'a JSON array of samples gives the same' is "$out" "$(cat drafted.json)"
head -n 1 samples.ndjson >one.json
tail -n 1 samples.ndjson >two.json
run "$meshline" contract infer one.json two.json --json
ok 'so do several files' is "$out" "$(cat drafted.json)"
run bash -c "'$meshline' contract infer - --json <samples.ndjson"
ok 'and standard input' is "$out" "$(cat drafted.json)"
printf 'name;mail\nAda;ada@b.example\n"Bob; jr";bob@b.example\n' >fair.csv
run "$meshline" contract infer fair.csv
ok 'CSV gives the columns' is "$(jq -c '.properties | map_values(.format)' <<<"$out")" '{"name":null,"mail":"email"}'
printf 'name;mail\nAda\n' >ragged.csv
run "$meshline" contract infer ragged.csv
ok 'a row that is wrong is named' says "$status $err" '1 meshline: ragged.csv:2: '
printf '{"id":1}\n{"id":}\n' >bad.ndjson
run "$meshline" contract infer bad.ndjson
ok 'so is a line' says "$status $err" '1 meshline: bad.ndjson:2:7: '
echo '[]' >none.json
run "$meshline" contract infer none.json
ok 'no record is no sample' says "$status $err" 'there is no record in it'
run "$meshline" contract infer nowhere.json
ok 'a file that is not there is named' says "$status $err" 'nowhere.json: cannot be read'

done_testing
