"""Measures what pushes cost: the milliseconds that they add to warm invocations of an AWS Lambda function in the
runtime interface emulator, and the CPU and bytes of the server.

    STREAMGAUGE_URL=http://localhost:8080 python3 clients/measure.py python nodejs java go
    STREAMGAUGE_URL=http://localhost:8080 python3 clients/measure.py server PID

The runtimes are those that `make e2e PEERS=newest` has built. Invocations with and without samples alternate in the
same environment, so that both see the same machine. Start the server with STREAMGAUGE_LIMITS_INGESTION_RATE=0 and
STREAMGAUGE_LIMITS_MAX_IDEMPOTENCY_BYTES_PER_USER=0.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Iterator

CLIENTS = Path(__file__).resolve().parent
CACHE = Path.home() / ".cache/streamgauge"
SAMPLES = (1, 10, 100)
WARM_UP = 200
INVOCATIONS = 1000
PUSHES = 20_000
SENDERS = 16


def cached(pattern: str) -> str:
    found = sorted(CACHE.glob(pattern))
    if not found:
        raise SystemExit(f"{CACHE}/{pattern} not found: run make e2e PEERS=newest")
    return str(found[-1])


def runtime(language: str) -> list[str]:
    """The command that starts the test function of a language in its runtime."""
    folder = str(CLIENTS / language / "test")
    inside = ["env", "-C", folder, f"LAMBDA_TASK_ROOT={folder}"]
    if language == "python":
        return [*inside, cached("awslambdaric-*/bin/python"), "-m", "awslambdaric", "function.handler"]
    if language == "nodejs":
        return [*inside, cached("aws-lambda-ric-*/node_modules/.bin/aws-lambda-ric"), "function.handler"]
    if language == "java":
        jars = f"{cached('lambda-java/lambda.jar')}:{cached('lambda-java/lib')}/*"
        client = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
        return ["java", "-XX:TieredStopAtLevel=1", "-cp", jars, client, "Handler::handleRequest"]
    return [cached("lambda-go")]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def emulator(language: str) -> Iterator[int]:
    """The emulator with a function, and its port."""
    port = free_port()
    addresses = [
        f"--runtime-interface-emulator-address=127.0.0.1:{port}",
        f"--runtime-api-address=127.0.0.1:{free_port()}",
    ]
    command = [cached("aws-lambda-rie-*/aws-lambda-rie"), *addresses, *runtime(language)]
    environment = {**os.environ, "AWS_LAMBDA_FUNCTION_TIMEOUT": "10"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def metrics(samples: int) -> list[list]:
    return [["counter", "measured_total", 1, {"number": i}] for i in range(samples)]


def invoke(port: int, samples: int) -> float:
    """Milliseconds of one invocation."""
    event = json.dumps({"samples": metrics(samples)})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    start = time.perf_counter()
    connection.request("POST", "/2015-03-31/functions/function/invocations", event)
    answer = connection.getresponse().read()
    taken = (time.perf_counter() - start) * 1000
    connection.close()
    if b"settled" not in answer:
        raise SystemExit(f"the function failed: {answer.decode()}")
    return taken


def measure_invocations(language: str) -> None:
    with emulator(language) as port:
        for samples in SAMPLES:
            for _ in range(WARM_UP):
                invoke(port, samples)
            without, with_push = [], []
            for _ in range(INVOCATIONS):
                without.append(invoke(port, 0))
                with_push.append(invoke(port, samples))
            added = [after - before for after, before in zip(quantiles(with_push), quantiles(without))]
            print(
                f"{language:8} {samples:4} samples: median {added[0]:.1f} ms, p99 {added[1]:.1f} ms added", flush=True
            )


def quantiles(milliseconds: list[float]) -> tuple[float, float]:
    return statistics.median(milliseconds), statistics.quantiles(milliseconds, n=100)[98]


def cpu_seconds(pid: int) -> float:
    """Of a process and its children that live."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = {child for task in tasks for child in (task / "children").read_text().split()}
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(int(child)) for child in children)


def push_all(count: int, body: bytes) -> None:
    url = urllib.parse.urlsplit(os.environ["STREAMGAUGE_URL"])
    failures: list[bytes] = []

    def send() -> None:
        connection = http.client.HTTPConnection(url.hostname, url.port)
        for _ in range(count // SENDERS):
            headers = {"Content-Type": "application/json", "Idempotency-Key": os.urandom(16).hex()}
            try:
                connection.request("POST", "/api/v1/metrics", body, headers)
                answer = connection.getresponse().read()
            except (OSError, http.client.HTTPException) as e:
                answer = repr(e).encode()
            if b'"rejected":0' not in answer:
                failures.append(answer)
                return

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    if failures:
        raise SystemExit(f"a push failed: {failures[0].decode()}")


def measure_server(pid: int) -> None:
    push_all(5 * PUSHES, b'{"name":"warm_up_total","type":"counter","value":1}')
    for samples in SAMPLES:
        named = [
            {"name": n, "type": t, "value": v, "labels": {"number": str(d["number"])}}
            for t, n, v, d in metrics(samples)
        ]
        body = json.dumps({"labels": {}, "metrics": named}, separators=(",", ":")).encode()
        push_all(PUSHES, body)
        start = cpu_seconds(pid)
        push_all(PUSHES, body)
        time.sleep(2)  # until they are folded
        microseconds = (cpu_seconds(pid) - start) / PUSHES * 1e6
        print(f"server   {samples:4} samples: {microseconds:.0f} us of CPU a push, {len(body)} bytes", flush=True)


if sys.argv[1] == "server":
    measure_server(int(sys.argv[2]))
else:
    for name in sys.argv[1:]:
        measure_invocations(name)
