#!/usr/bin/env bash
# Webhooks to a receiver that was not written for this: HTTPS with HTTP/2 and a certificate that must
# verify, signatures checked by the public package while a key is being changed, ids that stay the same
# over retries and a SIGKILL, a system that is gone (410), a person who decides about what was given up.
# shellcheck source-path=SCRIPTDIR source=cli_support.sh
# shellcheck disable=SC2317  # functions are called by `ok` and `await`
. "$(dirname "$0")/cli_support.sh"

if ! command -v node >/dev/null || [[ ! -e $root/node_modules/standardwebhooks ]]; then
    skip "webhooks" "node or its packages are missing: script/bootstrap test installs them"
    done_testing
fi

certificate() { # NAME
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$1.key" -out "$1.pem" 2>/dev/null
}
certificate ours
certificate strangers
old_key=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
export NEW_KEY=whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD OLD_KEY=$old_key

# Packages are looked for beside the script: it runs where the repository's are.
receiver() { # NAME CERTIFICATE
    echo 200 >"$1.behaviour"
    : >"$1.log"
    node "$root/tests/integration/webhook_receiver.mjs" "$2.key" "$2.pem" "$old_key" "$work/$1.log" \
        "$work/$1.behaviour" >"$1.port" 2>"$1.err" &
    await 20 test -s "$1.port"
}
receiver crm ours
receiver other strangers

cp -R "$root/examples/starter" mesh
mkdir -p mesh/destinations
webhook() { # NAME RECEIVER LINES
    cat >"mesh/destinations/$1.yaml" <<END
destination: $1
kind: webhook
private_network: true
url: https://127.0.0.1:$(cat "$2.port")/hooks/leads
ca_file: $work/ours.pem
events: [lead.captured, lead.assigned]
$3
END
}
webhook crm crm "secrets: [{env: NEW_KEY}, {env: OLD_KEY}]
timeout: 2s
retry: {immediate: 1, short: {times: 20, from: 50ms, to: 200ms}, within: 1h}
breaker: off"
webhook other other "secret: {env: NEW_KEY}
retry: {immediate: 0, short: {times: 1, from: 50ms, to: 100ms}, long: {from: 1s, to: 1s}, within: 2s}"
run "$meshline" check mesh
ok 'the mesh is good' exits 0
start data --mesh mesh

books() { curl -sS "$url/v1/destinations/$1/reconciliation" | jq -r "$2"; }
settled() { [[ $(books "$1" .pending) == 0 ]]; }
lead() { submit "{\"email\": \"$1@example.com\", \"country\": \"DE\"}" >answer.json; }
entries() { jq -r "$1" crm.log; }

for n in 1 2 3 4 5; do lead "person-$n"; done
ok 'what is captured and assigned is delivered' await 20 settled crm
ok 'by HTTP/2' is "$(entries .http | sort -u)" 2.0
ok 'every signature verifies, with the key that is going away' is "$(entries .verified | sort -u)" true
ok 'each message comes once' is "$(entries .id | sort | uniq -d)" ''
ok 'and says which event it is, and what is known of the lead' \
    is "$(jq -r 'select(.body.type == "lead.captured" and .body.lead.attributes.email == "person-3@example.com") | .body.lead.attributes.country' crm.log)" DE
ok 'of each lead in order' is "$(jq -s -r '[group_by(.body.lead.id)[] | map(.body.seq) | . == sort] | all' crm.log)" true
run "$meshline" deliveries --destination crm --json
ok 'the receipt has the id of the answer' says "$out" '"r-M'

# ---- it fails, then works: the same id, another time stamp
echo 503 >crm.behaviour
lead retried
failed_twice() { [[ $(jq -s '[.[] | select(.how == "503")] | length' crm.log) -ge 3 ]]; }
ok 'what fails is tried again' await 20 failed_twice
echo 200 >crm.behaviour
ok 'until it arrives' await 20 settled crm
ok 'under the same id' is "$(jq -s '[.[] | select(.body.lead.attributes.email == "retried@example.com" and .body.type == "lead.captured") | .id] | unique | length' crm.log)" 1
ok 'and signed anew each time' is "$(entries .verified | sort -u)" true

# ---- an answer that is lost, and a SIGKILL while answers are slow
echo lost >crm.behaviour
lead unsure
is_lost() { grep -q '"how":"lost"' crm.log; }
ok 'an answer is lost' await 20 is_lost
echo slow >crm.behaviour
for n in 1 2 3 4 5 6 7 8; do lead "slow-$n"; done
is_slow() { grep -q '"how":"slow"' crm.log; }
await 20 is_slow
stop KILL
start data --mesh mesh
echo 200 >crm.behaviour
ok 'after a SIGKILL everything arrives' await 30 settled crm
ok 'told apart by its id, each exactly once' is "$(entries .id | sort -u | wc -l)" "$(books crm .due)"
ok 'and all of it is delivered' is "$(books crm '"\(.delivered) \(.balanced)"')" "$(books crm .due) true"

# ---- it is gone
echo 410 >crm.behaviour
lead gone
is_disabled() { [[ $(curl -sS "$url/v1/destinations/crm" | jq -r .disabled) == true ]]; }
ok 'a system that says it is gone is disabled' await 20 is_disabled
ok 'what is due to it waits' is "$(books crm .pending)" 2
echo 200 >crm.behaviour
run "$meshline" destinations resume crm --reason 'they moved back'
ok 'until somebody resumes it' exits 0
ok 'and then it arrives' await 20 settled crm

# ---- a certificate that does not verify
given_up() { [[ $(books other '"\(.pending) \(.failed > 0)"') == '0 true' ]]; }
ok 'what cannot be trusted gets nothing, and is given up in its time' await 40 given_up
ok 'not a byte was sent' is "$(cat other.log)" ''
reasons=$(sqlite3 data/state.db "SELECT lower(group_concat(reason)) FROM attempts")
ok 'the receipt of the attempt says that it is the certificate' says "$reasons" certificate
run "$meshline" exceptions --kind delivery_failed --json
ok 'and a person is to decide' says "$out" '"delivery_failed"'
stop
ok 'no key is in the data, in what it said, or in the answers' \
    is "$(grep -rlF -e "${old_key#whsec_}" -e "${NEW_KEY#whsec_}" data server.out server.err answer.json 2>/dev/null)" ''
done_testing
