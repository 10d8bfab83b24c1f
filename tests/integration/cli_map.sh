#!/usr/bin/env bash
# meshline map: what a source makes of a record, without a server.
# shellcheck source-path=SCRIPTDIR source=cli_support.sh
. "$(dirname "$0")/cli_support.sh"

"$meshline" init own >/dev/null
rm own/tests/routing.yaml
owner=$(sed -n 's/^owner: //p' own/sources/website.yaml)
mkdir -p own/contracts/partner
cat >own/sources/partner.yaml <<END
source: partner
owner: $owner
constants: {country: DE}
contract: 1
mapping:
  email: normalize_email(payload.contact.email)
  phone: 'normalize_phone(payload.contact.tel, "DE")'
  employees: payload.staff
key: payload.id
skip: 'payload.type == "ping" ? "a test call" : ""'
versions:
  - version: 1
  - version: 2
    mapping: {employees: int(payload.staff)}
END
cat >own/contracts/partner/1.json <<'END'
{"type": "object", "properties": {
  "id": {"type": "string"}, "type": {"type": "string"}, "staff": {"type": ["integer", "string"]},
  "contact": {"type": "object",
    "properties": {"email": {"type": "string"}, "tel": {"type": "string"}}}}}
END
cp own/contracts/partner/1.json own/contracts/partner/2.json
cat >own/sources/list.yaml <<END
source: list
owner: $owner
split: payload.people
mapping: {email: payload.mail}
versions: [{version: 1}]
END
mkdir own/contracts/list
echo '{}' >own/contracts/list/1.json
run "$meshline" check own
ok 'the mesh is good' exits 0

# ---- a record

echo '{"id": "p-1", "contact": {"email": " Ana@EXAMPLE.com", "tel": "030 1234567"}}' >good.json
run "$meshline" map good.json --source partner --mesh own
ok 'a good record is a lead' exits 0
ok 'by the version in force' says "$out" 'record 1: a lead, by version 1 of the contract of partner'
ok 'with its own id' says "$out" "The sender's id of it: p-1"
ok 'and each field by its expression' says "$out" 'email      "Ana@example.com"  normalize_email(payload.contact.email)'
ok 'constants are told' says "$out" 'country    "DE"               constant'
ok 'and what the record does not have' says "$out" 'employees  (none)             payload.staff'
ok 'and what is not mapped at all' says "$out" 'Not mapped: name, company, form, message'
run "$meshline" map good.json --source partner --mesh own --json
ok 'as JSON with the lead' is "$(jq -r '.records[0].lead.phone' <<<"$out")" +49301234567
ok 'and where each field comes from' is \
    "$(jq -r '.records[0].fields[] | select(.field == "employees") | .expression' <<<"$out")" payload.staff

echo '{"contact": {"email": "nobody"}, "staff": "12"}' >bad.json
run "$meshline" map bad.json --source partner --mesh own
ok 'a bad one is refused' exits 1
ok 'at its place' says "$out" '/contact/email'
ok 'with a sentence' says "$out" 'which must be an integer, got a string'
ok 'and the rule' says "$out" 'rule: mapping/employees'
run "$meshline" map bad.json --source partner --mesh own --json
ok 'as JSON with pointers and rules' is \
    "$(jq -r '.records[0].errors | map(.pointer + " " + .rule) | join(",")' <<<"$out")" \
    '/contact/email mapping/email,/staff mapping/employees'
echo '{"contact": {"email": "a@b.example"}, "staff": "12"}' >text.json
run "$meshline" map text.json --source partner --mesh own --contract 2
ok 'another version may take it' says "$status $out" '0 record 1: a lead, by version 2'
run "$meshline" map text.json --source partner --mesh own --contract 3
ok 'a version that is not there is refused' says "$status $err" 'it has 1 and 2'
run "$meshline" map text.json --source partnr --mesh own
ok 'a source that is not there is suggested' says "$err" 'did you mean "partner"?'
run "$meshline" map text.json --mesh own
ok 'of several sources one must be named' says "$err" 'the mesh has 3 sources'
run "$meshline" map --mesh own
ok 'a file must be named' exits 2

# ---- formats

printf '{"type": "ping"}\n\n{"contact": {"email": "a@b.example"}}\n{bad\n' >lines.ndjson
run "$meshline" map lines.ndjson --source partner --mesh own
ok 'of lines the first is shown' says "$status $out" '0 record 1 (line 1): no lead'
ok 'with the reason for which it is skipped' says "$out" 'skipped: a test call'
run "$meshline" map lines.ndjson --source partner --mesh own --limit 9
ok 'or as many as one likes' says "$out" 'record 2 (line 3): a lead'
ok 'a line that cannot be read is one mistake' says "$status $out" 'record 3 (line 4): cannot be read'
printf 'email;country\na@b.example;DE\nx;y;z\n' >rows.csv
run "$meshline" map rows.csv --source website --mesh own --limit 9
ok 'rows are records' says "$out" 'record 1 (line 2): a lead'
ok 'a ragged row is one mistake' says "$status $out" 'record 2 (line 3): cannot be read'
run sh -c "echo 'email=a%40b.example&country=FR' | '$meshline' map - --source website --mesh own"
ok 'a form is known by its looks' says "$status $out" '"a@b.example"'
echo '{"specversion": "1.0", "id": "7", "source": "/s", "type": "lead", "data":
  {"contact": {"email": "a@b.example"}}}' >event
run "$meshline" map event --source partner --mesh own --content-type application/cloudevents+json
ok 'an event is opened' says "$status $out" '0 record 1: a lead'
echo '{"people": [{"mail": "a@b.example"}, {"mail": 3.5}]}' >people.json
run "$meshline" map people.json --source list --mesh own
ok 'a payload of several records is split' says "$out" 'record 1, part 1 of 2: a lead'
ok 'and each is judged alone' says "$status $out" 'record 1, part 2 of 2: refused'
run "$meshline" map good.json --source partner --mesh own --content-type text/plain
ok 'a type that is not read is refused' says "$status $err" '"text/plain" is not read'
: >empty.csv
run "$meshline" map empty.csv --source website --mesh own
ok 'nothing is no record' exits 1

done_testing
