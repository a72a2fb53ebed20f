#!/bin/sh
# Runs a command, then prints its wall-clock time and the CPU time of all its processes. Exits with its status.
set -u

spent=$(mktemp)
trap 'rm -f "$spent"' EXIT
start=$(date +%s)
"$@"
status=$?
end=$(date +%s)

# Not in a pipe: a subshell has no ended children of its own. The second line of `times` has their user and system time,
# such as "1m2.345s 0m6.789s".
times >"$spent"
awk -v wall=$((end - start)) 'NR == 2 {
    for (i = 1; i <= 2; i++) { split($i, part, /[ms]/); cpu += part[1] * 60 + part[2] }
    printf "wall time: %d s, CPU time: %.0f s\n", wall, cpu
}' "$spent"
exit $status
