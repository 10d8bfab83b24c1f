#!/usr/bin/env bash
# meshline oncall: who is on call by the rotations of a mesh.
# shellcheck source-path=SCRIPTDIR source=cli_support.sh
. "$(dirname "$0")/cli_support.sh"

"$meshline" init own >/dev/null
run "$meshline" oncall --mesh own
ok 'a mesh without rotations has nobody on call' exits 1
ok 'and it is said where they go' says "$err" 'has no rotations; add them in on-call.yaml'

mapfile -t reps < <(sed -n '/^reps:/,$ s/^ *- {*id: \([a-z0-9._-]*\).*/\1/p' own/people.yaml)
owner=$(sed -n 's/^owner: //p' own/sources/website.yaml)
mkdir own/calendars
cat >own/on-call.yaml <<END
rotations:
  - id: triage
    team: $owner
    time_zone: Europe/Berlin
    layers:
      - {name: base, start: 2026-01-05, hand_over: "mon 09:00", every: 1w, people: [${reps[0]}, ${reps[1]}]}
    overrides:
      - {person: ${reps[1]}, from: 2026-01-06T12:00, to: 2026-01-06T14:00, reason: swap}
  - id: office
    team: $owner
    time_zone: America/New_York
    layers:
      - {name: days, start: 2026-01-05, hand_over: "daily 00:00", every: 1d, hours: {mon-fri: "09:00-17:00"}, people: [${reps[0]}]}
END
run "$meshline" check own
ok 'the mesh is good' exits 0

# ---- now and next

run "$meshline" oncall triage --mesh own --at 2026-01-06T11:30:00Z
ok 'who is on call is told' exits 0
ok 'with the override and its reason' says "$out" 'override: swap'
ok 'and until when, in the time of the rotation' says "$out" 'Tue 2026-01-06 14:00 +01:00'
ok 'a rotation without gaps has no warning' is "$(grep -c Nobody <<<"$out")" 0
run "$meshline" oncall triage --mesh own --at 2026-01-06T11:30:00Z --json
ok 'as JSON' is "$(jq -r '.rotations[0].now.person' <<<"$out")" "${reps[1]}"
ok 'with whoever is next' is "$(jq -r '.rotations[0].next.person' <<<"$out")" "${reps[0]}"
ok 'and from which layer' is "$(jq -r '.rotations[0].next.layer' <<<"$out")" base
run "$meshline" oncall --mesh own --at 2026-01-06T11:30:00Z --json
ok 'without a name all rotations are told' is "$(jq -r '[.rotations[].rotation] | join(" ")' <<<"$out")" 'triage office'
ok 'and a gap has no person' is "$(jq -r '.rotations[1].now.person' <<<"$out")" null
run "$meshline" oncall office --mesh own --at 2026-01-06T11:30:00Z
ok 'gaps are no failure' exits 0
ok 'but told' says "$out" \
    'Nobody is on call for office from Tue 2026-01-06 06:30 -05:00 to Tue 2026-01-06 09:00 -05:00.'
ok 'the first few of them' says "$out" 'The like is so at'

# ---- shifts

run "$meshline" oncall triage --mesh own --at 2026-03-23T08:00:00Z --days 8
ok 'shifts keep their hour when the clocks change' says "$out" \
    'Mon 2026-03-23 09:00 +01:00  Mon 2026-03-30 09:00 +02:00'
run "$meshline" oncall triage --mesh own --at 2026-01-05T08:00:00Z --days 7 --json
ok 'an override cuts a shift in two' is "$(jq '.rotations[0].shifts | length' <<<"$out")" 3

# ---- iCalendar, out and in

run "$meshline" oncall triage --mesh own --at 2026-01-05T08:00:00Z --days 21 --ics
ok 'a calendar is printed' says "$out" 'BEGIN:VCALENDAR'
ok 'with an event for each shift' is "$(grep -c '^BEGIN:VEVENT' <<<"$out")" 5
uids=$(grep '^UID:' <<<"$out")
run "$meshline" oncall triage --mesh own --at 2026-01-06T00:00:00Z --days 20 --ics
ok 'whose names are the same the next day' is "$(grep '^UID:' <<<"$out")" "$uids"
printf '%s\n' "$out" >own/calendars/triage.ics
cat >>own/on-call.yaml <<END
  - id: copy
    team: $owner
    time_zone: Europe/Berlin
    overrides_ical: [calendars/triage.ics]
    layers:
      - {name: base, start: 2026-06-01, hand_over: "mon 09:00", every: 1w, people: [${reps[0]}]}
END
run "$meshline" oncall copy --mesh own --at 2026-01-06T11:30:00Z --json
ok 'what was printed can be read' is "$(jq -r '.rotations[0].now.person' <<<"$out")" "${reps[1]}"
ok 'as the override that it now is' is "$(jq -r '.rotations[0].now.file' <<<"$out")" calendars/triage.ics

# ---- what is wrong

run "$meshline" oncall triag --mesh own
ok 'an unknown rotation is refused' exits 1
ok 'with the one that is meant' says "$err" 'did you mean "triage"?'
run "$meshline" oncall --mesh own --ics
ok 'a calendar is for one rotation' exits 1
ok 'and says so' says "$err" 'a calendar is for one; name it'
run "$meshline" oncall --mesh own --at yesterday
ok 'a time that is none is wrong usage' exits 2
run "$meshline" oncall --mesh own --ics --json
ok 'and so are two forms at once' exits 2
sed -i 's/SUMMARY:.*/SUMMARY:somebody/' own/calendars/triage.ics
run "$meshline" oncall --mesh own
ok 'an event for nobody is a mistake of the mesh' exits 1
ok 'with file and line' says "$err" 'own/calendars/triage.ics: error: line 6: the summary "somebody" names nobody'

# ---- time off

run "$meshline" oncall inbound --mesh "$mesh" --at 2026-12-01T00:00:00Z
ok 'the example has nobody on call who is away' is "$(grep -c 'time off' <<<"$out")" 0
cp -r "$mesh" acme
sed -i '/Jonas has time off/d; /overrides:/d' acme/on-call.yaml
run "$meshline" oncall inbound --mesh acme --at 2026-12-01T00:00:00Z
ok 'and who is away while on call is told' says "$out" 'jonas.keller is on call for inbound from'

done_testing
