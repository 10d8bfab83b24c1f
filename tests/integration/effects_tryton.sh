#!/usr/bin/env bash
# A real system of record, both ways: Tryton 6.0 on PostgreSQL over its JSON-RPC (tryton_crm.yaml). A lead that comes in
# here is an opportunity there, once, also when the process is killed between the write and its receipt; an
# owner who is changed there is the owner here, and the other way round; neither side echoes the other.
# shellcheck source-path=SCRIPTDIR source=cli_support.sh
# shellcheck disable=SC2317,SC2119,SC2034  # functions are called by `ok` and `await`; `stop` needs no signal
. "$(dirname "$0")/cli_support.sh"

# shellcheck source=postgres_support.sh
. "$(dirname "$0")/postgres_support.sh"

if ! postgres_is_there || ! command -v trytond-admin >/dev/null || ! /usr/bin/python3 -c 'import psycopg2' 2>/dev/null; then
    skip 'two ways with Tryton' \
        'tryton-server, python3-psycopg2 or postgresql-15 is not installed; run script/bootstrap test'
    done_testing
fi

# ---- Tryton on PostgreSQL: a database takes minutes to prepare, so it is kept beside the builds
prepared=$root/build/tryton/crm.dump
port=$(free_port)
postgres_make tryton tryton-password
postgres_start
query 'CREATE DATABASE crm' >/dev/null
printf '[web]\nlisten=127.0.0.1:%s\n[database]\nuri=postgresql://%s:%s@127.0.0.1:%s/\n' \
    "$port" "$postgres_user" "$postgres_password" "$postgres_port" >tryton.conf
prepare() {
    echo admin-pw >tryton.password
    mkdir -p "$root/build/tryton"
    TRYTONPASSFILE=tryton.password trytond-admin -c tryton.conf -d crm --all --email a@example.com -l en &&
        trytond-admin -c tryton.conf -d crm -u sale_opportunity --activate-dependencies &&
        postgres_run pg_dump -Fc -f "$prepared.$$" crm && mv "$prepared.$$" "$prepared"
}
if [[ -s $prepared ]]; then
    postgres_run pg_restore -d crm "$prepared" >prepare.log 2>&1
else
    echo '# preparing a database for Tryton'
    prepare >prepare.log 2>&1
fi
if [[ $(query 'SELECT count(*) FROM sale_opportunity' crm) != 0 ]]; then
    tail -n 20 prepare.log | sed 's/^/# /'
    ok 'Tryton can be set up' false
    done_testing
fi
trytond -c tryton.conf >trytond.log 2>&1 &

# ---- talking to it as somebody else does
rpc_raw() { # METHOD PARAMS
    curl -sS -H 'Content-Type: application/json' ${session:+-H "Authorization: $session"} \
        -d "{\"id\": 1, \"method\": \"$1\", \"params\": $2}" "http://127.0.0.1:$port/crm/" 2>>curl.log
}
rpc() { # METHOD PARAMS: the result
    rpc_raw "$1" "$2" | jq -ce .result
}
session=
answers() { rpc common.db.login '["admin", {"password": "admin-pw"}, "en"]' >login.json; }
await 60 answers
session="Session $(jq -r '"admin:\(.[0]):\(.[1])"' login.json | tr -d '\n' | base64 -w0)"
first() { jq -r '.[0]'; }
company='{}'
currency=$(rpc model.currency.currency.create '[[{"name": "Euro", "code": "EUR", "symbol": "E", "digits": 2,
    "rounding": {"__class__": "Decimal", "decimal": "0.01"}, "rates": [["create", [{"rate":
    {"__class__": "Decimal", "decimal": "1"}, "date": {"__class__": "date", "year": 2026, "month": 1,
    "day": 1}}]]]}], {}]' | first)
party() { rpc model.party.party.create "[[{\"name\": \"$1\"}], $company]" | first; }
rpc model.company.company.create "[[{\"party\": $(party 'Our company'), \"currency\": $currency}], {}]" >/dev/null
rpc model.res.user.write '[[1], {"companies": [["add", [1]]], "company": 1}, {}]' >/dev/null
company='{"company": 1}'
for name in ana ben chloe dirk; do
    rpc model.company.employee.create "[[{\"party\": $(party "$name"), \"company\": 1}], $company]" >/dev/null
done

# ---- between the two: passes everything on, notes what was asked, and keeps the answers to the method that
# the file `hold` names
cat >between.py <<'END'
import http.server, json, os, sys, time, urllib.request
target, work = sys.argv[1:]
class Between(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        method = json.loads(body)["method"]
        headers = {k: v for k, v in self.headers.items() if k.lower() in ("content-type", "authorization")}
        try:
            with urllib.request.urlopen(urllib.request.Request(target + self.path, body, headers)) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        with open(f"{work}/calls", "a") as calls:
            calls.write(method + "\n")
        if os.path.exists(f"{work}/hold") and method.endswith("." + open(f"{work}/hold").read().strip()):
            open(f"{work}/held", "w").close()
            while os.path.exists(f"{work}/hold"):
                time.sleep(0.05)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
    def log_message(self, *arguments):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Between)
print(server.server_address[1], flush=True)
server.serve_forever()
END
python3 between.py "http://127.0.0.1:$port" "$work" >between.port 2>between.err &
await 30 test -s between.port
: >calls
calls() { # METHOD: how often it was asked
    grep -c "\.$1\$" calls
}

# ---- the mesh
cp -R "$root/examples/starter" mesh
mkdir -p mesh/destinations
sed "s|ORIGIN|http://127.0.0.1:$(cat between.port)|" "$root/tests/integration/tryton_crm.yaml" >mesh/destinations/crm.yaml
sed -i 's/^  - id: ana$/&\n    external: {crm: "1"}/; s/^  - id: ben$/&\n    external: {crm: "2"}/
    s/^  - id: chloe$/&\n    external: {crm: "3"}/; s/^  - id: dirk$/&\n    external: {crm: "4"}/' mesh/people.yaml
export TRYTON_PASSWORD=admin-pw
run "$meshline" check mesh
ok 'the mesh is good' exits 0

declare -A employee=([ana]=1 [ben]=2 [chloe]=3 [dirk]=4)
there() { # LEAD: what Tryton has of it
    rpc model.sale.opportunity.search_read \
        "[[[\"reference\", \"=\", \"$1\"]], 0, 10, null, [\"employee\", \"state\", \"description\"], $company]"
}
write_there() { # LEAD VALUES
    rpc_raw model.sale.opportunity.write "[[$(there "$1" | jq '.[0].id')], $2, $company]" >/dev/null
}
lead() { # EMAIL COUNTRY
    submit "{\"email\": \"$1\", \"company_name\": \"Acme\", \"country\": \"$2\"}" | jq -r .lead
}
owner() { curl -sS "$url/v1/leads/$1" | jq -r .owner; }
state() { curl -sS "$url/v1/leads/$1" | jq -r .state; }
events() { # LEAD TYPE: how many
    curl -sS "$url/v1/leads/$1/events" | jq "[.events[] | select(.type | endswith(\"$2\"))] | length"
}
settled() { [[ $(curl -sS "$url/v1/destinations/crm/reconciliation" | jq '.pending + .failed') == 0 ]]; }
owned_there() { [[ $(there "$1" | jq -r '.[0].employee') == "${employee[$2]}" ]]; }
owned_here() { [[ $(owner "$1") == "$2" ]]; }
polls() { grep -c 'search_read' calls; }
two_more_polls() { # they have seen everything that there was before
    local before
    before=$(polls)
    polled() { [[ $(polls) -ge $((before + 2)) ]]; }
    await 30 polled
}

start data --mesh mesh

# ---- from here to there
one=$(lead one@example.com US)
two=$(lead two@example.com DE)
three=$(lead three@example.com FR)
ok 'what is due there is delivered' await 60 settled
ok 'a lead here is one opportunity there' is "$(there "$one" | jq length)" 1
ok 'with its owner' is "$(there "$two" | jq -r '.[0].employee')" "${employee[$(owner "$two")]}"
ok 'and what is known of it' is "$(there "$three" | jq -r '.[0] | "\(.state) \(.description)"')" 'lead Acme'
ok 'the lead knows its record' says "$(curl -sS "$url/v1/leads/$one")" "\"external_id\":\"$(there "$one" | jq -r '.[0].id')\""

# ---- from there to here
[[ $(owner "$one") == ana ]] && other=ben || other=ana
write_there "$one" "{\"employee\": ${employee[$other]}}"
ok 'an owner who is changed there is the owner here' await 30 owned_here "$one" "$other"
two_more_polls
ok 'by one event' is "$(events "$one" sync.applied)" 1
ok 'which is not written back there' is "$(calls write)" 0
write_there "$three" '{"employee": null}'
write_there "$two" "{\"party\": $(party 'Two Ltd')}"
rpc model.sale.opportunity.opportunity "[[$(there "$two" | jq '.[0].id')], $company]" >/dev/null
contacted() { [[ $(state "$two") == contacted ]]; }
ok 'who is talked to there was contacted here' await 30 contacted
two_more_polls
ok 'nobody there takes no owner here' says 'chloe dirk' "$(owner "$three")"

# ---- from here to there, again
[[ $(owner "$three") == chloe ]] && next=dirk || next=chloe
run "$meshline" lead "$three" assign --rep "$next" --cause nobody_free --remediation 'on holiday'
ok 'somebody else is given a lead' exits 0
ok 'an owner who is changed here is the owner there' await 30 owned_there "$three" "$next"
two_more_polls
ok 'and stays it on both sides' is "$(owner "$three") $(there "$three" | jq -r '.[0].employee')" "$next ${employee[$next]}"
ok 'without an echo' is "$(events "$three" sync.applied) $(there "$three" | jq length)" '0 1'

for round in 1 2 3 4 5 6 7 8 9 10; do # while they are being asked all the time
    [[ $((round % 2)) -eq 0 ]] && next=dirk || next=chloe
    "$meshline" lead "$three" assign --rep "$next" --cause nobody_free --remediation "round $round" >>assign.log 2>&1
done
ok 'however often it changes hands' await 60 settled
two_more_polls
ok 'they agree on the last' is "$(owner "$three") $(there "$three" | jq -r '.[0].employee')" "dirk ${employee[dirk]}"
ok 'and none of it comes back as theirs' is "$(events "$three" sync.applied)" 0

# What was written there and not acknowledged is no change of theirs, though here it has gone on.
echo write >hold
run "$meshline" lead "$three" assign --rep chloe --cause nobody_free --remediation 'held back'
ok 'an owner is written there' await 30 test -e held
run "$meshline" lead "$three" assign --rep dirk --cause nobody_free --remediation 'meanwhile'
owned_there "$three" chloe && two_more_polls
ok 'while its receipt is missing, it is on both sides what each knows' is \
    "$(owner "$three") $(there "$three" | jq -r '.[0].employee')" "dirk ${employee[chloe]}"
rm hold held
ok 'then the next is written' await 30 owned_there "$three" dirk
two_more_polls
ok 'and nothing came of it here' is "$(owner "$three") $(events "$three" sync.applied)" 'dirk 0'

# ---- what counts here
write_there "$three" '{"description": "Somebody else"}'
ours_again() { [[ $(there "$three" | jq -r '.[0].description') == Acme ]]; }
ok 'what may not be changed there is written again' await 30 ours_again
ok 'and that is an event' is "$(events "$three" sync.refused)" 1
two_more_polls
ok 'once' is "$(events "$three" sync.refused)" 1

# ---- killed between the write and its receipt
await 30 settled
echo create >hold
four=$(lead four@example.com US)
ok 'a record is made there' await 30 test -e held
stop KILL
rm hold
start data --mesh mesh
ok 'after a SIGKILL its delivery goes on' await 60 settled
ok 'and makes no second record' is "$(there "$four" | jq length)" 1
ok 'but knows the one there is' says "$(curl -sS "$url/v1/leads/$four")" "\"external_id\":\"$(there "$four" | jq -r '.[0].id')\""

# ---- compared with what is really there
run "$meshline" reconcile --destination crm --compare
ok 'what is there is what was delivered' exits 0
run "$meshline" reconcile
ok 'the books balance' exits 0
stop
ok 'the password is in no file of the data directory' is "$(grep -rl admin-pw data server.out server.err)" ''
done_testing
