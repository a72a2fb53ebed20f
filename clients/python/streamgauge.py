"""Sends metrics to Streamgauge from short-lived processes. Copy this file; it needs Python 3.9 and nothing else.

    m = Metrics()  # STREAMGAUGE_URL, STREAMGAUGE_KEY, STREAMGAUGE_TENANT, STREAMGAUGE_LABELS, STREAMGAUGE_TIMEOUT

    @m.lambda_handler
    def handler(event, context):
        m.counter("orders_total", 1, region="eu")

A push never raises, and takes at most the timeout.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import email.utils
import functools
import http.client
import json
import logging
import math
import os
import random
import re
import socket
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass
from typing import Any, Callable, Mapping, Sequence

MAX_BYTES = 1_000_000  # of waiting samples as JSON, less than 10,000; the server takes 1 MiB with descriptions
MAX_VALUES = 1_000  # of one histogram or summary sample
NUMBER_BYTES = 25  # at most, with a comma
MAX_KEPT_BYTES = 256 * 1024
MAX_KEPT_SECONDS = 9 * 60  # the server forgets an Idempotency-Key after 10 minutes
MAX_IDLE_SECONDS = 30  # of a connection: while a function is frozen, balancers forget it without a sign
MAX_RETRY_AFTER_SECONDS = 600
MAX_ANSWER_BYTES = 64 * 1024

_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_NAME = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters and lone surrogates
_VISIBLE_ASCII = re.compile(r"[!-~]+")
_REJECTIONS = re.compile(rb'"rejected"\s*:\s*[1-9]')


class Metrics:
    """Collects samples in memory and pushes them. Threads may share one."""

    def __init__(
        self,
        *,
        url: str | None = None,
        key: str | None = None,
        tenant: str | None = None,
        labels: Mapping[str, object] | None = None,
        timeout: float | None = None,
    ) -> None:
        self._lock = threading.RLock()  # of the next five; never held while logging, as a log may count its lines
        self.dropped: Counter[str] = Counter()  # samples by reason
        self._reported: Counter[str] = Counter()  # those of them that a sample tells
        self._samples: dict[object, dict] = {}  # by series, oldest first
        self._bytes = 0  # at most what the samples take as JSON
        self._logged: dict[str, float] = {}
        self._descriptions: dict[str, dict] = {}
        self._pushing = threading.Lock()  # of the next four; times are wall clock, as only that goes on while frozen
        self._connection = (None, 0, 0.0)  # with the process and the time of its last use
        self._kept: _Body | None = None  # which has no answer; the next push sends it first
        self._backoff = 0.0
        self._skip_until = 0.0
        self._timeout = self._setting("STREAMGAUGE_TIMEOUT", timeout, _seconds) or 1.0
        self._labels = self._setting("STREAMGAUGE_LABELS", labels, _texts) or {}
        self._headers = {"Content-Type": "application/json"}
        if key := self._setting("STREAMGAUGE_KEY", key, _visible_ascii):
            self._headers["Authorization"] = f"Bearer {key}"
        if tenant := self._setting("STREAMGAUGE_TENANT", tenant, _visible_ascii):
            self._headers["X-Scope-OrgID"] = tenant
        self._url = self._setting("STREAMGAUGE_URL", url, _endpoint)
        if self._url is None:
            self._warn("url", "no URL to push to; metrics are not sent")

    def counter(self, name: str, value: float = 1, /, **labels: object) -> None:
        """Adds to a counter."""
        self._collect("counter", name, value, labels)

    def gauge(self, name: str, value: float, /, **labels: object) -> None:
        """Sets a gauge; the value carries the time of this call."""
        self._collect("gauge", name, value, labels)

    def histogram(self, name: str, value: float, /, **labels: object) -> None:
        """Observes a value, to be counted in buckets."""
        self._collect("histogram", name, value, labels)

    def summary(self, name: str, value: float, /, **labels: object) -> None:
        """Observes a value, to be shown as quantiles."""
        self._collect("summary", name, value, labels)

    def describe(
        self, name: str, help: str = "", unit: str = "", buckets: Sequence[float] = (), quantiles: Sequence[float] = ()
    ) -> None:
        """Describes a metric. The server takes this from the first sample that it ever sees."""
        fields = {"help": help, "unit": unit, "buckets": buckets, "quantiles": quantiles}
        try:
            description = {field: value for field, value in fields.items() if value}
            _json(description)  # raises if it is not valid
            self._descriptions[name] = description
        except Exception as e:
            self._warn("invalid", "description of %.100r ignored: %s", name, e)

    def push(self, key: str | None = None, timeout: float = math.inf) -> bool:
        """Sends what was collected, within the timeout if it is the shorter one. True if the server has taken all.

        With the id of a message as the key, samples that depend on that message alone count once within 10 minutes.
        """
        try:
            timeout = max(0.0, min(timeout, self._timeout))
            deadline = time.monotonic() + timeout
            if self._url is None or not self._pushing.acquire(timeout=timeout):
                return False
            try:
                return self._push(key, deadline)
            finally:
                self._pushing.release()
        except Exception as e:
            self._warn("failed", "push failed: %s", type(e).__name__)
            return False

    def lambda_handler(self, handler: Callable | None = None, /, *, errors: bool = False) -> Callable:
        """Decorates an AWS Lambda handler: pushes when it ends, and with `errors` counts what it raises."""
        if handler is None:
            return functools.partial(self.lambda_handler, errors=errors)

        @functools.wraps(handler)
        def wrapped(event: Any, context: Any) -> Any:
            try:
                return handler(event, context)
            except BaseException:
                if errors:
                    self.counter("lambda_errors_total", 1, kind="handler")
                raise
            finally:
                left = math.inf
                with contextlib.suppress(Exception):  # of a context that is not Lambda's
                    left = float(context.get_remaining_time_in_millis()) / 1000 - 0.1
                self.push(timeout=left)

        return wrapped

    def _collect(self, kind: str, name: str, value: float, labels: Mapping[str, object]) -> None:
        if self._url is None:
            return
        try:
            _require(_METRIC_NAME.fullmatch(name), "not the name of a metric")
            _require(kind != "counter" or value >= 0, "a counter cannot decrease")
            _require({"histogram": "le", "summary": "quantile"}.get(kind) not in labels, "the label is reserved")
            _require(math.isfinite(value), "not a finite number")
            texts = _texts(labels)
            series = (kind, name, frozenset(texts.items()))
            with self._lock:
                sample = self._samples.get(series)
                if sample is None:
                    sample = self._samples[series] = {"name": name, "type": kind, "labels": texts}
                    self._bytes += _size(sample)
                if kind == "counter":
                    sample["value"] = math.fsum((sample.get("value", 0.0), value))  # raises if that is infinite
                elif kind == "gauge":
                    sample.update(value=float(value), timestamp=time.time_ns() // 1_000_000)
                else:
                    sample.setdefault("values", []).append(float(value))
                    self._bytes += NUMBER_BYTES
                    if len(sample["values"]) == MAX_VALUES:
                        self._samples[object()] = self._samples.pop(series)
                room, full = MAX_BYTES - (len(self._kept.content) if self._kept else 0), 0
                while self._samples and self._bytes > room:
                    self._bytes -= _size(self._samples.pop(next(iter(self._samples))))
                    full += 1
            if full:
                self._drop("full", full, "more than 1 MB waits")
        except Exception as e:
            self._drop("invalid", 1, "%.100r: %s", name, e)

    def _drop(self, reason: str, count: int, why: str, *args: object) -> None:
        with self._lock:
            self.dropped[reason] += count
        self._warn(reason, "samples dropped: " + why, *args)

    def _push(self, key: str | None, deadline: float) -> bool:
        now = time.time()
        if self._kept and self._kept.sent and not 0 <= now - self._kept.sent < MAX_KEPT_SECONDS:
            self._drop("unsettled", self._kept.samples, "no answer for 9 minutes")
            self._kept = None
        ready = time.monotonic() < deadline and not 0 < self._skip_until - now <= MAX_RETRY_AFTER_SECONDS
        if ready and self._kept:
            ready = self._settle(self._kept, deadline)
            self._kept = None if ready else self._kept
        if not ready and key is None:
            return False  # the samples wait
        body = self._take(key)
        if not body.samples:
            return ready
        if len(body.key) > 128 or not _VISIBLE_ASCII.fullmatch(body.key):
            self._drop("invalid", body.samples, "their key must be 1 to 128 visible ASCII characters")
        elif ready and self._settle(body, deadline):
            return body.accepted
        elif self._kept is None and (not body.sent or len(body.content) <= MAX_KEPT_BYTES):
            self._kept = body
        else:
            self._drop("unsettled", body.samples, "no answer, and no room to keep them")
        return False

    def _take(self, key: str | None) -> _Body:
        """All samples, with a description in the first of each name. Without a given key, also of what was dropped."""
        if key is None:
            with self._lock:
                unreported = self.dropped - self._reported
                self._reported += unreported
            for reason, count in unreported.items():
                self.counter("streamgauge_client_dropped_samples_total", count, reason=reason)
        with self._lock:
            samples, self._samples, self._bytes = self._samples.values(), {}, 0
        descriptions = self._descriptions.copy()
        metrics = [{**sample, **descriptions.pop(sample["name"], {})} for sample in samples]
        content = _json({"labels": self._labels, "metrics": metrics})
        return _Body(os.urandom(16).hex() if key is None else str(key), content, len(metrics))

    def _settle(self, body: _Body, deadline: float) -> bool:
        """Sends until an answer is final. False if there is no time left for that; then pushes give way."""
        pause = 0.1
        while True:
            try:
                answer, content = self._exchange(body, deadline)
                final = answer.status not in (408, 425, 429) and answer.status < 500
                problem, retry_after = f"answer {answer.status}", _seconds_until(answer.headers.get("Retry-After", ""))
            except Exception as e:
                final, problem, retry_after = False, repr(e), 0.0
            if final:
                self._report(body, answer.status, content)
            wait = 0.0 if final else max(retry_after, random.uniform(pause / 2, pause))
            if time.monotonic() + wait >= deadline:
                self._backoff = min(max(1.0, self._backoff * 2), 60.0)
                away = max(self._backoff, min(retry_after, MAX_RETRY_AFTER_SECONDS))
                self._skip_until = time.time() + away
                self._warn("failed", "push to %s failed, none for %.0f s: %.300s", self._url.hostname, away, problem)
                return final
            if final:
                return True
            time.sleep(wait)
            pause *= 2

    def _exchange(self, body: _Body, deadline: float) -> tuple[http.client.HTTPResponse, bytes]:
        """Sends the body once. Returns the answer, and its content if that came in time."""
        (connection, process, last_use), self._connection = self._connection, (None, 0, 0.0)
        fresh = process == os.getpid() and 0 <= time.time() - last_use <= MAX_IDLE_SECONDS
        reused = fresh and connection.sock is not None
        if not reused:
            kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
            connection = kind(self._url.hostname, self._url.port or kind.default_port, timeout=self._timeout)
        answer, content = None, b""

        def exchange() -> None:
            nonlocal answer, content
            if not reused:
                connection.connect()
            body.sent = body.sent or time.time()
            with contextlib.suppress(ConnectionError):  # a server may reject a body before it has read all of it
                connection.request("POST", self._url.path, body.content, {**self._headers, "Idempotency-Key": body.key})
            answer = connection.getresponse()
            content = answer.read(MAX_ANSWER_BYTES)  # where there is more, the next request fails, and opens another

        try:
            _within(deadline, exchange)
            self._connection = (connection, os.getpid(), time.time())
        except Exception:
            with contextlib.suppress(Exception):
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)  # wakes the thread that reads from it
            connection.close()
            if answer is None and reused and time.monotonic() < deadline:
                return self._exchange(body, deadline)  # on another connection
            if answer is None:
                raise
        return answer, content

    def _report(self, body: _Body, status: int, content: bytes) -> None:
        self._backoff = 0.0
        body.accepted = 200 <= status < 300 and not _REJECTIONS.search(content)
        text = content.decode(errors="replace")
        if not 200 <= status < 300:
            self._drop("rejected", body.samples, "%s answered %d %.300s", self._url.hostname, status, text)
        elif not body.accepted:
            self._warn("partly", "some of %d samples rejected: %.300s", body.samples, text)

    def _setting(self, variable: str, given: object, parse: Callable[[Any], Any]) -> Any:
        value = os.environ.get(variable) if given is None else given
        try:
            return parse(value) if value else None
        except Exception as e:
            self._warn(variable, "%s is ignored: %s", variable, e)
            return None

    def _warn(self, kind: str, message: str, *args: object) -> None:
        """Logs at most one line a minute of each kind."""
        now = time.time()
        with self._lock:
            if 0 <= now - self._logged.get(kind, 0.0) < 60:
                return
            self._logged[kind] = now
        with contextlib.suppress(Exception):  # of an argument's own methods
            logging.getLogger("streamgauge").warning("streamgauge: %s", _NO_TEXT.sub(" ", message % args))


@dataclass
class _Body:  # of one push; its key and its content are the same in every attempt
    key: str
    content: bytes
    samples: int
    sent: float = 0.0  # when, for the first time; 0 if there was no connection
    accepted: bool = False


def _within(deadline: float, call: Callable[[], Any]) -> Any:
    """Leaves a call alone at the deadline: neither a question to DNS nor a slow answer can be given one."""
    future: concurrent.futures.Future = concurrent.futures.Future()

    def run() -> None:
        try:
            future.set_result(call())
        except Exception as e:
            future.set_exception(e)

    threading.Thread(target=run, daemon=True).start()
    return future.result(max(0.0, deadline - time.monotonic()))


def _seconds_until(retry_after: str) -> float:
    """From a number or a date; 0 if it is neither."""
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        if retry_after.isdigit():
            return float(retry_after)
        return email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
    return 0.0


def _require(condition: object, message: str) -> None:
    if not condition:
        raise ValueError(message)


def _texts(labels: str | Mapping[str, object]) -> dict[str, str]:
    if isinstance(labels, str):
        pairs = [pair.split("=", 1) for pair in labels.split(",")]
        _require(all(len(pair) == 2 for pair in pairs), "it must be like region=eu,function=checkout")
        labels = {name.strip(): value.strip() for name, value in pairs}
    texts = {}
    for name, value in labels.items():
        text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        _require(_LABEL_NAME.fullmatch(name), f"{name[:100]!r} cannot be the name of a label")
        _require(not _NO_TEXT.search(text), f"label {name[:100]!r} has a control character or a lone surrogate")
        if text:
            texts[name] = text
    return texts


def _seconds(value: str | float) -> float:
    seconds = float(value)
    _require(0 < seconds <= 60, "it must be 0 to 60 seconds")
    return seconds


def _visible_ascii(value: str) -> str:
    _require(_VISIBLE_ASCII.fullmatch(value.strip()), "it must be visible ASCII characters")
    return value.strip()


def _endpoint(value: str) -> urllib.parse.SplitResult:
    """With the query as a part of the path."""
    url = urllib.parse.urlsplit(_visible_ascii(value))
    _require(url.scheme in ("http", "https") and url.hostname and url.port != 0, "it must be an http or https URL")
    return url._replace(path=f"{url.path.rstrip('/')}/api/v1/metrics?{url.query}".rstrip("?"))


def _size(sample: dict) -> int:
    """At most how many bytes the sample takes as JSON, without a description."""
    return len(_json([sample["name"], sample["labels"]])) + 125 + NUMBER_BYTES * len(sample.get("values", ()))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
