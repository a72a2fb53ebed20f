"""Runs the script as PHP does: an event on each line of standard input, an outcome on each of standard output.

runtime.py php
runtime.py php-fpm8.2
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "function.php")


def run_script(event: bytes) -> dict:
    return json.loads(subprocess.run([sys.argv[1], SCRIPT], check=True, input=event, stdout=subprocess.PIPE).stdout)


class Fpm:
    """PHP-FPM with one worker."""

    def __init__(self, folder: str) -> None:
        self._socket = os.path.join(folder, "socket")
        self._outcome = os.path.join(folder, "outcome")
        self._log = open(os.path.join(folder, "log"), "w+")  # noqa: SIM115
        configuration = os.path.join(folder, "fpm.conf")
        with open(configuration, "w") as file:
            file.write(
                f"[global]\nerror_log = {folder}/fpm.log\n[www]\nlisten = {self._socket}\nclear_env = no\n"
                f"pm = static\npm.max_children = 1\nphp_admin_value[error_log] = {self._log.name}\n"
            )
        command = [sys.argv[1], "--nodaemonize", "--allow-to-run-as-root", "--fpm-config", configuration]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        while not os.path.exists(self._socket):
            time.sleep(0.02)

    def run_script(self, event: bytes) -> dict:
        request = {
            "SCRIPT_FILENAME": SCRIPT,
            "REQUEST_METHOD": "POST",
            "CONTENT_LENGTH": str(len(event)),
            "OUTCOME": self._outcome,
            "PATH": os.environ["PATH"],
        }
        start = time.monotonic()
        command = ["cgi-fcgi", "-bind", "-connect", self._socket]
        response = subprocess.run(command, check=True, env=request, input=event, stdout=subprocess.PIPE).stdout
        answered = time.monotonic() - start
        assert response.endswith(b"last words"), response
        while not os.path.exists(self._outcome):
            time.sleep(0.01)
        with open(self._outcome) as file:
            outcome = json.load(file)
        os.remove(self._outcome)
        sys.stderr.write(self._log.read())
        sys.stderr.flush()
        return {**outcome, "answered": answered}


with tempfile.TemporaryDirectory() as temporary:
    run = Fpm(temporary).run_script if "fpm" in sys.argv[1] else run_script
    for line in sys.stdin:
        print(json.dumps(run(line.encode())), flush=True)
