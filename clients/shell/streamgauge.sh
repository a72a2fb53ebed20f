#!/bin/sh
# Sends metrics to Streamgauge from cron jobs and scripts. Copy this file; it needs a POSIX shell, curl and awk.
#
#   streamgauge.sh counter jobs_total 1 job=backup
#   streamgauge.sh gauge backup_bytes 1048576
#   streamgauge.sh file samples.ndjson             one sample a line; - reads standard input
#   streamgauge.sh -k order-4711 counter ...       with your own Idempotency-Key
#
# Settings: STREAMGAUGE_URL, STREAMGAUGE_KEY, STREAMGAUGE_TENANT, STREAMGAUGE_LABELS, STREAMGAUGE_TIMEOUT.
# It takes at most the timeout, and always exits with 0. Problems are reported on standard error.

# Numbers have a point in every locale, and text is bytes.
export LC_ALL=C

warn() {
    printf 'streamgauge: %s\n' "$*" >&2
}

finish() {
    [ $# -eq 0 ] || warn "$@"
    exit 0
}

# Prints the value of an arithmetic expression, or 1.000 if a comparison holds and 0.000 if not.
calculate() {
    awk "BEGIN { printf \"%.3f\", ($1) }"
}

random() {
    od -An -N"$1" -t"$2" /dev/urandom | tr -d ' \n'
}

matches() {
    printf '%s' "$1" | awk -v pattern="$2" 'NR > 1 || $0 !~ pattern { bad = 1 } END { exit bad || NR == 0 }'
}

# Escapes text for double quotes in JSON or in curl's configuration.
escaped() {
    printf '%s' "$1" | sed 's/[\\"]/\\&/g'
}

is_visible_ascii() {
    matches "$1" '^[!-~]+$'
}

# Prints arguments like region=eu as the members of a JSON object.
labels() {
    separator=
    for label; do
        name=${label%%=*}
        value=${label#*=}
        case $label in *=*) ;; *) return 1 ;; esac
        [ -n "$value" ] || continue
        matches "$name" '^([a-zA-Z]|_[a-zA-Z0-9])[a-zA-Z0-9_]*$|^_$' || return 1
        printf '%s' "$value" | awk 'NR > 1 || /[[:cntrl:]]/ { bad = 1 } END { exit bad }' || return 1
        printf '%s"%s":"%s"' "$separator" "$name" "$(escaped "$value")"
        separator=,
    done
}

# Prints one sample, or nothing if it is not valid.
sample() {
    type=$1 name=$2 number=${3:-1}
    if [ $# -lt 3 ]; then shift 2; else shift 3; fi
    matches "$name" '^[a-zA-Z_:][a-zA-Z0-9_:]*$' || return 1
    matches "$number" '^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?$' || return 1
    case $type$number in counter-*) return 1 ;; esac
    own=$(labels "$@") || return 1
    printf '{"name":"%s","type":"%s","value":%s,"labels":{%s}}\n' "$name" "$type" "$number" "$own"
}

# Prints for how many seconds to wait, as Retry-After says in seconds or as a date; 0 if it is neither.
retry_after() {
    awk -v now="$(date +%s)" '
        function days(y, m, d) {  # since 1970-01-01, with years that begin in March
            if (m < 3) { y--; m += 12 }
            return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d - 719469
        }
        tolower($0) ~ /^retry-after:/ {
            sub(/\r$/, "")
            sub(/:/, ": ")
            if (NF == 2 && $2 ~ /^[0-9]+$/) wait = $2
            else if (NF == 7 && split($6, time, ":") == 3) {
                month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $4) + 2) / 3
                wait = days($5, month, $3) * 86400 + time[1] * 3600 + time[2] * 60 + time[3] - now
            }
        }
        END { print (wait > 0 ? wait : 0) }' "$work/headers"
}

# Prints curl's configuration. As arguments, the key would show in the list of processes.
config() {
    printf 'url = "%s"\n' "$(escaped "$endpoint")"
    printf 'header = "%s"\n' "Content-Type: $content_type" "Idempotency-Key: $(escaped "$key")"
    [ -z "$STREAMGAUGE_KEY" ] || printf 'header = "%s"\n' "Authorization: Bearer $(escaped "$STREAMGAUGE_KEY")"
    [ -z "$STREAMGAUGE_TENANT" ] || printf 'header = "%s"\n' "X-Scope-OrgID: $(escaped "$STREAMGAUGE_TENANT")"
}

# Reports a final answer, and exits.
report() {
    answer=$(head -c 300 "$work/answer" | tr '[:cntrl:]' ' ')
    case $status in
        2*) grep -Eq '"rejected" *: *[1-9]' "$work/answer" && finish "some samples rejected: $answer" ;;
        *) finish "push to $host rejected: $status $answer" ;;
    esac
    finish
}

# Prints the time in seconds, with fractions where there is /proc/uptime.
now() {
    if [ -r /proc/uptime ]; then
        read -r uptime _ </proc/uptime
        echo "$uptime"
    else
        date +%s
    fi
}

# Sends $work/body until an answer is final, or there is no time left.
push() {
    deadline=$(calculate "$(now) + $timeout")
    pause=0.1
    while :; do
        : >"$work/headers"
        : >"$work/answer"
        left=$(calculate "$deadline - $(now)")
        [ "$(calculate "$left > 0")" = 1.000 ] || left=0.001
        status=$(config | curl --disable --silent --globoff --max-time "$left" --max-filesize 65536 --config - \
            --data-binary "@$work/body" --dump-header "$work/headers" --output "$work/answer" \
            --write-out '%{http_code}')
        case $status in
            000 | 408 | 425 | 429 | 5*) ;;
            *) report ;;
        esac
        wait=$(retry_after)
        jittered=$(calculate "$pause * (0.5 + $(random 1 u1) / 512)")
        [ "$(calculate "$wait > $jittered")" = 0.000 ] || jittered=$wait
        [ "$(calculate "$(now) + $jittered < $deadline")" = 1.000 ] || finish "push to $host given up: status $status"
        sleep "$jittered"
        pause=$(calculate "$pause * 2")
    done
}

key=
usage='usage: streamgauge.sh [-k key] counter|gauge|histogram|summary name [value [label=value ...]], or file name'
if [ "$1" = -k ]; then
    [ $# -ge 2 ] || finish "$usage"
    key=$2
    shift 2
    { is_visible_ascii "$key" && [ ${#key} -le 128 ]; } || finish "dropped: the key must be 1 to 128 visible ASCII characters"
fi
command -v curl >/dev/null || finish 'curl is not installed; nothing is sent'
[ -n "$STREAMGAUGE_URL" ] || finish 'STREAMGAUGE_URL is not set; nothing is sent'
is_visible_ascii "$STREAMGAUGE_URL" || finish 'STREAMGAUGE_URL is not an URL; nothing is sent'
for secret in "$STREAMGAUGE_KEY" "$STREAMGAUGE_TENANT"; do
    [ -z "$secret" ] || is_visible_ascii "$secret" || finish 'the key and the tenant must be visible ASCII characters'
done
timeout=${STREAMGAUGE_TIMEOUT:-1}
matches "$timeout" '^([0-9]+[.]?|[0-9]*[.][0-9]+)$' || { warn 'STREAMGAUGE_TIMEOUT ignored: it must be seconds'; timeout=1; }

query=
case $STREAMGAUGE_URL in *\?*) query="?${STREAMGAUGE_URL#*\?}" ;; esac
base=${STREAMGAUGE_URL%%\?*}
endpoint="${base%/}/api/v1/metrics$query"
host=${base#*://}
host=${host%%/*}
host=${host##*@}

work=$(mktemp -d) || finish 'no temporary folder; nothing is sent'
trap 'rm -rf "$work"' EXIT
trap exit HUP INT TERM

common=
if [ -n "$STREAMGAUGE_LABELS" ]; then
    old_ifs=$IFS
    IFS=,
    set -f
    # shellcheck disable=SC2046 # split at commas
    common=$(labels $(printf '%s' "$STREAMGAUGE_LABELS" | sed 's/ *, */,/g')) || warn 'STREAMGAUGE_LABELS ignored: must be like region=eu,function=checkout'
    IFS=$old_ifs
fi

case $1 in
    counter | gauge | histogram | summary)
        [ $# -ge 2 ] || finish "$usage"
        sample "$@" >"$work/samples" || finish "sample of $2 dropped: not valid"
        ;;
    file) cat -- "${2:--}" >"$work/samples" || finish "cannot read $2" ;;
    *) finish "$usage" ;;
esac
if [ -n "$common" ]; then
    content_type=application/json
    {
        printf '{"labels":{%s},"metrics":[' "$common"
        sed '/^[[:space:]]*$/d' "$work/samples" | paste -sd, -
        printf ']}'
    } >"$work/body"
else
    content_type=application/x-ndjson
    mv "$work/samples" "$work/body"
fi
key=${key:-$(random 16 x1)}
push
