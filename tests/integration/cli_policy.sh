#!/usr/bin/env bash
# The policy on the command line: explanations of leads that are there and that might be, fairness,
# duty and limits, exceptions and nurture in words.
# shellcheck source-path=SCRIPTDIR source=cli_support.sh
. "$(dirname "$0")/cli_support.sh"

mkdir -p own/sources own/pipelines
cat >own/mesh.yaml <<'END'
name: own
owners: [{name: ops, role: routing}]
END
cat >own/lead.schema.json <<'END'
{"type": "object", "required": ["email"], "additionalProperties": false, "properties": {
  "email": {"type": "string"}, "country": {"type": "string"}, "employees": {"type": "integer"}}}
END
cat >own/people.yaml <<'END'
calendars:
  - {id: office, time_zone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
defaults: {capacity: 30, calendar: always}
reps:
  - {id: ana}
  - {id: ben, capacity: {open: 30, per_day: 20}}
  - {id: cem, calendar: office}
END
cat >own/pools.yaml <<'END'
pools:
  - {id: dach, strategy: round_robin, members: [ana, ben], overflow: all}
  - {id: all, strategy: least_loaded, members: [ana, ben, cem]}
END
echo '{source: website, title: Ours, owner: ops}' >own/sources/website.yaml
cat >own/pipelines/inbound.yaml <<'END'
pipeline: inbound
owner: ops
classes:
  - {name: hot, when: 'lead.employees >= 1000', objectives: {assigned: 60s}}
  - {name: standard, objectives: {assigned: 5m}}
score: 'lead.employees * 2 + 10'
routes:
  - {name: ice, when: 'lead.country == "AQ"', to: {exception: account_review, team: ops}}
  - {name: later, when: 'lead.country == "MOON"', to: {nurture: newsletter, after: 2h}}
  - {name: big, when: 'lead.country == "US" && lead.employees >= 500', to: {rep: cem}}
  - {name: dach, when: 'lead.country in ["DE", "AT"]', to: {pool: dach}}
  - {name: everyone, to: {pool: all}}
END
run "$meshline" check own
ok 'the mesh is good' exits 0

# ---- a mesh alone

monday=2026-11-23T10:00:00Z
echo '{"email": "a@x.example", "country": "DE", "employees": 120}' >lead.json
run "$meshline" explain --lead lead.json --mesh own --at $monday
ok 'a mesh alone says where a lead would go' says "$out" 'It would go to ana. Nothing was recorded.'
ok 'with the class that it is not, and why' says "$out" 'lead.employees >= 1000'
ok 'and the value that made the difference' says "$out" 'lead.employees is 120'
ok 'and the parts of the score' says "$out" 'lead.employees * 2 is 240'
ok 'and the route' says "$out" 'matched: to pool dach'
ok 'and those who were not next' says "$out" '1 more could have taken it: not next in turn'
run "$meshline" explain --lead lead.json --mesh own --at $monday --away ana,ben --all
ok 'who is away is known' says "$out" 'It would go to cem'
ok 'and that the pool overflows' says "$out" 'of pool all, into which dach overflows'
ok 'and why each of the others did not get it' says "$out" 'set away by hand'
run "$meshline" explain --lead lead.json --mesh own --at 2026-11-22T10:00:00Z --away ana,ben --all
ok 'on a Sunday it waits' says "$out" 'It would wait'
ok 'because of the calendar' says "$out" 'outside working hours'
run "$meshline" explain --lead lead.json --mesh own --at $monday --json
ok 'as JSON it is what the API says' is "$(jq -r '.decisions[0].rep' <<<"$out")" ana
run "$meshline" explain --lead lead.json --mesh own --away anna
ok 'somebody who is not there is suggested' says "$status $err" 'did you mean "ana"?'
echo '{"email": 3, "contry": "DE"}' >wrong.json
run "$meshline" explain --lead wrong.json --mesh own
ok 'mistakes in the lead are named' says "$status $err" 'did you mean'
run "$meshline" explain --lead lead.json --mesh own --at tomorrow
ok 'a time that is none is wrong usage' exits 2
run "$meshline" explain
ok 'nothing to explain is wrong usage' exits 2
run "$meshline" explain L1 --mesh own
ok 'so is a mesh for a lead that is there' exits 2

# ---- a server

start data --mesh own
for i in 1 2 3 4; do submit "{\"email\":\"d$i@x.example\",\"country\":\"DE\"}" >/dev/null; done
run "$meshline" reps ana --available no
ok 'a rep goes away' says "$out" away
for i in 5 6 7 8; do
    lead=$(submit "{\"email\":\"d$i@x.example\",\"country\":\"DE\"}" | jq -r .lead)
done
ice=$(submit '{"email":"ice@x.example","country":"AQ"}' | jq -r .lead)
moon=$(submit '{"email":"moon@x.example","country":"MOON"}' | jq -r .lead)
seq=$(curl -sS "$url/v1/reconciliation" | jq .seq)
run "$meshline" explain --lead lead.json
ok 'the server answers for its present state' says "$out" 'It would go to ben'
run "$meshline" explain --lead wrong.json
ok 'it names mistakes too' says "$status $err" '/lead/contry'
echo '{"email": "D1@x.example"}' >known.json
run "$meshline" explain --lead known.json
ok 'a known person is no new lead' says "$out" 'it would be a touchpoint on L'
ok 'nothing of that was recorded' is "$(curl -sS "$url/v1/reconciliation" | jq .seq)" "$seq"
run "$meshline" explain "$lead"
ok 'a lead that is there names who was passed over' says "$out" 'passed over ana: is away'
run "$meshline" explain "$lead" --all
ok 'and with --all everybody' says "$out" 'set away by hand'
run "$meshline" lead "$ice"
ok 'an exception says its kind' says "$out" 'account_review'
ok 'and its team' says "$out" 'team           ops'
run "$meshline" explain "$ice"
ok 'its explanation too' says "$out" 'exception account_review for team ops, to be decided by'
run "$meshline" leads --place exception
ok 'and the list' says "$out" 'exception: account_review, ops'
run "$meshline" explain "$moon"
ok 'nurture says until when' says "$out" 'nurture newsletter until'
run "$meshline" reps
ok 'limits are shown' says "$out" ' of 20'
run "$meshline" reconcile
ok 'it balances with both' says "$status $out" balances

# ---- fairness

run "$meshline" fairness --pool dach
ok 'fairness says who had less' says "$out" '2.0 fewer: away (2.0)'
ok 'and who had more' says "$out" '2.0 more: others could take none (2.0)'
from_server=$("$meshline" fairness --json)
run "$meshline" fairness --data data --json
ok 'the journal alone says the same' is "$(jq -cS .pools <<<"$out")" "$(jq -cS .pools <<<"$from_server")"
run "$meshline" fairness --data data --from 2100-01-01
ok 'a window may be empty' says "$out" '0 assignments'
run "$meshline" fairness --pool dahc
ok 'a pool that is not there is an error' says "$status $err" 'there is no pool "dahc"'
run "$meshline" fairness --from 2026-12-01 --to 2026-11-01
ok 'a window that ends before it begins is wrong usage' exits 2
stop TERM

done_testing
