#!/usr/bin/env bash
# From an empty directory to a proved lead, as a newcomer would go.
# shellcheck disable=SC2016,SC2317  # backquotes are text; functions are called by `ok`
. "$(dirname "$0")/cli_support.sh"

# ---- usage

run "$meshline"
ok 'without a command the help goes to stderr, exit code 2' says "$status $err" '2 Meshline takes'
run "$meshline" --help
ok 'the help lists the commands' says "$status $out" 'reconcile'
run "$meshline" reconsile
ok 'an unknown command is refused' exits 2
ok 'and the nearest one suggested' says "$err" 'did you mean "reconcile"?'
run "$meshline" serve --mehs x
ok 'an unknown option is refused with the nearest one' says "$status $err" '--mehs", did you mean --mesh'
run "$meshline" serve
ok 'a required option that is missing is named' says "$status $err" '--data is missing'
run "$meshline" serve --data d --workers many
ok 'an option that wants a number says so' says "$status $err" '--workers takes a whole number'
run "$meshline" lead
ok 'an operand that is missing is named' says "$status $err" 'ID, as in L1024, is missing'
for command in init check test serve token send lead leads explain reps reconcile verify rebuild demo; do
    run "$meshline" "$command" --help
    ok "$command --help has examples" says "$status $out" "Examples:"
done

# ---- init and check

run "$meshline" init mesh
ok 'init makes a mesh' exits 0
run "$meshline" check mesh
ok 'which has no mistakes' says "$status $out" 'no mistakes'
run "$meshline" check mesh --json
ok 'check --json names the release' is "$(jq -r '.release | length' <<<"$out")" 64
run "$meshline" init mesh
ok 'init does not write into a directory with files' says "$status $err" 'is not empty'
sed -i 's/^classes:/clases:/' mesh/pipelines/inbound.yaml
run "$meshline" check mesh
ok 'check names file, line and column of a mistake' \
    grep -Eq '^mesh/pipelines/inbound\.yaml:[0-9]+:[0-9]+: error: .*did you mean `classes`' err
ok 'and fails' exits 1
run "$meshline" serve --mesh mesh --data data --listen 127.0.0.1:0
ok 'serve refuses a broken mesh in the same words' says "$status $err" 'inbound.yaml:'
ok 'without touching the data' test ! -e data
run "$meshline" check nowhere
ok 'a mesh that is not there is named' says "$status $err" 'nowhere: cannot be read'

# ---- serve, send, look

start data --mesh "$mesh"
ok 'serve prints its address' says "$(cat server.out)" 'at http://127.0.0.1:'
ok 'and that it is open, with the way to close it' says "$(cat server.out)" 'meshline token add'
answer=$(submit '{"firstName":"Ada","email":"ada@one.example","country":"DE","form":"demo"}')
lead=$(jq -r .lead <<<"$answer")
ok 'a lead over HTTP has an owner at once' is "$(jq -r .state <<<"$answer")" assigned
run "$meshline" lead "$lead"
ok 'lead shows its owner' says "$out" "$(jq -r .owner <<<"$answer")"
run "$meshline" lead "$lead" --events
ok 'and what happened to it' says "$out" 'lead.assigned'
run "$meshline" explain "$lead"
ok 'explain names the route that matched' says "$out" 'matched: to pool dach'
ok 'and those tried before' says "$out" 'enterprise-size'
ok 'and the candidates, whoever is at work' grep -Eq '[0-9]+ candidates' out
run "$meshline" explain "$lead" --json
ok 'explain --json is the answer of the API' is "$(jq -r .lead <<<"$out")" "$lead"
run "$meshline" lead L999999
ok 'a lead that is not there is an error' says "$status $err" 'there is no lead L999999'
run "$meshline" leads --class hot
ok 'leads lists it' says "$out" "$lead"
run "$meshline" leads --state nowhere
ok 'a filter that makes no sense is an error' exits 1
run "$meshline" lead "$lead" contact --channel phone --if-version 1
ok 'acting on an old version is refused' says "$status $err" "not 1"
run "$meshline" lead "$lead" contact --channel phone
ok 'contact is recorded' says "$status $out" 'contacted'
run "$meshline" lead "$lead" qualify
ok 'qualify closes it' says "$status $out" 'qualified'
run "$meshline" reps
ok 'reps lists all forty' is "$(wc -l <<<"$out")" 41
run "$meshline" reps jonas.keller --available no --capacity 3
ok 'a rep can be sent away' says "$status $out" 'away'
run "$meshline" reconcile
ok 'reconcile balances' says "$status $out" 'balances'
run "$meshline" reconcile --json
ok 'reconcile --json has the terms' is "$(jq -r '"\(.accepted) \(.qualified)"' <<<"$out")" '1 1'
run "$meshline" verify --data data
ok 'verify works beside the server' says "$status $out" 'the chain holds'
run "$meshline" reconcile --data data
ok 'the proof from the files wants the server stopped' says "$status $err" 'in use by process'

# ---- a mesh is changed under way

cp -r "$mesh" changed
stop
start data --mesh changed
before=$(curl -sS "$url/v1/release" | jq -r .id)
sed -i 's/title: Enterprise, worldwide/title: Large companies/' changed/pools.yaml
kill -HUP "$server"
ok 'SIGHUP activates the changed mesh' await 20 grep -q 'is active' server.out
after=$(curl -sS "$url/v1/release" | jq -r .id)
ok 'as another release' test "$before" != "$after"
echo 'nonsense: [' >>changed/pools.yaml
kill -HUP "$server"
ok 'a broken one is reported' await 20 grep -q 'stays in force' server.err
ok 'and the release stays' is "$(curl -sS "$url/v1/release" | jq -r .id)" "$after"

# ---- end

stop
ok 'SIGTERM ends it in good order' exits 0
ok 'and it says how much it answered' says "$out" 'commands answered'
run "$meshline" reconcile --data data
ok 'the proof from the files holds' says "$status $out" 'state.db    says the same'
run "$meshline" reconcile --data data --json
ok 'and as JSON' is "$(jq -r '"\(.holds) \(.view)"' <<<"$out")" 'true agrees'
start data
ok 'without --mesh the release of the journal is served' \
    is "$(curl -sS "$url/v1/release" | jq -r .id)" "$after"
stop INT
ok 'Ctrl-C ends it in good order too' exits 0

# ---- tokens

run "$meshline" token add boss --role admin --data data
ok 'token add prints the token alone on stdout' grep -Eq '^mlt_[A-Za-z0-9_-]{43}$' out
token=$out
run "$meshline" token list --data data
ok 'token list shows it, not the secret' says "$out" boss
ok 'the secret is in no file' test -z "$(grep -rl "$token" data)"
start data
run "$meshline" leads
ok 'without it nothing is told' says "$status $err" 'token'
run "$meshline" leads --token "$token"
ok 'with it everything' exits 0
export MESHLINE_TOKEN=$token
run "$meshline" reconcile
ok 'MESHLINE_TOKEN does as well' exits 0
id=$("$meshline" token list --data data --json | jq -r '.[0].id')
run "$meshline" token revoke "$id" --data data
ok 'token revoke' exits 0
run "$meshline" token add late --role source --data data
ok 'a token for a source needs the source' exits 1
run "$meshline" token add late --role king --data data
ok 'a role that is not there is refused' exits 2
stop

done_testing
