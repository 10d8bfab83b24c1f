#!/usr/bin/env bash
# Keys of sources on the command line, and that a running server takes them over.
# shellcheck disable=SC2317  # functions are called by `ok`
. "$(dirname "$0")/cli_support.sh"

"$meshline" init mesh >init.out
printf 'source: ads\n' >mesh/sources/ads.yaml
rm -r mesh/tests # they name no source, which is good only while there is one

# given FILE COMMAND...: with the file as its standard input.
given() { "${@:2}" <"$1"; }

# ---- add

run "$meshline" key --help
ok 'key --help has examples' says "$status $out" "Examples:"
run "$meshline" key add --source website --data data
ok 'a bearer key is printed alone on stdout' grep -Eq '^mlt_[A-Za-z0-9_-]{43}$' out
ok 'and is in no file' test -z "$(grep -rl "$out" data)"
run "$meshline" key add --source website --kind signature --name 'Acme portal' --data data --json
ok 'a secret of Standard Webhooks is made' grep -Eq '"secret":"whsec_[A-Za-z0-9+/]{43}="' out
made=$(jq -r .secret out)
first=$(jq -r .id out)
run "$meshline" key add --source website --data data
ok 'a third key of a source is refused' exits 1
ok 'with the one to revoke' says "$status $err" 'meshline key revoke key_'
ok 'tokens.json is for its owner only' is "$(stat -c %a data/tokens.json)" 600

run "$meshline" key add --source social --kind meta --data data
ok "a vendor's secret must be given" says "$status $err" 'the app secret'
printf 'app-secret\n' >secret
run given secret "$meshline" key add --source social --kind meta --secret - --data data
ok 'from standard input it is; the verify token is printed' grep -Eq '^[0-9a-f]{32}$' out
ok 'the secret is not' test -z "$(grep app-secret out err)"
printf 'client-secret' >secret
run "$meshline" key add --source social --kind linkedin --secret-file secret --data data
ok 'from a file as well' exits 0
run "$meshline" key add --source forms --kind typeform --secret swordfish --data data
ok 'on the command line everybody could see it' says "$status $err" 'secret-file'
run "$meshline" key add --source forms --kind typefrom --data data
ok 'a kind that is not there is refused with the nearest' says "$status $err" 'did you mean typeform'
run "$meshline" key add --source forms --kind hubspot --secret-file secret --data data
ok 'HubSpot signs the address, so it is asked for' says "$status $err" 'https://'
run "$meshline" key add --kind typeform --data data
ok 'a key is for a source' says "$status $err" '--source is missing'
run "$meshline" key add --source forms --kind meta --secret-file nowhere --data data
ok 'a file that is not there is named' says "$status $err" 'nowhere'
: >empty
run "$meshline" key add --source forms --kind meta --secret-file empty --data data
ok 'an empty one is no secret' says "$status $err" 'empty: there is no secret'

# ---- list, revoke

run "$meshline" key list --data data
ok 'key list shows kinds and names' says "$out" 'Acme portal'
ok 'and no secrets' test -z "$(grep -e "$made" -e app-secret -e client-secret out)"
run "$meshline" key list --source social --data data --json
ok 'of one source only' is "$(jq -r '[.[].kind] | join(" ")' <<<"$out")" 'meta linkedin'
run "$meshline" key revoke "$first" --data data
ok 'key revoke' exits 0
ok 'erases the secret' test -z "$(grep -F "$made" data/tokens.json)"
run "$meshline" key revoke key_none --data data
ok 'a key that is not there is named' says "$status $err" 'key_none'

# ---- a running server

rm -r data
start data --mesh mesh
run "$meshline" key add --source ads --kind google-ads --data data
ok 'Google Ads gets a key to enter' exits 0
key=$out
lead="{\"email\":\"ada@example.com\",\"google_key\":\"wrong\"}"
posted() { is "$(curl -sS -o answer -w '%{http_code}' --json "$1" "$url/v1/sources/ads/leads")" "$2"; }
ok 'without it nothing is taken' await 10 posted "$lead" 401
ok 'and the answer says what is wrong' says "$(<answer)" 'google_key'
ok 'with it the record is looked at: the lead has no such field' posted "${lead/wrong/$key}" 422
run "$meshline" leads
ok 'signature keys close nothing else on this machine' exits 0
stop TERM

done_testing
