#!/usr/bin/env bash
# Starts the application in a folder once, and lets the JVM cache the loaded and linked classes for faster starts (JEP
# 514). The application does not reach Redis; this is sufficient to load the classes of a start.
set -euo pipefail

app=$1
port=${QUARKUS_HTTP_PORT:-8080}
log=$(mktemp)
export QUARKUS_HTTP_PORT=$port QUARKUS_REDIS_HOSTS=redis://127.0.0.1:1

java -XX:AOTCacheOutput="$app/app.aot" -jar "$app/quarkus-run.jar" >"$log" 2>&1 &
pid=$!
# Uses bash to open a connection, because the image has no program for it.
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
for ((tries = 0; tries < 240; tries++)); do
    if listens; then break; fi
    if ! kill -0 "$pid" 2>/dev/null; then break; fi
    sleep 0.25
done
listened=no
if listens; then listened=yes; fi
kill -TERM "$pid" 2>/dev/null || true # it may have exited by itself, which is reported below
wait "$pid" || code=$?
if [[ $listened != yes || ! -s $app/app.aot ]]; then
    cat "$log" >&2
    echo "no AOT cache: listened=$listened exit=${code:-0}" >&2
    exit 1
fi
rm -f "$log"
