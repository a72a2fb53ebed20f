# Senders for the two tenants of the demo: a shop with all kinds of metrics, and a billing service that exceeds its
# limit. INGEST is the address of ingest, KEYS the folder with a key for each tenant, ROUNDS the number of rounds
# (unlimited if unset).
set -u

push() {
    curl --silent --show-error --output /dev/null --write-out "$1 %{http_code}\n" --max-time 5 \
        --header "Authorization: Bearer $(cat "$KEYS/$1")" --header 'Content-Type: application/json' \
        --data "$2" "$INGEST/api/v1/metrics"
}

round=0
while [ -z "${ROUNDS:-}" ] || [ "$round" -lt "$ROUNDS" ]; do
    round=$((round + 1))
    tenths=$((round * 7 % 10))
    push shop "{\"labels\":{\"region\":\"eu\"},\"metrics\":[
        {\"name\":\"orders_total\",\"type\":\"counter\",\"value\":$((round % 3 + 1)),\"help\":\"Orders taken\"},
        {\"name\":\"basket_items\",\"type\":\"gauge\",\"value\":$((round * 13 % 40)),\"help\":\"Items in open baskets\"},
        {\"name\":\"request_seconds\",\"type\":\"histogram\",\"value\":0.$tenths,\"buckets\":[0.1,0.25,0.5,1],\"help\":\"Time of a request\"},
        {\"name\":\"payload_bytes\",\"type\":\"summary\",\"value\":$((tenths * 100 + 1)),\"quantiles\":[0.5,0.9,0.99],\"help\":\"Size of a payload\"}]}"
    # From time to time, eight pushes at once exceed the limit, so that the panels with rejections are not empty.
    burst=1
    if [ $((round % 20)) -eq 0 ]; then burst=8; fi
    while [ "$burst" -gt 0 ]; do
        burst=$((burst - 1))
        push billing '{"name":"invoices_total","type":"counter","value":1,"help":"Invoices written"}'
    done
    sleep "${PAUSE:-1}"
done
