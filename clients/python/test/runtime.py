"""A runtime like AWS Lambda's: an event on each line of standard input, an outcome on each of standard output."""

from __future__ import annotations

import json
import os
import sys
import time

import function


class Context:
    def __init__(self) -> None:
        self._end = time.monotonic() + float(os.environ.get("AWS_LAMBDA_FUNCTION_TIMEOUT", "10"))

    def get_remaining_time_in_millis(self) -> float:
        return max(0, (self._end - time.monotonic()) * 1000)


def invoke(event: dict) -> dict:
    if event.get("fork"):
        function.collect(event)
        event["samples"] = []
        if os.fork() == 0:  # as an environment restored from a snapshot
            function.m.push()
            os._exit(0)
    context = Context()
    try:
        outcome = {"result": function.handler(event, context)}
    except ValueError as e:
        outcome = {"error": str(e)}
    if context.get_remaining_time_in_millis() == 0:
        outcome = {"error": "timed out"}
    return {**outcome, "dropped": function.m.dropped}


for line in sys.stdin:
    print(json.dumps(invoke(json.loads(line))), flush=True)
