#!/usr/bin/env bash
# A mesh's own tests: those of the examples pass and leave nothing out; one that fails says what differed
# and why, for people, for programs and for build servers.
# shellcheck disable=SC2016,SC2317  # backquotes are text; functions are called by `ok`
. "$(dirname "$0")/cli_support.sh"

# ---- the examples

for example in starter acme; do
    run "$meshline" test "$root/examples/$example"
    ok "the tests of $example pass" exits 0
    ok 'and say so' grep -Eq '^[0-9]+ passed, 0 failed' out
    run "$meshline" test "$root/examples/$example" --json
    ok "they reach every route of $example" is "$(jq -c .coverage.routes.never <<<"$out")" '[]'
    ok 'and every class' is "$(jq -c .coverage.classes.never <<<"$out")" '[]'
done
"$meshline" init mesh
run "$meshline" test mesh
ok 'what init writes brings its tests with it' exits 0

# ---- a test that fails

cat >mesh/tests/wrong.yaml <<'END'
tests:
  - name: French leads go to Ana
    given: {lead: {email: a@firm.example, country: FR, employees: 12}, away: [chloe]}
    expect: {route: large-accounts, owner: ana}
  - name: and so do all others
    given: {lead: {email: a@firm.example, country: US}, repeat: 3}
    expect: {owners: {ana: 3}}
END
run "$meshline" test mesh/
ok 'a failure is one of the command' exits 1
ok 'it has a file and a line' says "$out" 'mesh/tests/wrong.yaml:2: failed: French leads go to Ana'
ok 'what was expected and what came' grep -Eq 'owner +expected ana, got dirk' out
ok 'the route that took it' grep -Eq '→ europe +matches: to europe' out
ok 'what kept the expected one from it' grep -Eq '^ +large-accounts +no: .*employees >= 1000' out
ok 'who was passed over' grep -Eq '^ +away: chloe$' out
ok 'numbers of many leads too' says "$out" 'owners, ana expected 3, got 1'
ok 'the other files are counted' says "$out" 'tests/routing.yaml: 8 passed'

run "$meshline" test mesh --json
ok 'as JSON it fails as well' exits 1
ok 'with every difference' \
    is "$(jq -c '[.tests[] | select(.ok | not) | .differences[] | [.what, .expected, .got]]' <<<"$out")" \
    '[["route","large-accounts","europe"],["owner","ana","dirk"],["owners, ana","3","1"]]'
ok 'and the sum' is "$(jq -c '[.ok, .passed, .failed]' <<<"$out")" '[false,8,2]'

run "$meshline" test mesh --junit result.xml
ok 'JUnit gets a file' grep -q '<testsuites name="meshline test" tests="10" failures="2"' result.xml
ok 'with a suite for each file' is "$(grep -c '<testsuite ' result.xml)" 2
ok 'and a failure for each' is "$(grep -c '<failure message=' result.xml)" 2
ok 'that is well-formed' python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' result.xml
run "$meshline" test mesh --junit nowhere/result.xml
ok 'a file that cannot be made is named' says "$status $err" 'nowhere/result.xml: cannot be made'

# ---- which ones

run "$meshline" test mesh --filter 'LARGE company'
ok '--filter picks by name' says "$status $out" '2 passed, 0 failed'
ok 'and says nothing about what the others reach' test -z "$(grep 'reached by tests' out)"
run "$meshline" test mesh --filter wrong.yaml
ok 'or by file' says "$status $out" '0 passed, 2 failed'
run "$meshline" test mesh --filter nothing-like-it
ok 'nothing to run is a failure' says "$status $err" '1 meshline: mesh: none of the 10 tests'
rm -r mesh/tests
run "$meshline" test mesh
ok 'and so is a mesh without tests' says "$status $err" 'the mesh has no tests'

# ---- what no test reaches, and tests that refer to nothing

mkdir mesh/tests
cat >mesh/tests/one.yaml <<'END'
tests:
  - name: only one
    given: {lead: {email: a@firm.example, country: FR}}
    expect: {class: standard}
END
run "$meshline" test mesh
ok 'routes that no test reaches are listed' \
    says "$out" 'routes reached by tests: 1 of 3; never: large-accounts, everyone'
ok 'and classes' says "$out" 'classes reached by tests: 1 of 2; never: hot'
sed -i 's/standard/standart/' mesh/tests/one.yaml
run "$meshline" test mesh
ok 'a test that refers to nothing is a mistake' \
    says "$status $err" 'mesh/tests/one.yaml:4:21: error: no class `standart` in the pipeline; did you mean `standard`?'
run "$meshline" check mesh
ok 'which check finds too' says "$status $err" 'one.yaml:4:21: error: no class `standart`'
run "$meshline" test mesh --json
ok 'as JSON as well' is "$(jq -r '"\(.ok) \(.errors[0].line)"' <<<"$out")" 'false 4'

# ---- speed

cp -r "$root/examples/acme" many
{
    echo 'tests:'
    for i in $(seq 300); do
        echo "  - {name: n$i, given: {source: website, lead: {country: DE, email: p$i@x.example}}, expect: {route: dach}}"
    done
} >many/tests/many.yaml
run timeout 20 "$meshline" test many --json
ok 'hundreds of tests run' is "$(jq .passed <<<"$out")" "$(($(cat "$root"/examples/acme/tests/*.yaml | grep -c "^  - name:") + 300))"

done_testing
