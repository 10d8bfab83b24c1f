# What the benchmarks in shell share: a directory that goes away, servers that end with the script, numbers
# of several rounds. Sourced from the repository's root.
# shellcheck shell=bash
# shellcheck disable=SC2034  # for the scripts that source this

build=${MESHLINE_BUILD:-build/release}
directory=$(mktemp -d "${TMPDIR:-/tmp}/meshline-bench-XXXXXX")
servers=()

clean_up() {
    for pid in "${servers[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$directory"
}
trap clean_up EXIT

fail() {
    echo "$(basename "$0" .sh): $*" >&2
    exit 1
}

# Starts "$@" and waits for the address that it prints; leaves it in $address and its pid in $server.
start() {
    local output=$directory/out.${#servers[@]}
    : >"$output"
    "$@" >"$output" &
    server=$!
    servers+=("$server")
    for _ in {1..300}; do
        address=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$output" | head -n 1) && return
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    fail "$1 does not start"
}

# CPU time of process $1 so far, in microseconds.
cpu_us() {
    awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) * 1e6 / hz }' "/proc/$1/stat"
}

calculate() {
    awk "BEGIN { printf \"%.6f\\n\", $1 }"
}

# Puts a number into a file of its name, one a round.
note() {
    calculate "$2" >>"$directory/$1"
}

median() {
    sort -g "$directory/$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}
