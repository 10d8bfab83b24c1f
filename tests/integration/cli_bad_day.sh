#!/usr/bin/env bash
# The drill of a bad day, in seconds instead of hours: a rep who does not answer, a ladder that climbs
# to the manager, to another pool and to a person who decides; a lead without an address that closes
# itself; an acknowledgement that stops the ladder; a surge; an alert, a silence, an incident with its
# postmortem. The books balance at each step, a SIGKILL in the middle included.
# shellcheck source-path=SCRIPTDIR source=cli_support.sh
# shellcheck disable=SC2317  # functions are called by `ok` and `await`
. "$(dirname "$0")/cli_support.sh"

mkdir -p mesh/sources mesh/pipelines
cat >mesh/mesh.yaml <<'END'
name: drill
owners: [{name: ops, role: routing}, {name: sales, role: sales_ops}]
causes:
  - {name: nobody_there, title: Nobody was there to answer}
  - {name: bad_data}
END
cat >mesh/lead.schema.json <<'END'
{"type": "object", "additionalProperties": false, "properties": {
  "email": {"type": "string"}, "form": {"type": "string"}, "campaign": {"type": "string"}}}
END
cat >mesh/people.yaml <<'END'
teams: [{id: sdr, manager: mia}, {id: desk, manager: mia}]
defaults: {capacity: 1000}
reps: [{id: ana, team: sdr}, {id: ben, team: sdr}, {id: mia, team: sdr}, {id: tom, team: desk}]
END
cat >mesh/pools.yaml <<'END'
pools:
  - {id: sdr, strategy: round_robin, members: [ana, ben], team: sdr}
  - {id: desk, strategy: round_robin, members: [tom], team: desk}
END
cat >mesh/alerts.yaml <<'END'
group: 1s
alerts:
  - {name: hot-late, metric: late_count, objective: contacted, class: hot, over: 0, window: 1h, team: sales, page: true, incident: true}
END
cat >mesh/on-call.yaml <<'END'
rotations:
  - id: sales
    team: sales
    time_zone: Europe/Berlin
    layers: [{name: all, start: 2026-01-05, hand_over: "mon 09:00", every: 1w, people: [mia]}]
END
cat >mesh/pipelines/inbound.yaml <<'END'
pipeline: inbound
owner: ops
classes:
  - name: hot
    when: 'lead.form == "demo"'
    objectives: {assigned: 5s, contacted: 2s, qualified: 30d}
    escalation:
      - {at: 50%, do: remind}
      - {at: 80%, do: notify}
      - {after: 0s, do: take_back}
      - {after: 2s, do: overflow, pool: desk}
      - {after: 4s, do: exception, team: sales, within: 1h}
  # What is to be in time has longer than any of its commands takes on a busy machine.
  - name: warm
    when: 'lead.form == "call"'
    objectives: {assigned: 30s, contacted: 15s, qualified: 30d}
    escalation:
      - {after: 0s, do: take_back}
  - {name: standard, objectives: {assigned: 1h, contacted: 30d}}
exceptions:
  missing_email: {team: ops, within: 1s, fallback: disqualify}
surge:
  detect: {start: 3x, end: 1.5x, window: 1m, at_least: 20}
  exempt: [hot]
  nurture: {after: 1h}
routes:
  - {name: no-address, when: '!has(lead.email)', to: {exception: missing_email, team: ops, within: 1s}}
  - {name: everyone, to: {pool: sdr}}
END
printf 'source: website\nowner: ops\n' >mesh/sources/website.yaml
run "$meshline" check mesh
ok 'the mesh is good' exits 0
start data --mesh mesh

cli() { run "$meshline" "$@"; }
# What the last command printed as JSON, by a path of names and places.
field() {
    python3 -c 'import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1].split("."):
    value = value[int(key)] if isinstance(value, list) else value[key]
print(value)' "$1" <<<"$out"
}
lead() {
    out=$(submit "$1")
    field lead
}
events() { curl -sS "$url/v1/leads/$1/events" | grep -o '"type":"[^"]*"' | cut -d'"' -f4; }
has_event() { events "$1" | grep -qx "meshline.$2"; }
count_events() { events "$1" | grep -cx "meshline.$2"; }
balances() {
    cli reconcile
    exits 0
}

# ---- a rep who does not answer
kept=$(lead '{"email":"b@example.com","form":"call"}')
cli lead "$kept" contact --channel phone
ok 'another lead is contacted in time' exits 0
calm=$(lead '{"email":"c@example.com","form":"call"}')
cli lead "$calm" acknowledge --note 'on my way to the phone'
ok 'an owner acknowledges a lead' exits 0
late=$(lead '{"email":"a@example.com","form":"demo","campaign":"spring"}')
nobody=$(lead '{"form":"contact"}')

ok 'the silent one climbs its ladder to a person' await 30 has_event "$late" lead.excepted
ok 'each step of the ladder was taken once' is "$(count_events "$late" lead.escalated)" 5
ok 'the objective turned late once' is "$(count_events "$late" lead.late)" 1
ok 'the one that was acknowledged turns late' await 30 has_event "$calm" lead.late
ok 'and nothing else happens to it' \
    is "$(count_events "$calm" lead.late) $(count_events "$calm" lead.returned)" '1 0'
ok 'the contacted one was not escalated behind its contact' \
    is "$(count_events "$kept" lead.late)" 0
ok 'the lead without an address has closed itself' await 10 has_event "$nobody" lead.disqualified
ok 'everything balances' balances

# ---- the person who decides
cli exceptions --json
ok 'the exception is on the board' says "$out" objective_late
exception=$(field exceptions.0.id)
cli exceptions
ok 'the board says how much time is left' says "$out" left
cli exceptions claim "$exception"
ok 'somebody claims it' exits 0
cli exceptions resolve "$exception" --action assign --rep tom
ok 'without cause and remediation nothing is resolved' exits 2
cli exceptions resolve "$exception" --action assign --rep tom --cause laziness --remediation called
ok 'a cause that nobody declared is refused' exits 1
ok 'the refusal says which there are' says "$err" nobody_there

# ---- the machine dies; the promises do not
stop KILL
start data --mesh mesh
cli exceptions resolve "$exception" --action assign --rep tom --cause nobody_there \
    --remediation 'called them myself'
ok 'after a SIGKILL the exception is still there, and is resolved' exits 0
cli exceptions resolve "$exception" --action assign --rep tom --cause nobody_there --remediation again
ok 'an exception is resolved once' exits 1
cli lead "$late" --json
ok 'the lead has the owner that was chosen' is "$(field owner)" tom
ok 'everything balances' balances
cli exceptions show "$exception" --json
ok 'the exception remembers who resolved it and why' says "$out" 'called them myself'

# ---- what was promised and what was kept
cli objectives --by class --json
ok 'objectives are counted by class' says "$out" '"hot"'
cli objectives --by campaign
ok 'and by campaign' says "$out" spring
cli objectives --by class --heatmap
ok 'and hour by hour' exits 0
ok 'the view can be read by hand' is "$(sqlite3 data/state.db \
    "SELECT group_concat(value || ' ' || late, ', ') FROM (SELECT value, sum(late) AS late FROM objective_counts
        WHERE dimension = 'class' AND objective = 'contacted' AND late > 0 GROUP BY value ORDER BY value)" 2>&1)" \
    'hot 1, warm 1'

# ---- alerts and incidents
fires() {
    cli alerts --json
    says "$out" '"firing"'
}
ok 'the alert fires' await 30 fires
paged() {
    cli deliveries --json
    says "$out" '"page"'
}
ok 'who is on call is told' await 30 paged
ok 'and it is mia' says "$out" mia
cli alerts silence --rule hot-late --for 1h --reason 'we know'
ok 'the alert is silenced' exits 0
cli alerts silences
ok 'the silence is listed' says "$out" 'we know'
cli incidents --json
ok 'an incident has opened by itself' says "$out" hot-late
incident=$(field incidents.0.id)
cli incidents note "$incident" --text 'two reps were at lunch'
ok 'somebody notes what happened' exits 0
cli incidents close "$incident" --text 'Nobody covered lunch.'
ok 'without causes and items it does not close' exits 2
cli incidents close "$incident" --text 'Nobody covered lunch.' --cause nobody_there \
    --item 'Cover lunch;mia;2099-01-01'
ok 'it closes with a postmortem' exits 0
cli incidents show "$incident"
ok 'the timeline tells what happened' says "$out" 'two reps were at lunch'
cli incidents "done" "$incident" 1
ok 'the item is done' exits 0

# ---- a surge
for ((i = 0; i < 60; i++)); do
    printf '{"email":"s%d@example.com","form":"contact","campaign":"launch"}\n' "$i"
done >surge.ndjson
cli send surge.ndjson --source website
ok 'a campaign brings many at once' exits 0
surges() { curl -sS "$url/v1/surges" | grep -q launch; }
ok 'the surge is noticed' await 30 surges

# ---- reports
cli report daily --format md
ok 'the daily report names the queries behind its figures' says "$out" SELECT
cli report weekly --format html
ok 'the weekly report is a page' says "$out" '</html>'
cli report monthly --format json
ok 'the monthly report tells of the incident' says "$out" 'Nobody covered lunch.'
ok 'everything balances' balances
stop TERM
cli rebuild --data data
ok 'the view is rebuilt from the journal' exits 0
cli report daily --data data
ok 'a report needs no server' says "$out" hot
done_testing
