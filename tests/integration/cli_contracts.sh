#!/usr/bin/env bash
# The schema-break drill: a partner starts to send a broken field. Dead letters, a notice, a green
# version with the fix, shadow, canary, promotion, replay; every lead has an owner in the end, and the
# books balance at each step, a SIGKILL in the middle included.
# shellcheck source-path=SCRIPTDIR source=cli_support.sh
. "$(dirname "$0")/cli_support.sh"

mkdir -p mesh/sources mesh/pipelines mesh/contracts/partner
cat >mesh/mesh.yaml <<'END'
name: drill
owners: [{name: ops, role: integrations}]
END
cat >mesh/lead.schema.json <<'END'
{"type": "object", "required": ["email"], "additionalProperties": false, "properties": {
  "email": {"type": "string"}, "employees": {"type": "integer"}, "country": {"type": "string"},
  "external_id": {"type": "string"}}}
END
cat >mesh/people.yaml <<'END'
defaults: {capacity: 1000}
reps: [{id: ana}, {id: ben}]
END
cat >mesh/pools.yaml <<'END'
pools: [{id: all, strategy: round_robin, members: [ana, ben]}]
END
cat >mesh/pipelines/inbound.yaml <<'END'
pipeline: inbound
owner: ops
classes: [{name: standard, objectives: {assigned: 5m}}]
routes: [{name: everyone, to: {pool: all}}]
END
cat >mesh/sources/partner.yaml <<'END'
source: partner
title: Partner portal
owner: ops
contract: 1
mapping:
  email: normalize_email(payload.email)
  country: country_code(payload.country)
  external_id: string(payload.id)
versions:
  - version: 1
    mapping: {employees: payload.employees}
notify: {webhook: "https://partner.example/meshline", every: 1h}
END
cat >mesh/contracts/partner/1.json <<'END'
{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
 "required": ["id", "email", "employees"], "properties": {
  "id": {"type": "integer"}, "email": {"type": "string", "format": "email"},
  "employees": {"type": "integer", "minimum": 0}, "country": {"type": "string"}}}
END
run "$meshline" check mesh
ok 'the mesh is good' exits 0
ok 'check says which version is in force' says "$out" 'contract  partner: version 1 in force'
start data --mesh mesh

# post JSON: to the partner's source; leaves status and body.
post() {
    status=$(curl -sS -o answer -w '%{http_code}' -H 'Content-Type: application/json' \
        --data "$1" "$url/v1/sources/partner/leads")
    out=$(cat answer)
}
# The sum as the rows have it, once the view has caught up.
books() {
    local seq
    seq=$(curl -sS "$url/readyz" | jq .journal_seq)
    curl -sS -H "Min-Seq: $seq" "$url/v1/reconciliation" >books
    jq -r '"\(.balanced) \(.accepted) \(.owned) \(.dead_lettered) \(.settled)"' books
}
get() { curl -sS -H "Min-Seq: $(curl -sS "$url/readyz" | jq .journal_seq)" "$url$1"; }

for i in 1 2 3; do post '{"id": '$i', "email": "A'$i'@X.example", "employees": 10, "country": "Germany"}'; done
ok 'good records become leads' is "$status" 201
lead=$(jq -r .lead answer)
ok 'mapped to the canonical lead' is "$(get "/v1/leads/$lead" | jq -c '.attributes')" \
    '{"email":"A3@x.example","employees":10,"country":"DE","external_id":"3"}'
ok 'the lead names the version that read it' is "$(get "/v1/leads/$lead" | jq .contract)" 1
ok 'the books balance' is "$(books)" 'true 3 3 0 0'

# ---- the partner sends a broken field

post '{"id": 4, "email": "a4@x.example", "employees": "many", "country": "FR"}'
ok 'a broken record is refused' is "$status" 422
ok 'with the place of the mistake' is "$(jq -r '.errors[0].pointer' answer)" /employees
ok 'and of the rule' is "$(jq -r '.errors[0].rule' answer)" /properties/employees/type
first=$(jq -r .dead_letter answer)
ok 'and the id of the dead letter' is "${first:0:1}" D
ok 'which is there, whole' is "$(get "/v1/dead-letters/$first" | jq -r '.payload | fromjson | .employees')" many
for i in 5 6; do post '{"id": '$i', "email": "a'$i'@x.example", "employees": "many"}'; done
printf '%s\n' '{"id": 7, "email": "a7@x.example", "employees": 7}' \
    '{"id": 8, "email": "a8@x.example", "employees": "few"}' '{"id": 9, "email": ' |
    curl -sS -H 'Content-Type: application/x-ndjson' --data-binary @- "$url/v1/sources/partner/leads" >lines
ok 'in a batch one bad line does not stop the others' \
    is "$(jq -r .status lines | tr '\n' ' ')" '201 422 400 '
ok 'and each has its dead letter' is "$(jq -r '.dead_letter // empty' lines | grep -c '^D')" 2
ok 'the books balance with what is dead-lettered' is "$(books)" 'true 9 4 5 0'

run "$meshline" dead-letters clusters --json
ok 'the dead letters cluster' is "$(jq -c '[.clusters[].count] | sort' <<<"$out")" '[1,4]'
run "$meshline" dead-letters
ok 'people can list them' says "$out" "$first"
get /v1/deliveries >deliveries
ok 'the partner is to be told once for each kind' \
    is "$(jq '[.deliveries[] | select(.purpose == "notice" and .target == "https://partner.example/meshline")] | length' deliveries)" 2

# ---- a SIGKILL, and a release with a green version

stop KILL
cat >mesh/contracts/partner/2.json <<'END'
{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
 "required": ["id", "email", "employees"], "properties": {
  "id": {"type": "integer"}, "email": {"type": "string", "format": "email"},
  "employees": {"type": ["integer", "string"]}, "country": {"type": "string"}}}
END
cat >>mesh/sources/partner.yaml <<'END'
candidate: {version: 2, mode: shadow, fall_back: {percent: 50, records: 4, within: 1h}}
END
sed -i 's|^    mapping: {employees: payload.employees}|&\n  - version: 2\n    mapping: {employees: "type(payload.employees) == int ? payload.employees : payload.employees == \\"many\\" ? 1000 : null"}|' \
    mesh/sources/partner.yaml
run "$meshline" contract diff mesh/contracts/partner/1.json mesh/contracts/partner/2.json
ok 'the difference may break our mapping, not the sender' exits 1
run "$meshline" check mesh
ok 'the mesh with both versions is good' exits 0
ok 'check says which one is tried' says "$out" 'version 1 in force, 2 in the shadow'
start data --mesh mesh
ok 'nothing is lost by the SIGKILL' is "$(books)" 'true 9 4 5 0'

# ---- shadow: green reads along and changes nothing

post '{"id": 10, "email": "a10@x.example", "employees": "many"}'
ok 'in the shadow blue decides' is "$status" 422
post '{"id": 11, "email": "a11@x.example", "employees": 11}'
ok 'as before' is "$status" 201
get /v1/sources/partner >source
ok 'the source stands in the shadow mode' is "$(jq -r '"\(.active) \(.candidate) \(.mode)"' source)" '1 2 shadow'
ok 'what green would have done is counted' \
    is "$(jq -c '.versions[] | select(.version == 2) | [.shadow.same, .shadow.accepted]' source)" '[1,1]'
ok 'the books balance in the shadow' is "$(books)" 'true 11 5 6 0'

# ---- canary: a share of the records, or who declares it

run "$meshline" contract canary partner --version 2 --percent 50
ok 'a canary begins' exits 0
status=$(curl -sS -o answer -w '%{http_code}' -H 'Content-Type: application/json' -H 'Contract-Version: 2' \
    --data '{"id": 12, "email": "a12@x.example", "employees": "many"}' "$url/v1/sources/partner/leads")
ok 'a sender may declare the version' is "$status" 201
status=$(curl -sS -o answer -w '%{http_code}' -H 'Content-Type: application/json' -H 'Contract-Version: 7' \
    --data '{"id": 13, "email": "a13@x.example", "employees": "many"}' "$url/v1/sources/partner/leads")
ok 'one that there is not makes a dead letter' is "$status" 422
for i in {100..139}; do post '{"id": '"$i"', "email": "b'"$i"'@x.example", "employees": 1}'; done
blue=$(get '/v1/sources/partner' | jq '.versions[] | select(.version == 1) | .accepted')
green=$(get '/v1/sources/partner' | jq '.versions[] | select(.version == 2) | .accepted')
ok 'about half of the records are read by green' \
    test "$green" -gt 8 -a "$green" -lt 34 -a $((blue + green)) -eq 46
ok 'the books balance with the canary' is "$(books)" 'true 53 46 7 0'

# ---- green breaks: the canary is given up by itself

for i in 200 201 202 203 204 205 206 207; do
    curl -sS -o answer -H 'Content-Type: application/json' -H 'Contract-Version: 2' \
        --data '{"id": "'$i'", "email": "c'$i'@x.example", "employees": 1}' "$url/v1/sources/partner/leads"
done
for i in {1..40}; do
    [[ $(get /v1/sources/partner | jq -r .mode) == none ]] && break
    curl -sS -o answer -H 'Content-Type: application/json' -H 'Contract-Version: 2' \
        --data '{"id": "'"$i"'x", "email": "d'"$i"'@x.example", "employees": 1}' "$url/v1/sources/partner/leads"
done
ok 'too many violations end the canary' is "$(get /v1/sources/partner | jq -r '"\(.active) \(.mode)"')" '1 none'
ok 'the books balance after the fall-back' is "$(books | cut -d' ' -f1)" true

# ---- promote, roll back, promote

run "$meshline" contract shadow partner --version 2
run "$meshline" contract promote partner --note 'the partner was right'
ok 'green is promoted' is "$(get /v1/sources/partner | jq -r '"\(.active) \(.previous)"')" '2 1'
run "$meshline" contract roll-back partner
ok 'and rolled back' is "$(get /v1/sources/partner | jq -r .active)" 1
run "$meshline" contract promote partner --version 2
ok 'and promoted again' is "$(get /v1/sources/partner | jq -r .active)" 2
post '{"id": 14, "email": "a14@x.example", "employees": "many"}'
ok 'what was broken is a lead now' is "$status" 201

# ---- replay

before=$(books)
captured=$(get "/v1/dead-letters/$first" | jq -r .captured_at)
run "$meshline" dead-letters replay "$first" --json
ok 'one dead letter is replayed' is "$(jq -r .leads <<<"$out")" 1
get "/v1/dead-letters/$first" >one
ok 'it is settled by a lead' is "$(jq -r .state one)" replayed
lead=$(jq -r .lead one)
ok 'which keeps the time of capture' is "$(get "/v1/leads/$lead" | jq -r .captured_at)" "$captured"
ok 'and has an owner' is "$(get "/v1/leads/$lead" | jq -r .place)" owned
run "$meshline" dead-letters replay "$first" --json
ok 'a second replay makes no second lead' is "$(get "/v1/leads?email=a4@x.example" | jq '.leads | length')" 1
run "$meshline" dead-letters replay --source partner --violation '/properties/employees/type at /employees'
ok 'a cluster is replayed' exits 0
ok 'the books balance after the replay' is "$(books | cut -d' ' -f1)" true
ok 'the others stay: they are broken still' is "$(jq .accepted books)" "$(cut -d' ' -f2 <<<"$before")"
left=$(jq .dead_lettered books)
run "$meshline" dead-letters --json --state open --limit 500
ok 'what is left is what green refuses too' is "$(jq '.dead_letters | length' <<<"$out")" "$left"
for id in $(jq -r '.dead_letters[].id' <<<"$out"); do
    "$meshline" dead-letters discard "$id" --reason 'test record of the partner' >/dev/null 2>err || cat err
done
ok 'every record is a lead with an owner, or settled by a person' is \
    "$(books | awk '{ print $1, $2 - $3 - $5, $4 }')" 'true 0 0'
run "$meshline" reconcile
ok 'reconcile proves it' exits 0
stop
run "$meshline" verify --data data
ok 'the chain of the journal holds' exits 0
before=$(sqlite3 data/state.db 'SELECT state, count(*) FROM dead_letters GROUP BY state ORDER BY state' 2>/dev/null)
rm data/state.db
run "$meshline" rebuild --data data
ok 'state.db can be made anew' exits 0
ok 'with the same dead letters' is "$before" \
    "$(sqlite3 data/state.db 'SELECT state, count(*) FROM dead_letters GROUP BY state ORDER BY state')"
done_testing
