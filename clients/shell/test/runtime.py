"""Runs the shell client once a sample: an event on each line of standard input, an outcome on each of its output."""

from __future__ import annotations

import json
import os
import subprocess
import sys

CLIENT = os.path.join(os.path.dirname(__file__), "..", "streamgauge.sh")


def push(sample: list, key: list[str]) -> bool:
    kind, name, value, labels = sample
    pairs = [f"{label}={text}" for label, text in labels.items()]
    command = [*sys.argv[1:], CLIENT, *key, kind, name, str(value), *pairs]
    errors = subprocess.run(command, check=True, stderr=subprocess.PIPE).stderr.decode()
    sys.stderr.write(errors)
    return not errors


for line in sys.stdin:
    event = json.loads(line)
    keys = [["-k", key] for key in event.get("pushes", [])] or [[]]
    pushed = [push(sample, key) for sample in event.get("samples", []) for key in keys]
    result = {"echo": event.get("echo"), "settled": pushed, "pushed": all(pushed)}
    print(json.dumps({"result": result, "dropped": {}}), flush=True)
