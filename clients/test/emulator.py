"""Runs a function in the AWS Lambda runtime interface emulator: an event on each line of standard input, an outcome on
each of standard output.

    emulator.py EMULATOR RUNTIME...
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def post(event: dict) -> dict:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps(event))
    content = connection.getresponse().read()
    connection.close()
    try:
        return json.loads(content)
    except ValueError:
        return {"errorMessage": content.decode()}  # such as: Task timed out after 3.00 seconds


def invoke(event: dict) -> dict:
    answer = post(event)
    outcome = {"error": answer["errorMessage"]} if "errorMessage" in answer else {"result": answer}
    return {**outcome, "dropped": post({"report": True})}


port = free_port()
addresses = [
    f"--runtime-interface-emulator-address=127.0.0.1:{port}",
    f"--runtime-api-address=127.0.0.1:{free_port()}",
]
environment = {"AWS_LAMBDA_FUNCTION_TIMEOUT": "10", **os.environ}
command = [sys.argv[1], *addresses, *sys.argv[2:]]
emulator = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr)
while True:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        break
    except ConnectionRefusedError:
        time.sleep(0.05)
for line in sys.stdin:
    print(json.dumps(invoke(json.loads(line))), flush=True)
emulator.terminate()
