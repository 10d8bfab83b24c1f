# What the tests of the command line share: TAP, servers on free ports, a directory that goes away.
# Sourced with the paths of meshline and of the repository as arguments. Results of commands are in
# $status, $out and $err after `run`.
# shellcheck shell=bash
set -uo pipefail

meshline=$(realpath "$1")
root=$(realpath "$2")
# shellcheck disable=SC2034  # for the scripts that source this
mesh=$root/examples/acme
work=$(mktemp -d)
checks=0
failures=0
server=
url=
cd "$work" || exit 99

finish() {
    local left
    left=$(jobs -p)
    if [[ -n $left ]]; then
        # shellcheck disable=SC2086  # one word a process
        kill -9 $left 2>/dev/null
        wait 2>/dev/null
    fi
    rm -rf "$work"
}
trap finish EXIT

# The last line of every test.
done_testing() {
    echo "1..$checks"
    [[ $failures -eq 0 ]]
    exit
}

# ok NAME CONDITION...: runs the condition, a command, as one check.
ok() {
    local name=$1
    shift
    checks=$((checks + 1))
    if "$@"; then
        echo "ok $checks - $name"
    else
        failures=$((failures + 1))
        echo "not ok $checks - $name"
        echo "# condition: $*"
        echo "# status ${status:-}, out: ${out:-}" | head -c 2000 | sed '2,$s/^/# /'
        echo
        echo "# err: ${err:-}" | head -c 2000 | sed '2,$s/^/# /'
        echo
    fi
}

skip() {
    checks=$((checks + 1))
    echo "ok $checks - $1 # SKIP $2"
}

run() {
    "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    out=$(cat "$work/out")
    err=$(cat "$work/err")
}

# Conditions.
is() { [[ $1 == "$2" ]]; }
says() { [[ $1 == *"$2"* ]]; }
exits() { [[ $status -eq $1 ]]; }

# await SECONDS COMMAND...: until it succeeds.
await() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [[ $SECONDS -lt $until ]] || return 1
        sleep 0.05
    done
}

serves() { grep -q 'at http://' "$work/server.out"; }
serves_or_ended() { serves || ! kill -0 "$server" 2>/dev/null; }

# start DATA [OPTION...]: a server on any free port (or --listen); sets $server and $url.
start() {
    local data=$1
    shift
    [[ " $* " == *" --listen "* ]] || set -- "$@" --listen 127.0.0.1:0
    rm -f "$work/server.out" # what an earlier server said is not what this one says
    : >"$work/server.out"
    "$meshline" serve --data "$data" "$@" >>"$work/server.out" 2>"$work/server.err" </dev/null &
    server=$!
    await 60 serves_or_ended
    if ! serves; then
        sed 's/^/# /' "$work/server.out" "$work/server.err"
        echo 'Bail out! a server that should start did not'
        exit 1
    fi
    url=$(sed -n 's/.* at \(http:[^ ]*\)$/\1/p' "$work/server.out" | head -n 1)
    export MESHLINE_URL=$url
}

# stop [SIGNAL]: sets $status to the server's.
stop() {
    kill -"${1:-TERM}" "$server"
    wait "$server" 2>/dev/null
    status=$?
    server=
    out=$(cat "$work/server.out")
    err=$(cat "$work/server.err")
}

# submit JSON: one lead through the website; prints the answer.
submit() {
    curl -sS -X POST -H 'Content-Type: application/json' --data "$1" "$url/v1/sources/website/leads"
}
