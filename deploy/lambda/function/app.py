from streamgauge import Metrics

m = Metrics()


@m.lambda_handler(errors=True)
def handler(event: dict, _context: object) -> dict:
    m.counter("orders_total", 1, region=event.get("region", "unknown"))
    return {"statusCode": 200}
