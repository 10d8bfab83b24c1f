#!/usr/bin/env bash
# Dead letters, the versions of a contract and deliveries on the command line: what people see and what
# wrong usage gets. (What becomes of the records is told by cli_contracts.sh.)
# shellcheck source-path=SCRIPTDIR source=cli_support.sh
# shellcheck disable=SC2016,SC2119,SC2317  # backquotes are text; functions are called by `ok`
. "$(dirname "$0")/cli_support.sh"

mkdir -p mesh/sources mesh/pipelines mesh/contracts/partner
printf 'name: letters\nowners: [{name: ops, role: integrations}]\n' >mesh/mesh.yaml
echo '{"type": "object", "required": ["email"], "properties": {"email": {"type": "string"},
  "employees": {"type": "integer"}}}' >mesh/lead.schema.json
echo 'reps: [{id: ana, capacity: 1000}]' >mesh/people.yaml
echo 'pools: [{id: all, strategy: round_robin, members: [ana]}]' >mesh/pools.yaml
cat >mesh/pipelines/inbound.yaml <<'END'
pipeline: inbound
owner: ops
classes: [{name: standard, objectives: {assigned: 5m}}]
routes: [{name: everyone, to: {pool: all}}]
END
cat >mesh/sources/partner.yaml <<'END'
source: partner
contract: 1
mapping: {email: payload.email}
versions:
  - {version: 1, mapping: {employees: payload.employees}}
  - version: 2
    mapping: {employees: 'type(payload.employees) == int ? payload.employees : 1000'}
    skip: 'payload.email == "test@x.example"'
notify: {emails: [ops@partner.example]}
END
echo '{"required": ["email"], "properties": {"email": {"type": "string"},
  "employees": {"type": "integer"}}}' >mesh/contracts/partner/1.json
echo '{"required": ["email"], "properties": {"email": {"type": "string"},
  "employees": {"type": ["integer", "string"]}}}' >mesh/contracts/partner/2.json

# ---- usage

run "$meshline" dead-letters bury
ok 'an action that is none is refused' says "$status $err" '2 meshline dead-letters: there is nothing called "bury"'
run "$meshline" dead-letters show
ok 'an id that is missing is asked for' says "$status $err" 'ID, as in D1024, is missing'
run "$meshline" dead-letters show L12
ok 'an id that is none is refused' says "$status $err" '"L12" is no id of a dead letter'
run "$meshline" dead-letters discard D12
ok 'giving up needs a reason' says "$status $err" '--reason is missing'
for what in '' 'D1 --all' '--all --source s' '--cluster 1 --all' 'D1 --source s'; do
    # shellcheck disable=SC2086  # words
    run "$meshline" dead-letters replay $what
    ok "what to replay is said once, not '$what'" says "$status $err" '2 meshline dead-letters: say once what to replay'
done
run "$meshline" contract canary partner --version 2
ok 'a canary needs its share' says "$status $err" '--percent is missing'
run "$meshline" contract canary partner --version 2 --percent 200
ok 'of at most everything' says "$status $err" 'from 0.01 to 100, not "200"'
run "$meshline" contract promote
ok 'a source that is missing is asked for' says "$status $err" 'SOURCE is missing'
run "$meshline" contract stop partner --version 2
ok 'an option that makes no sense is refused' says "$status $err" 'stop takes no --version'
for command in dead-letters deliveries 'contract status'; do
    # shellcheck disable=SC2086  # words
    run "$meshline" $command --help
    ok "$command --help has examples" says "$status $out" 'Examples:'
done

# ---- looking

start data --mesh mesh
post() { curl -sS -H 'Content-Type: application/json' --data "$1" "$url/v1/sources/partner/leads"; }
for i in 1 2 3; do first=$(post '{"email": "a'$i'@x.example", "employees": "many"}' | jq -r .dead_letter); done
odd=$(post '{"email": 7, "employees": 1}' | jq -r .dead_letter)
post '{"email": "good@x.example", "employees": 1}' >/dev/null
caught_up() { [[ $(curl -sS "$url/readyz" | jq .view_lag) == 0 ]]; }
await 10 caught_up
run "$meshline" dead-letters
ok 'dead letters are listed' is "$(wc -l <<<"$out")" 5
ok 'with what is wrong' says "$out" '`/employees` must be a whole number'
run "$meshline" dead-letters --source partner --violation '/properties/email/type at /email'
ok 'filters add up' is "$(wc -l <<<"$out")" 2
run "$meshline" dead-letters --limit 2
ok 'a list that is cut says so' says "$err" 'there are more'
run "$meshline" dead-letters show "$first"
ok 'show tells the mistakes' says "$out" '    `/employees` must be a whole number'
ok 'by rule' says "$out" 'rule /properties/employees/type'
ok 'and the payload' says "$out" '"employees": "many"'
run "$meshline" dead-letters show D99999
ok 'one that is not there is an error' says "$status $err" 'there is no dead letter D99999'
run "$meshline" dead-letters clusters
ok 'clusters come by their size' grep -Eq '^ *1 +3 +partner' out
run "$meshline" dead-letters export --state open
ok 'export writes whole ones, one a line' is "$(jq -s 'map(.payload != null) | length' <<<"$out")" 4
run "$meshline" dead-letters export --state opn
ok 'a filter that makes no sense is an error' says "$status $err" 'did you mean "open"?'

# ---- replaying

run "$meshline" dead-letters replay --cluster 1
ok 'what is refused again fails' exits 1
ok 'and says why' says "$err" '    `/employees` must be a whole number'
ok 'and counts' says "$out" 'replayed: 0 leads, 0 touchpoints, 3 refused again'
run "$meshline" dead-letters replay --cluster 7
ok 'a cluster that is not there is an error' says "$status $err" 'there are 2'
run "$meshline" dead-letters replay --cluster 1 --read-as 2 --dry-run
ok 'a dry run says what would become of them' says "$status $out" '0 would become: 3 leads'
run "$meshline" dead-letters --state open
ok 'and changes nothing' is "$(wc -l <<<"$out")" 5
run "$meshline" dead-letters replay "$first" --read-as 2
ok 'one is replayed' says "$status $out" '0 replayed: 1 lead, 0 touchpoints'
run "$meshline" dead-letters replay "$first" --read-as 2
ok 'only once' says "$status $out" '1 no longer open'
run "$meshline" contract promote partner --version 2
ok 'a version is put in force' says "$out" 'partner: version 2 is in force'
run "$meshline" dead-letters replay --all
ok 'what is left is tried' says "$status $out" '1 replayed: 2 leads, 0 touchpoints, 1 refused again'
run "$meshline" dead-letters discard "$odd" --reason 'a test'
ok 'the rest is given up' says "$status $out" "0 $odd is discarded"
run "$meshline" dead-letters discard "$odd" --reason 'a test'
ok 'only once as well' exits 1
run "$meshline" reconcile
ok 'all of it is in the books' says "$status $out" 'balances'
ok 'and what was settled' grep -Eq 'settled +1' out

# ---- versions

run "$meshline" contract roll-back partner
ok 'a promotion is taken back' says "$out" 'version 1 is in force'
run "$meshline" contract shadow partner --version 2
ok 'a candidate is compared' says "$out" 'version 2 is compared in its shadow'
post '{"email": "shadow@x.example", "employees": "many"}' >/dev/null
await 10 caught_up
run "$meshline" contract status partner
ok 'status tells how it does' grep -Eq '^2 candidate .* 1$' out
ok 'and in what it differs' says "$out" 'version 2, in shadow, differently'
run "$meshline" contract canary partner --version 2 --percent 12.5
ok 'a candidate reads a share' says "$out" 'version 2 reads 12.5 %'
run "$meshline" contract status
ok 'status lists every source' says "$out" '2, canary 12.5 %'
run "$meshline" contract shadow partnr --version 2
ok 'a source that is none is an error with the nearest' says "$status $err" 'did you mean "partner"?'

# ---- deliveries

run "$meshline" deliveries
ok 'the partner is to be told' says "$out" 'mailto:ops@partner.example'
run "$meshline" deliveries --purpose notice --json
ok 'of each kind once' is "$(jq '.deliveries | length' <<<"$out")" "$(jq '[.deliveries[].seq] | unique | length' <<<"$out")"
run "$meshline" deliveries show "$(jq -r '.deliveries[0].id' <<<"$out")"
ok 'one says whom it is for and why' says "$out" 'mailto:ops@partner.example'
run "$meshline" deliveries --state open
ok 'a state that is none is an error with those that are' says "$status $err" 'pending, delivered, failed'
run "$meshline" deliveries retry
ok 'sending again needs an id' says "$status $err" '2 '
run "$meshline" destinations
ok 'a mesh without destinations has none' is "$(wc -l <<<"$out")" 1
run "$meshline" destinations show crm
ok 'and says so when asked for one' says "$status $err" 'crm'
stop
done_testing
