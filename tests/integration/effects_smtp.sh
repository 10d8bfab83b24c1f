#!/usr/bin/env bash
# E-mail to a real mail server: with STARTTLS and a certificate that verifies, or not at all; with a login;
# refused for a while (452) and for good (550, 552); texts in two forms that a mail program can read, under
# a Message-ID that stays the same when it is tried again.
# shellcheck source-path=SCRIPTDIR source=cli_support.sh
# shellcheck disable=SC2317,SC2119  # functions are called by `ok` and `await`; `stop` needs no signal
. "$(dirname "$0")/cli_support.sh"

if [[ ! -d $root/node_modules/smtp-server ]]; then
    skip 'e-mail' 'the npm package smtp-server is not installed; run script/bootstrap test'
    done_testing
fi

# ---- certificates of our own for 127.0.0.1, and of a stranger
certificate() { # NAME
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 2 \
        -subj "/CN=$1" -addext 'subjectAltName=IP:127.0.0.1' 2>>openssl.log
}
certificate ours
certificate strangers

# ---- mail servers
sink() { # NAME [OPTION...]: its port is in NAME.port
    local name=$1
    shift
    mkdir "$name"
    : >"$name/log"
    (cd "$root" && exec node tests/integration/smtp_sink.mjs "$work/$name" "$@") >"$name.port" 2>"$name.err" &
    await 30 test -s "$name.port"
}
sink secure --tls "$work/ours.key" "$work/ours.pem" --login leads mail-password
sink plain
sink strange --tls "$work/strangers.key" "$work/strangers.pem"

# ---- the mesh: one destination for each server
cp -R "$root/examples/starter" mesh
mkdir -p mesh/destinations
mail() { # NAME SINK LINES
    cat >"mesh/destinations/$1.yaml" <<END
destination: $1
kind: email
private_network: true
server: smtp://127.0.0.1:$(cat "$2.port")
from: Leads <leads@example.com>
retry: {immediate: 0, short: {times: 20, from: 50ms, to: 200ms}, within: 1h}
$3
END
}
mail mail secure "starttls: true
ca_file: $work/ours.pem
user: leads
password: {env: MAIL_PASSWORD}"
mail marketing plain "events: [lead.captured]
when: 'has(lead.company)'
to: '[\"marketing@example.com\", lead.company + \"@example.com\"]'"
mail strangers strange "starttls: true
events: [lead.captured]
to: strangers@example.com"
mail trusting plain "starttls: true
events: [lead.captured]
to: trusting@example.com"
cat >mesh/notifications.yaml <<'END'
url: https://leads.example.com
channels: {reps: mail, managers: mail, teams: mail}
mute: []
templates:
  assignment:
    subject: '{{ lead.name }} – für {{ owner.name }}'
    text: "{{ lead.name }} of {{ lead.company }}\n.\n..dots\nPhone: {{ lead.phone }}\n"
END
export MAIL_PASSWORD=mail-password
sed -i 's/dirk@example.com/busy-2@example.com/; s/chloe@example.com/unknown@example.com/' mesh/people.yaml
run "$meshline" check mesh
ok 'the mesh is good' exits 0
start data --mesh mesh

lead() { # JSON
    submit "$1" | jq -r .lead
}
taken() { # NAME COUNT
    [[ $(wc -l <"$1/log") -ge $2 ]]
}
told() { # NAME ADDRESS: how many mails it has for that address
    jq -r '.to[]' "$1/log" | grep -cx "$2"
}
deliveries() { # FILTER
    curl -sS "$url/v1/deliveries?limit=200&$1" | jq -c .deliveries
}
first_delivery() { # with its receipts
    curl -sS "$url/v1/deliveries/$(deliveries 'destination=mail&state=delivered' | jq -r '.[-1].id')"
}
# What a mail program makes of a mail.
read_mail() { # FILE
    python3 - "$1" <<'END'
import email, email.policy, json, sys
mail = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
parts = {part.get_content_type(): part.get_content() for part in mail.iter_parts()}
print(json.dumps({"subject": mail["Subject"], "from": mail["From"], "to": mail["To"], "id": mail["Message-ID"],
                  "auto": mail["Auto-Submitted"], "date": mail["Date"], "bcc": mail["Bcc"], "type": mail.get_content_type(),
                  "text": parts["text/plain"], "html": parts["text/html"], "defects": len(mail.defects)}))
END
}

# ---- a mail that arrives
lead '{"email": "one@example.com", "full_name": "Jürgen\nBcc: eve@example.com", "country": "US"}' >/dev/null
ok 'a rep is told of a lead' await 30 taken secure 1
ok 'by TLS, and as somebody' is "$(jq -rs '.[0] | "\(.secure) \(.user) \(.from)"' secure/log)" 'true leads leads@example.com'
read_mail secure/1.eml >mail.json
ok 'a mail program reads it' is "$(jq -r '"\(.type) \(.defects) \(.auto)"' mail.json)" 'multipart/alternative 0 auto-generated'
ok 'what a lead says of itself makes no header' is "$(jq -r .bcc mail.json)" null
ok 'its subject is whole' says "$(jq -r .subject mail.json)" 'Jürgen Bcc: eve@example.com – für '
ok 'lines of dots stay what they are' says "$(jq -r .text mail.json)" $'\n.\n..dots\n'
ok 'what is not known is a dash' says "$(jq -r .text mail.json)" 'Phone: –'
ok 'which is recorded' says "$(first_delivery)" 'sent without lead.company, lead.phone'
ok 'and so is what the server calls it' says "$(first_delivery)" 'queued as 1'
ok 'it is HTML as well' says "$(jq -r .html mail.json)" '</html>'

# ---- 452, 550
lead '{"email": "two@example.com", "full_name": "Two", "country": "DE"}' >/dev/null
lead '{"email": "three@example.com", "full_name": "Three", "country": "DE"}' >/dev/null
busy_is_told() { [[ $(told secure busy-2@example.com) -ge 1 ]]; }
ok 'a mailbox that is busy gets its mail later' await 30 busy_is_told
delivered_after() { [[ $(deliveries 'destination=mail&state=delivered' | jq '[.[] | select(.attempts == 3)] | length') -ge 1 ]]; }
ok 'at the third attempt' await 30 delivered_after
refused() { [[ $(deliveries 'destination=mail&state=failed' | jq '[.[] | select(.last_attempt.status == 550 and .attempts == 1)] | length') -ge 1 ]]; }
ok 'a mailbox that does not exist is not tried again' await 30 refused
failed_exceptions() { curl -sS "$url/v1/exceptions?kind=delivery_failed" | jq -e '.exceptions | any(.kind == "delivery_failed")' >/dev/null; }
ok 'but is before a person' await 30 failed_exceptions

# ---- to whom the mesh says
lead '{"email": "four@example.com", "full_name": "Four", "country": "US", "company_name": "quota"}' >/dev/null
lead '{"email": "five@example.com", "full_name": "Five", "country": "US", "company_name": "five"}' >/dev/null
ok 'an event goes to whom the mesh says' await 30 taken plain 1
ok 'to all of them at once' is "$(jq -rs '.[0].to | join(" ")' plain/log)" 'marketing@example.com five@example.com'
full() { deliveries 'destination=marketing&state=failed' | jq -e 'any(.last_attempt.status == 552)' >/dev/null; }
ok 'a mailbox that is full refuses for good' await 30 full

# ---- certificates
tried() { deliveries "destination=$1&state=pending" | jq -e 'any(.attempts >= 1)' >/dev/null; }
ok 'a server with another certificate was asked' await 30 tried strangers
ok 'and got nothing' is "$(wc -c <strange/log)" 0
ok 'because it does not verify' says "$(deliveries 'destination=strangers')" 'certificate'
ok 'a server without TLS was asked' await 30 tried trusting
ok 'and got nothing' is "$(told plain trusting@example.com)" 0
ok 'because it offers none' says "$(deliveries 'destination=trusting')" 'STARTTLS'

# ---- the same mail again: a receipt that was lost makes a repeat that a mailbox can tell
ok 'every mail has an id of its own' \
    is "$(cat secure/*.eml plain/*.eml | grep -ci '^Message-ID:')" \
    "$(cat secure/*.eml plain/*.eml | grep -i '^Message-ID:' | sort -u | wc -l)"

# ---- secrets
stop
ok 'the password is in no file of the data directory' is "$(grep -rl mail-password data server.out server.err)" ''
done_testing
