# A PostgreSQL of the test's own, on a free port of loopback. Sourced behind cli_support.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # for the scripts that source this; `work` is cli_support.sh's

postgres=/usr/lib/postgresql/15/bin
postgres_is_there() { [[ -x $postgres/postgres ]]; }

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# It refuses to run as root.
as_postgres=()
[[ $(id -u) -ne 0 ]] || as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)

# postgres_make USER PASSWORD: an empty cluster in $work/postgres, for $postgres_port; not started.
postgres_make() {
    postgres_user=$1
    postgres_password=$2
    postgres_port=$(free_port)
    chmod 755 "$work"
    mkdir "$work/postgres"
    printf '%s\n' "$postgres_password" >"$work/postgres.password"
    chmod 644 "$work/postgres.password"
    [[ $(id -u) -ne 0 ]] || chown postgres "$work/postgres"
    "${as_postgres[@]}" "$postgres/initdb" -D "$work/postgres/data" -A scram-sha-256 -U "$postgres_user" --no-sync \
        --pwfile="$work/postgres.password" >"$work/initdb.log" 2>&1
}

# Starts it, as $postgres_pid, and waits until it answers. Nothing has to outlive the machine.
postgres_start() {
    "${as_postgres[@]}" "$postgres/postgres" -D "$work/postgres/data" -k "$work/postgres" -p "$postgres_port" \
        -c listen_addresses=127.0.0.1 -c fsync=off >>"$work/postgres.log" 2>&1 &
    postgres_pid=$!
    await 30 query 'SELECT 1' >/dev/null 2>&1
}

# postgres_run PROGRAM ARGUMENT...: one of its programs. Not by exported variables: what is tested has to
# know the password by itself.
postgres_run() {
    PGHOST=127.0.0.1 PGPORT=$postgres_port PGUSER=$postgres_user PGPASSWORD=$postgres_password \
        "$postgres/$1" "${@:2}"
}

# query SQL [DATABASE]
query() {
    postgres_run psql -d "${2:-postgres}" -X -A -t -c "$1"
}
