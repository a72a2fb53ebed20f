"""An AWS Lambda function that does as its event says."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from streamgauge import Metrics

m = Metrics()


def collect(event: dict) -> None:
    for kind, name, value, labels in event.get("samples", []):
        getattr(m, kind)(name, float(value) if value in ("NaN", "Infinity") else value, **labels)


@m.lambda_handler(errors=True)
def work(event: dict, _context: Any) -> dict:
    collect(event)
    if "describe" in event:
        m.describe(event["describe"], help='a "quoted" text', buckets=[0.5, 2])
    settled = [m.push(key) for key in event.get("pushes", [])]
    if "raise" in event:
        raise ValueError(event["raise"])
    return {"echo": event.get("echo"), "settled": settled}


def handler(event: dict | bytes, context: Any) -> dict:
    if isinstance(event, bytes):  # from lambda-simulator, which names no content type
        event = json.loads(event)
    return dict(m.dropped) if "report" in event else work(event, context)
