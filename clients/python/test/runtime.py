"""A runtime like AWS Lambda's: one invocation a line of standard input, its outcome on a line of standard output."""

from __future__ import annotations

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from streamgauge import Metrics

m = Metrics()


class Context:
    def __init__(self, milliseconds: float) -> None:
        self._end = time.monotonic() + milliseconds / 1000

    def get_remaining_time_in_millis(self) -> float:
        return max(0, (self._end - time.monotonic()) * 1000)


def collect(event: dict) -> None:
    for kind, name, value, labels in event.get("samples", []):
        getattr(m, kind)(name, float(value) if value in ("NaN", "Infinity") else value, **labels)


@m.lambda_handler(errors=True)
def handler(event: dict, _context: Context) -> dict:
    collect(event)
    settled = [m.push(key) for key in event.get("pushes", [])]
    if "raise" in event:
        raise ValueError(event["raise"])
    return {"echo": event.get("echo"), "settled": settled}


def invoke(event: dict) -> dict:
    if event.get("fork"):
        collect(event)
        event["samples"] = []
        if os.fork() == 0:  # as an environment restored from a snapshot
            m.push()
            os._exit(0)
    try:
        outcome = {"result": handler(event, Context(event.get("remaining", 3000)))}
    except ValueError as e:
        outcome = {"error": str(e)}
    return {**outcome, "dropped": m.dropped}


for line in sys.stdin:
    print(json.dumps(invoke(json.loads(line))), flush=True)
