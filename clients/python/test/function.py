"""An AWS Lambda function that does as its event says."""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from streamgauge import Metrics

m = Metrics()


def collect(event: dict) -> None:
    for kind, name, value, labels in event.get("samples", []):
        getattr(m, kind)(name, float(value) if value in ("NaN", "Infinity") else value, **labels)


class Wrong:
    """None of its methods works."""

    __repr__ = __str__ = __float__ = __len__ = __ge__ = __lt__ = __hash__ = None


def misuse() -> None:
    """Gives the client what it cannot take."""
    for value in (None, Wrong(), "text", b"bytes", [1], {"": 1}, float("nan"), 10**400):
        Metrics(url=value, key=value, tenant=value, labels=value, timeout=value).push()
        m.counter(value)
        m.gauge("depth", value, text=Wrong())
        m.describe(value, help=value, buckets=value)
        m.push(timeout=value)
        m.lambda_handler(lambda event, context: None)({}, value)

    full = Metrics(url="http://example.com")
    counting = logging.Handler()  # a log that counts its lines
    counting.emit = lambda record: full.counter("log_lines_total")
    logging.getLogger().addHandler(counting)
    full.gauge("depth", 1, text="x" * 1024 * 1024)
    logging.getLogger().removeHandler(counting)


@m.lambda_handler(errors=True)
def work(event: dict, _context: Any) -> dict:
    if "misuse" in event:
        misuse()
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
