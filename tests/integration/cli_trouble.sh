#!/usr/bin/env bash
# Promises and trouble on the command line: exceptions, objectives, alerts, incidents, reports.
# shellcheck source-path=SCRIPTDIR source=cli_support.sh
# shellcheck disable=SC2016,SC2119,SC2317  # backquotes are text; functions are called by `ok` and `await`
. "$(dirname "$0")/cli_support.sh"

mkdir -p mesh/sources mesh/pipelines
cat >mesh/mesh.yaml <<'END'
name: clock
owners: [{name: ops, role: routing}]
causes: [{name: bad_data, title: What was sent is wrong}, {name: vendor_outage}]
END
echo '{"type": "object", "properties": {"email": {"type": "string"}, "phone": {"type": "string"},
  "campaign": {"type": "string"}}}' >mesh/lead.schema.json
echo 'reps: [{id: ana, capacity: 1000, team: north}]' >mesh/people.yaml
echo 'pools: [{id: all, strategy: round_robin, members: [ana]}]' >mesh/pools.yaml
cat >mesh/pipelines/inbound.yaml <<'END'
pipeline: inbound
owner: ops
classes: [{name: standard, objectives: {assigned: 5m, contacted: 4h}}]
exceptions: {missing_email: {queue: validation, team: north, within: 24h, fallback: disqualify}}
routes:
  - {name: no-address, when: '!has(lead.email)', to: {exception: missing_email}}
  - {name: everyone, to: {pool: all}}
END
cat >mesh/sources/website.yaml <<'END'
source: website
owner: ops
END
start data --mesh mesh

omits() { [[ $1 != *"$2"* ]]; }
lead_of() { jq -r .lead <<<"$1"; }
open_exceptions() { [[ $("$meshline" exceptions --json | jq '.exceptions | length') -eq $1 ]]; }
exception_of() { "$meshline" exceptions --json --lead "$1" | jq -r '.exceptions[0].id'; }

# ---- wrong usage

for command in exceptions objectives alerts incidents report; do
    run "$meshline" "$command" --help
    ok "$command says what it does" says "$status $out" "0 meshline $command "
    run "$meshline" "$command" --nonsense
    ok "$command refuses options that there are not" exits 2
done
run "$meshline" exceptions bury
ok 'an action that is none is refused' says "$status $err" '2 meshline exceptions: there is nothing called "bury"'
run "$meshline" exceptions show
ok 'an id that is missing is asked for' says "$status $err" '2 meshline exceptions: ID, as in X1024, is missing'
run "$meshline" exceptions resolve X1 --action dismiss --cause bad_data
ok 'a resolution needs a remediation' says "$status $err" '2 meshline exceptions: --remediation is missing'
run "$meshline" exceptions resolve X1 --action assign --cause bad_data --remediation x
ok 'assigning needs somebody' says "$status $err" '2 meshline exceptions: --rep is missing'
for what in '' '--all' 'X1 --kind manual' 'X1 --all'; do
    # shellcheck disable=SC2086  # words
    run "$meshline" exceptions resolve $what --action retry --cause bad_data --remediation x
    ok "what to resolve is said once, not '$what'" says "$status $err" '2 meshline exceptions: say once what to resolve'
done
run "$meshline" exceptions show L12
ok 'an id that is none is refused' says "$status $err" 'X1024'
run "$meshline" exceptions show X999999
ok 'and one that was never given' says "$status $err" 'X999999'
run "$meshline" objectives --from tomorrow
ok 'a time that is none is refused' says "$status $err" '2 meshline objectives: --from takes a date'
run "$meshline" objectives --by weather
ok 'and so is a dimension' exits 1
ok 'with those that there are' says "$err" 'campaign'
run "$meshline" alerts silence --for 2h --reason x
ok 'a silence names something' says "$status $err" '2 meshline alerts: say what to silence'
run "$meshline" alerts silence --rule surge --reason x
ok 'and ends' says "$status $err" '2 meshline alerts: say once when it ends'
run "$meshline" alerts silence --rule surge --for soon --reason x
ok 'at a time that is one' says "$status $err" '2 meshline alerts: --for takes a span'
run "$meshline" alerts silence --rule surge --for 2h
ok 'for a reason' says "$status $err" '2 meshline alerts: --reason is missing'
run "$meshline" incidents close I1 --text x --cause bad_data
ok 'a postmortem says what will be done' says "$status $err" '2 meshline incidents: --item is missing'
run "$meshline" incidents close I1 --text x --cause bad_data --item 'a runbook;ana'
ok 'with owner and date' says "$status $err" '2 meshline incidents: --item takes what is to be done'
run "$meshline" report yearly
ok 'a report is one of three' says "$status $err" '2 meshline report: a report is daily, weekly or monthly'
run "$meshline" report daily --format pdf
ok 'in one of three forms' says "$status $err" '2 meshline report: --format takes md, html or json'
run "$meshline" report daily --data nowhere
ok 'a data directory that is not there is named' says "$status $err" '1 meshline: nowhere/state.db: is not there'

# ---- exceptions

first=$(lead_of "$(submit '{"phone": "+49 30 1234567"}')")
owned=$(lead_of "$(submit '{"email": "kim@example.com", "campaign": "spring"}')")
await 20 open_exceptions 1
run "$meshline" exceptions
ok 'what needs a decision is listed' says "$out" "missing_email  $first"
ok 'with queue, team and the time that is left' says "$out" 'validation  north'
ok 'in hours' says "$out" '23 h left'
x=$(exception_of "$first")
run "$meshline" exceptions show "$x"
ok 'one says who decides' says "$out" 'team          north'
ok 'and what happens by itself' says "$out" 'disqualify at the deadline'
run "$meshline" exceptions claim "$x" --note 'on it'
ok 'it can be claimed' says "$status $out" "0 $x is yours"
run "$meshline" exceptions list --claimed nobody
ok 'then it is not among what nobody has taken' omits "$out" "$x"
run "$meshline" exceptions release "$x"
ok 'and given back' says "$status $out" "0 $x is free again"
run "$meshline" exceptions list --claimed nobody
ok 'and is again' says "$out" "$x"
run "$meshline" exceptions clusters --claimed nobody
ok 'clusters tell the same, with their queue' says "$out" 'missing_email  validation'
run "$meshline" exceptions release "$x" --if-version 1
ok 'but not by what was read too long ago' exits 1
run "$meshline" exceptions resolve "$x" --action assign --rep ana --cause bad_date --remediation 'asked by phone'
ok 'a cause that nobody declared is refused' exits 1
ok 'with those that are' says "$err" 'bad_data'
run "$meshline" exceptions resolve "$x" --action assign --rep ana --cause bad_data --remediation 'asked by phone'
ok 'it is resolved' says "$status $out" "0 $x is resolved: assign"
run "$meshline" exceptions resolve "$x" --action requeue --cause bad_data --remediation again
ok 'once' exits 1
ok 'and the second one hears so' says "$err" "$x"
await 20 open_exceptions 0
run "$meshline" lead "$first"
ok 'the lead has its owner' says "$out" 'owner          ana'
run "$meshline" exceptions list --state resolved --cause bad_data
ok 'what was resolved is found by its cause' says "$out" "$x"
run "$meshline" exceptions show "$x"
ok 'with what was done' says "$out" 'asked by phone'

for number in 1 2 3; do
    submit "{\"phone\": \"+49 30 123450$number\"}" >/dev/null
done
await 20 open_exceptions 3
run "$meshline" exceptions clusters
ok 'the like are counted together' says "$out" '    3  missing_email'
one=$("$meshline" exceptions --json | jq -r '.exceptions[0].id')
run "$meshline" exceptions resolve "$one" "$x" --action disqualify --cause bad_data --remediation 'no way to reach them'
ok 'of several each has its own result' says "$status $out" '1 resolved 1, 1 could not be'
ok 'with the reason' says "$err" "$x is not resolved: "
await 20 open_exceptions 2
run "$meshline" exceptions resolve --kind missing_email --all --action disqualify --cause bad_data --remediation 'no way to reach them'
ok 'all of a kind are resolved at once' says "$status $out" '0 resolved 2'
await 20 open_exceptions 0

# ---- a lead that a rep has

run "$meshline" lead "$owned" acknowledge --note 'calling at ten'
ok 'a lead is acknowledged' says "$status $out" "0 $owned is assigned, owned by ana"
run "$meshline" lead "$owned" raise --note 'the number is a casino'
ok 'a lead is raised' says "$status $out" '0 X'
await 20 open_exceptions 1
run "$meshline" exceptions list --kind manual
ok 'to whom it may concern' says "$out" "manual  $owned"

# ---- objectives

turned() { [[ $("$meshline" objectives --json --objective assigned | jq '[.objectives[].met] | add') -ge 1 ]]; }
await 20 turned
run "$meshline" objectives
ok 'promises are counted' says "$out" 'standard  standard  assigned   100.0 %'
run "$meshline" objectives --by campaign --objective assigned
ok 'by campaign' says "$out" 'spring'
run "$meshline" objectives --heatmap --from 1d
ok 'as a heatmap' says "$out" 'standard assigned '
ok 'in percent' says "$out" ' 100'
ok 'without colours where there is no terminal' is "$(grep -c $'\033' <<<"$out")" 0
run "$meshline" objectives --heatmap --from 2020-01-01 --to 2020-01-02
ok 'of a time in which nothing was, it says so' says "$out" 'No objective turned in that time.'

# ---- alerts

run "$meshline" alerts --json
ok 'alerts are listed' is "$(jq '.alerts | type' <<<"$out")" '"array"'
run "$meshline" alerts silence --rule surge --label spring --for 2h --reason 'the fair is on'
ok 'one is silenced' exits 0
z=$(cut -d ' ' -f 1 <<<"$out")
silenced() { [[ $("$meshline" alerts silences --json | jq '.silences | length') -eq $1 ]]; }
await 20 silenced 1
run "$meshline" alerts silences
ok 'silences tell their reason and end' says "$out" 'the fair is on'
run "$meshline" alerts silence --rule surg --for 2h --reason x
ok 'a rule that is none is refused with the one that is meant' says "$status $err" 'surge'
run "$meshline" alerts unsilence "$z"
ok 'a silence is ended' says "$status $out" "0 $z has ended"
await 20 silenced 0

# ---- incidents

run "$meshline" incidents open --title 'CRM is down' --team north
ok 'an incident is opened' exits 0
i=$(cut -d ' ' -f 1 <<<"$out")
run "$meshline" incidents note "$i" --text 'the vendor confirms'
ok 'and noted' says "$status $out" "0 $i has the note"
run "$meshline" incidents close "$i" --text 'no owner for an hour' --cause vendor_outage \
    --item 'second provider;ana;2099-12-01' --item 'a runbook; ana ;14d'
ok 'and closed with what will be done' says "$status $out" "0 $i is closed"
run "$meshline" incidents close "$i" --text again --cause vendor_outage --item 'x;ana;14d'
ok 'once' exits 1
run "$meshline" incidents "done" "$i" 2 --note written
ok 'what is done is ticked off' says "$status $out" "0 $i has one thing less to do"
one_left() { [[ $("$meshline" incidents --json | jq '.incidents[0].items_open') -eq 1 ]]; }
await 20 one_left
run "$meshline" incidents show "$i"
ok 'the second item is done' says "$out" '2  done'
ok 'the first is not' says "$out" 'd left  ana    2099-12-01  second provider'
ok 'and the story is told' says "$out" 'the vendor confirms'
run "$meshline" incidents
ok 'the list counts what is left' says "$out" '1 of 2'

# ---- reports

run "$meshline" report daily
ok 'a report comes from the server' says "$status $out" '## Promises kept, hour by hour'
run "$meshline" report weekly --format html
ok 'as a page' says "$status $out" '0 <!doctype html>'
run "$meshline" report weekly --json
ok 'and as JSON' is "$(jq -r '.sections[] | select(.id == "causes") | .rows[0].cause' <<<"$out")" bad_data
run "$meshline" report daily --at 1999-99-99
ok 'a date that is none is refused' says "$status $err" 'is no date'
run "$meshline" report monthly --data data --zone Europe/Berlin
ok 'a report comes from the files, beside the server' says "$status $out" 'CRM is down'
stop
run "$meshline" report weekly --data data --json
ok 'and without one' is "$(jq -r '.sections[] | select(.id == "causes") | .rows[0].resolved' <<<"$out")" 4
ok 'with every query' is "$(jq -r '[.sections[].query | select(startswith("SELECT") or startswith("WITH"))] | length' <<<"$out")" \
    "$(jq '.sections | length' <<<"$out")"

done_testing
