#!/usr/bin/env bash
# Grows the example company to the size of a large one: more routes in front of its own, more reps in
# its pools, capacity for two million open leads and nobody ever off duty, so that none waits and that it
# measures the same at any time of day. Promises are on the wall clock, and what is sent is no surge.
#
#   bench/grow_mesh.sh NEW_DIRECTORY [ROUTES] [REPS]      (default: 100 routes, 200 reps)
#
# The source "checked" takes what "website" takes, under a contract of 23 properties that are all mapped.
# Every lead gets an owner, for the benchmarks contact and close what they send.
# The new routes are of the kinds that such lists are made of (named accounts, campaigns in a region,
# an industry by size and country). They come first, so a lead that only a country places has been
# tried against all of them. The leads of bench/payload.c match about one in ten of them. None hides
# another: of those that differ in size only, the largest companies come first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${1:?usage: bench/grow_mesh.sh NEW_DIRECTORY [ROUTES] [REPS]}
routes=${2:-100}
reps=${3:-200}

mkdir "$target"
cp -R examples/acme/. "$target"
rm -r "$target/tests" # of the company as it is
# Nothing leaves the process, and nobody is asked: bench/effects.sh has destinations of its own.
rm -rf "$target/destinations" "$target/providers" "$target/notifications.yaml"
mkdir -p "$target/contracts/checked"
cp bench/checked/source.yaml "$target/sources/checked.yaml"
cp bench/checked/1.json "$target/contracts/checked/1.json"

awk -v wanted="$reps" '
    /^    (calendar|time_off|time_off_ical):/ { next }
    { sub(/capacity: *([0-9]+|\{.*\})/, "capacity: 10000"); print }
    /^defaults:/ { print "  calendar: always" }
    /^reps:/ { reps = 1 }
    reps && /^  - id:/ { have++ }
    END {
        split("enterprise dach emea americas apac", team, " ")
        split("GB DE FR US JP", country, " ")
        split("Europe/London Europe/Berlin Europe/Paris America/New_York Asia/Tokyo", zone, " ")
        for (i = have + 1; i <= wanted; i++) {
            at = i % 5 + 1
            printf "  - id: rep.%03d\n    name: Rep %03d\n", i, i
            printf "    email: rep.%03d@acme-robotics.example\n    team: %s\n", i, team[at]
            printf "    country: %s\n    time_zone: %s\n", country[at], zone[at]
        }
    }' examples/acme/people.yaml >"$target/people.yaml"

awk -v wanted="$routes" -v reps="$reps" '
    function accounts(i,    list, k) {
        for (k = 0; k < 8; k++)
            list = list (k ? ", " : "") sprintf("\"account-%03d.example\"", i * 8 + k)
        return "lead.domain in [" list "]"
    }
    function grow(i,    at) {
        at = i % 5 + 1
        printf "  - name: grown-%03d\n", i
        if (i % 3 == 0)
            printf "    when: '\''%s'\''\n    to: {rep: rep.%03d}\n", accounts(i / 3), reps - i
        else if (i % 3 == 1)
            printf "    when: '\''lead.campaign == \"campaign-%03d\" && lead.country in [%s]'\''\n    to: {pool: %s}\n", i, region[at], pool[at]
        else
            printf "    when: '\''lead.industry == \"%s\" && lead.employees >= %d && lead.country == \"%s\"'\''\n    to: {pool: %s}\n", industry[i % 6 + 1], 50 * (1 + int((wanted - i) / 18)), country[i % 9 + 1], pool[at]
    }
    BEGIN {
        split("enterprise dach emea americas apac", pool, " ")
        region[1] = "\"GB\", \"IE\""; region[2] = "\"DE\", \"AT\", \"CH\""
        region[3] = "\"FR\", \"IT\", \"ES\""; region[4] = "\"US\", \"CA\", \"BR\""
        region[5] = "\"JP\", \"SG\", \"AU\", \"NZ\""
        split("logistics retail manufacturing pharma food automotive", industry, " ")
        split("US DE GB FR CA JP NL SE IT", country, " ")
    }
    FNR == NR { if (/^routes:/) in_routes = 1; else if (in_routes && /^ +- name:/) have++; next }
    { print }
    /^routes:/ { for (i = 0; i < wanted - have; i++) grow(i) }
' examples/acme/pipelines/inbound.yaml examples/acme/pipelines/inbound.yaml |
    awk '/^[a-z]/ { without = /^(surge|enrichment):/ } !without' |
    sed -E 's/to: \{(exception|nurture):.*/to: {pool: enterprise}/; s/, clock: business//' \
    >"$target/pipelines/inbound.yaml"
