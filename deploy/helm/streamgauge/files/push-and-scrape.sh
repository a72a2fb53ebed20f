# Run by "helm test": pushes a gauge, and waits until a scrape shows it.
# INGEST, AGGREGATOR and QUERY are the addresses of the roles. With ADMIN_KEY, the script creates a tenant and a key,
# and deletes them at the end. With KEY, it uses the tenant of that key. With neither, it names a tenant in
# X-Scope-OrgID, as mode open requires.
set -eu

value=$(date +%s)
tenant=helm-test-$value

call() {
    curl --silent --show-error --fail-with-body --max-time 40 --retry 5 --retry-connrefused "$@"
}

administer() {
    call --header "Authorization: Bearer $ADMIN_KEY" --header 'Content-Type: application/json' "$@"
}

if [ -n "${KEY:-}" ]; then
    header="Authorization: Bearer $KEY"
elif [ -n "${ADMIN_KEY:-}" ]; then
    echo "tenant: $tenant"
    administer --data "{\"tenant\":\"$tenant\"}" "$AGGREGATOR/api/v1/admin/tenants"
    echo
    trap 'administer --request DELETE "$AGGREGATOR/api/v1/admin/tenants/$tenant"' EXIT
    created=$(administer --data '{"scopes":["ingest","query"],"description":"helm test"}' \
        "$AGGREGATOR/api/v1/admin/tenants/$tenant/keys")
    KEY=$(printf %s "$created" | grep -o 'sgk_[0-9a-f]*_[0-9a-f]*' | head -n 1)
    header="Authorization: Bearer $KEY"
else
    header="X-Scope-OrgID: helm-test"
fi

echo "push: helm_test $value"
call --header "$header" --header 'Content-Type: application/json' \
    --data "{\"name\":\"helm_test\",\"type\":\"gauge\",\"value\":$value}" "$INGEST/api/v1/metrics"
echo

tries=60
while [ "$tries" -gt 0 ]; do
    shown=$(call --header "$header" "$QUERY/metrics?name\[\]=helm_test" | grep '^helm_test ' || true)
    echo "scrape: ${shown:-nothing yet}"
    # The text format writes 1763700000 as 1.7637e+09.
    if [ -n "$shown" ] && printf '%s\n' "$shown" | awk -v wanted="$value" '{ exit !($2 + 0 == wanted + 0) }'; then
        echo passed
        exit 0
    fi
    tries=$((tries - 1))
    sleep 1
done
echo "failed: the pushed value was not shown within a minute" >&2
exit 1
