# What every script here shares: the repository root, messages, the wish to run from any directory.
# Sourced, never run: `. "$(dirname "$0")/lib.sh"`.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034  # for the scripts that take paths
caller_directory=$PWD
cd "$root" || exit
script_name=script/$(basename "$0")
# shellcheck disable=SC2034  # for the scripts that build
cores=$(nproc 2>/dev/null || echo 2)

say() {
    printf '%s\n' "$*"
}

# A wrong use of the script: exit code 2, as everywhere in this project.
usage_error() {
    printf '%s: %s (see %s --help)\n' "$script_name" "$*" "$script_name" >&2
    exit 2
}

die() {
    printf '%s: %s\n' "$script_name" "$*" >&2
    exit 1
}

# The help of a script is the comment at its top.
help_from_header() {
    awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' "$root/$script_name"
}

# Fails unless $2 (the value of option $1) is a whole number.
require_number() {
    [[ ${2:-} =~ ^[0-9]+$ ]] || usage_error "$1 takes a whole number, not \"${2:-}\""
}

# Runs "$@" without address space randomisation: ThreadSanitizer of gcc 12 does not start where the
# kernel randomises more bits than it knows. Where that is forbidden (some containers) it runs as is.
without_randomisation() {
    if setarch "$(uname -m)" -R true 2>/dev/null; then
        setarch "$(uname -m)" -R "$@"
    else
        "$@"
    fi
}
