"""Measures what a push adds to a warm invocation, in the AWS Lambda runtime interface emulator.

    STREAMGAUGE_URL=http://localhost:8080 python3 clients/measure.py

Invocations with and without samples alternate in the same environment, so that both see the same machine.
What is missing is built into ~/.cache/streamgauge, which takes a few minutes.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CLIENTS = Path(__file__).resolve().parent
CACHE = Path.home() / ".cache/streamgauge"
RIE = CACHE / "bin/aws-lambda-rie"
INVOCATIONS = 1000

HANDLERS = {
    "python": """
from streamgauge import Metrics

m = Metrics()

@m.lambda_handler
def handler(event, context):
    for i in range(event["samples"]):
        m.counter("measured_total", 1, number=i)
""",
    "nodejs": """
import { Metrics } from './streamgauge.mjs'

const m = new Metrics()

export const handler = m.lambdaHandler(async (event) => {
  for (let i = 0; i < event.samples; i++) m.counter('measured_total', 1, { number: i })
})
""",
}


def run(*command: str | Path, cwd: Path | None = None, **variables: str) -> None:
    subprocess.run(command, check=True, cwd=cwd, env={**os.environ, **variables}, stdout=sys.stderr)


def runtime(language: str, function: Path) -> list[str | Path]:
    """The command that starts the runtime of a language; it is installed first, if needed."""
    if not RIE.exists():
        source = "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie@latest"
        run("go", "install", source, GOBIN=str(RIE.parent))
    if language == "python":
        python = CACHE / "lambda-python/bin/python"
        if not python.exists():
            run("python3", "-m", "venv", python.parents[1])
            run(python, "-m", "pip", "-q", "install", "awslambdaric")
        (function / "app.py").write_text(HANDLERS[language])
        (function / "streamgauge.py").write_text((CLIENTS / "python/streamgauge.py").read_text())
        return [python, "-m", "awslambdaric", "app.handler"]
    client = CACHE / "lambda-node/node_modules/.bin/aws-lambda-ric"
    if not client.exists():
        client.parents[2].mkdir(parents=True, exist_ok=True)
        run("npm", "install", "--silent", "aws-lambda-ric", cwd=client.parents[2])
    (function / "app.mjs").write_text(HANDLERS[language])
    (function / "streamgauge.mjs").write_text((CLIENTS / "nodejs/streamgauge.mjs").read_text())
    return [client, "app.handler"]


def invoke(samples: int) -> float:
    """Milliseconds of one invocation."""
    connection = http.client.HTTPConnection("127.0.0.1", 9000, timeout=10)
    start = time.perf_counter()
    connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps({"samples": samples}))
    answer = connection.getresponse().read()
    taken = (time.perf_counter() - start) * 1000
    connection.close()
    if answer != b"null" and answer != b"":
        raise SystemExit(f"the function failed: {answer.decode()}")
    return taken


def measure(language: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = runtime(language, Path(folder))
        addresses = [
            "--runtime-interface-emulator-address",
            "127.0.0.1:9000",
            "--runtime-api-address",
            "127.0.0.1:9001",
        ]
        environment = {**os.environ, "AWS_LAMBDA_FUNCTION_TIMEOUT": "10", "LAMBDA_TASK_ROOT": folder}
        log = open(Path(folder) / "emulator.log", "w")  # noqa: SIM115
        emulator = subprocess.Popen([RIE, *addresses, *command], cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            while True:
                try:
                    invoke(1)
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            for samples in (1, 10, 100):
                for _ in range(50):
                    invoke(samples)
                taken: dict[int, list[float]] = {0: [], samples: []}
                for _ in range(INVOCATIONS):
                    for count in taken:
                        taken[count].append(invoke(count))
                figures = {
                    count: (statistics.median(ms), statistics.quantiles(ms, n=100)[98]) for count, ms in taken.items()
                }
                (median, p99), (base_median, base_p99) = figures[samples], figures[0]
                print(
                    f"{language:8} {samples:4} samples: without {base_median:.1f} ms (p99 {base_p99:.1f}), "
                    f"with {median:.1f} ms (p99 {p99:.1f}), "
                    f"added {median - base_median:.1f} ms (p99 {p99 - base_p99:.1f})",
                    flush=True,
                )
        finally:
            emulator.terminate()
            emulator.wait()


for name in sys.argv[1:] or HANDLERS:
    measure(name)
