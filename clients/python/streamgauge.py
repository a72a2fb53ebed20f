"""Sends metrics to Streamgauge from short-lived processes. Copy this file; it needs Python 3.9 and nothing else.

    m = Metrics()  # STREAMGAUGE_URL, STREAMGAUGE_KEY, STREAMGAUGE_TENANT, STREAMGAUGE_LABELS, STREAMGAUGE_TIMEOUT

    @m.lambda_handler
    def handler(event, context):
        m.counter("orders_total", 1, region="eu")

A push never raises, and takes at most the timeout. How it behaves when the server does not: clients/README.md.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import email.utils
import functools
import http.client
import json
import logging
import math
import os
import queue
import random
import re
import socket
import threading
import time
import urllib.parse
import uuid
from typing import Any, Callable, Mapping, Sequence

MAX_BYTES = 1024 * 1024  # of samples as JSON, which are less than 10,000
MAX_VALUES = 1_000  # of one histogram or summary sample
MAX_KEPT_BYTES = 256 * 1024
MAX_KEPT_SECONDS = 9 * 60  # the server forgets an Idempotency-Key after 10 minutes
MAX_IDLE_SECONDS = 30  # of a connection: while a function is frozen, balancers forget it without a sign
MAX_RETRY_AFTER = 600
MAX_ANSWER_BYTES = 64 * 1024

_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_NAME = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_VISIBLE_ASCII = re.compile(r"[!-~]+")

_log = logging.getLogger("streamgauge")


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
        self._lock = threading.RLock()  # of the next six
        self.dropped: collections.Counter[str] = collections.Counter()  # samples by reason
        self._unreported: collections.Counter[str] = collections.Counter()
        self._samples: dict[object, dict] = {}  # by series, oldest first
        self._descriptions: dict[str, dict] = {}
        self._bytes = 0  # at most what samples and descriptions take as JSON
        self._logged: dict[str, float] = {}
        self._pushing = threading.Lock()  # of the next five; times are wall clock, as only that goes on while frozen
        self._connection: http.client.HTTPConnection | None = None
        self._last_use = (0, 0.0)  # process and time
        self._kept: _Body | None = None
        self._backoff = 0.0
        self._skip_until = 0.0
        self._timeout = self._setting("STREAMGAUGE_TIMEOUT", timeout, _seconds) or 1.0
        self._labels = self._setting("STREAMGAUGE_LABELS", labels, _common_labels) or {}
        self._headers = {"Content-Type": "application/json"}
        if key := self._setting("STREAMGAUGE_KEY", key, _header_value):
            self._headers["Authorization"] = f"Bearer {key}"
        if tenant := self._setting("STREAMGAUGE_TENANT", tenant, _header_value):
            self._headers["X-Scope-OrgID"] = tenant
        self._url = self._setting("STREAMGAUGE_URL", url, _parsed_url)
        if self._url is None:
            self._warn("url", "no URL to push to; metrics are not sent")
        else:
            query = f"?{self._url.query}" if self._url.query else ""
            self._path = self._url.path.rstrip("/") + "/api/v1/metrics" + query

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
        self,
        name: str,
        help: str | None = None,
        unit: str | None = None,
        buckets: Sequence[float] | None = None,
        quantiles: Sequence[float] | None = None,
    ) -> None:
        """Describes a metric. The server takes this from the first sample that it ever sees."""
        given = {"help": help, "unit": unit, "buckets": buckets, "quantiles": quantiles}
        description = {field: value for field, value in given.items() if value is not None}
        try:
            with self._lock:
                self._bytes += len(_json(description)) - len(_json(self._descriptions.get(name, {})))
                self._descriptions[name] = description
        except Exception as e:
            self._warn("invalid", "description of %.100r ignored: %s", name, e)

    def push(self, key: str | None = None) -> bool:
        """Sends what was collected. True if the server has taken all of it.

        With the id of a message as the key, samples that depend on that message alone count once, however often
        it is delivered within 10 minutes.
        """
        return self._push(key, self._timeout)

    def lambda_handler(self, handler: Callable | None = None, /, *, errors: bool = False) -> Callable:
        """Decorates an AWS Lambda handler: pushes when it ends, also when it raises.

        `@m.lambda_handler(errors=True)` counts what it raises as `lambda_errors_total{kind="handler"}`.
        """
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
                remaining = getattr(context, "get_remaining_time_in_millis", lambda: math.inf)()
                self._push(None, min(self._timeout, remaining / 1000 - 0.1))

        return wrapped

    def _collect(self, kind: str, name: str, value: float, labels: Mapping[str, object]) -> None:
        try:
            if self._url is not None:
                if not _METRIC_NAME.fullmatch(name):
                    raise ValueError("not the name of a metric")
                if kind == "counter" and value < 0:
                    raise ValueError("a counter cannot decrease")
                if {"histogram": "le", "summary": "quantile"}.get(kind) in labels:
                    raise ValueError("the label is reserved")
                self._add(kind, name, value, _checked_labels(labels))
        except Exception as e:
            self._drop("invalid", 1, "%.100r: %s", name, e)

    def _add(self, kind: str, name: str, value: float, labels: dict[str, str]) -> None:
        series = (kind, name, *sorted(labels.items()))
        with self._lock:
            sample = self._samples.get(series)
            if sample is not None and len(sample.get("values", ())) == MAX_VALUES:
                self._samples[object()] = self._samples.pop(series)  # takes no more values
                sample = None
            cost = 0 if sample is None else _cost(sample)
            sample = sample or {"name": name, "type": kind, "labels": labels}
            if kind == "counter":
                sample["value"] = _number(sample.get("value", 0.0) + _number(value))
            elif kind == "gauge":
                sample.update(value=_number(value), timestamp=time.time_ns() // 1_000_000)
            else:
                sample.setdefault("values", []).append(_number(value))
            self._samples[series] = sample
            self._bytes += _cost(sample) - cost
            self._enforce_bounds()

    def _enforce_bounds(self) -> None:
        while self._samples and self._bytes > MAX_BYTES:
            self._bytes -= _cost(self._samples.pop(next(iter(self._samples))))
            self._drop("full", 1, "more than 1 MiB waits")

    def _drop(self, reason: str, count: int, why: str, *args: object) -> None:
        with self._lock:
            self.dropped[reason] += count
            self._unreported[reason] += count
        self._warn(reason, "samples dropped: " + why, *args)

    def _take(self, *, report: bool) -> dict[object, dict]:
        with self._lock:
            if report:
                unreported, self._unreported = self._unreported, collections.Counter()
                for reason, count in unreported.items():
                    self._add("counter", "streamgauge_client_dropped_samples_total", count, {"reason": reason})
            samples, self._samples = self._samples, {}
            self._bytes -= sum(map(_cost, samples.values()))
            return samples

    def _put_back(self, samples: dict[object, dict]) -> None:
        with self._lock:
            older = {object() if series in self._samples else series: sample for series, sample in samples.items()}
            self._samples = {**older, **self._samples}
            self._bytes += sum(map(_cost, samples.values()))
            self._enforce_bounds()

    def _render(self, samples: dict[object, dict]) -> bytes:
        """As JSON, with a description in the first sample of each name."""
        with self._lock:
            descriptions = dict(self._descriptions)
        metrics = [{**sample, **descriptions.pop(sample["name"], {})} for sample in samples.values()]
        return _json({"labels": self._labels, "metrics": metrics})

    def _push(self, key: str | None, limit: float) -> bool:
        deadline = time.monotonic() + limit
        if self._url is None or not self._pushing.acquire(timeout=max(limit, 0)):
            return False
        try:
            return self._push_all(key, deadline)
        except Exception as e:
            self._warn("failed", "push failed: %s", type(e).__name__)
            return False
        finally:
            self._pushing.release()

    def _push_all(self, key: str | None, deadline: float) -> bool:
        now = time.time()
        if self._kept is not None and not 0 <= now - self._kept.since < MAX_KEPT_SECONDS:
            self._drop("unsettled", self._kept.samples, "no answer for 9 minutes")
            self._kept = None
        ready = time.monotonic() < deadline and not 0 < self._skip_until - now <= MAX_RETRY_AFTER
        if ready and self._kept is not None:
            ready = self._settle(self._kept, deadline)
            if ready:
                self._kept = None
        if not ready and key is None:
            return False  # what was never sent waits
        samples = self._take(report=key is None)
        if not samples:
            return ready
        if key is not None and not (len(key) <= 128 and _VISIBLE_ASCII.fullmatch(key)):
            self._drop("invalid", len(samples), "their key must be 1 to 128 visible ASCII characters")
            return False
        body = _Body(self._render(samples), len(samples), key or uuid.uuid4().hex, now)
        if ready and self._settle(body, deadline):
            return body.accepted
        if key is None and not body.sent:
            self._put_back(samples)
        elif self._kept is None and len(body.content) <= MAX_KEPT_BYTES:
            self._kept = body
        else:
            self._drop("unsettled", body.samples, "no answer, and no room to keep them")
        return False

    def _settle(self, body: _Body, deadline: float) -> bool:
        """Sends until an answer is final. False if there is no time left for that."""
        pause = 0.05
        while True:
            problem, retry_after = self._attempt(body, deadline)
            if problem is None:
                return True
            pause *= 2
            wait = max(retry_after, random.uniform(pause / 2, pause))
            if time.monotonic() + wait >= deadline:
                self._give_way(problem, retry_after)
                return False
            time.sleep(wait)

    def _attempt(self, body: _Body, deadline: float) -> tuple[str | None, float]:
        """What prevented a final answer, or None; and for how long the server wants to be left alone."""
        connection, reused = self._open_connection(deadline)
        answer = _Answer()
        try:
            if not reused:
                _within(deadline, connection.connect)
            body.sent = True
            _within(deadline, lambda: self._exchange(connection, body, answer))
        except (OSError, http.client.HTTPException, ValueError) as e:
            _close(connection)
            if answer.status == 0:
                if reused and time.monotonic() < deadline:
                    return self._attempt(body, deadline)  # on another connection
                return f"{type(e).__name__}: {e}", 0.0
        else:
            self._connection, self._last_use = connection, (os.getpid(), time.time())
        if answer.status in (408, 425, 429) or answer.status >= 500:
            return f"answer {answer.status}", _seconds_of(answer.retry_after)
        self._backoff = 0.0
        self._report(body, answer)
        if time.monotonic() >= deadline:
            self._give_way("the answer did not end", 0.0)
        return None, 0.0

    def _open_connection(self, deadline: float) -> tuple[http.client.HTTPConnection, bool]:
        """A connection, and whether it was used before."""
        connection, self._connection = self._connection, None
        process, last_use = self._last_use
        if connection is not None and connection.sock is not None and process == os.getpid():
            if 0 <= time.time() - last_use <= MAX_IDLE_SECONDS:
                return connection, True
            _close(connection)
        https = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if https else http.client.HTTPConnection
        return kind(self._url.hostname, self._url.port, timeout=max(deadline - time.monotonic(), 0.001)), False

    def _exchange(self, connection: http.client.HTTPConnection, body: _Body, answer: _Answer) -> None:
        with contextlib.suppress(ConnectionError):  # a server may reject a body before it has read all of it
            connection.request("POST", self._path, body.content, {**self._headers, "Idempotency-Key": body.key})
        response = connection.getresponse()
        answer.retry_after = response.headers.get("Retry-After", "")
        answer.status = response.status
        answer.content = response.read(MAX_ANSWER_BYTES)
        if not response.isclosed():
            connection.close()

    def _report(self, body: _Body, answer: _Answer) -> None:
        rejected, error = _rejections(answer.content)
        body.accepted = 200 <= answer.status < 300
        if 300 <= answer.status < 400:
            error = "redirects are not followed; correct the URL"
        if not body.accepted:
            self._drop("rejected", body.samples, "%s answered %d %.300s", self._url.hostname, answer.status, error)
        elif rejected:
            self._warn("partly", "%s of %d samples rejected; the first: %.300s", rejected, body.samples, error)

    def _give_way(self, problem: str, retry_after: float) -> None:
        self._backoff = min(max(1.0, self._backoff * 2), 60.0)
        pause = max(self._backoff, min(retry_after, MAX_RETRY_AFTER))
        self._skip_until = time.time() + pause
        self._warn("failed", "push to %s failed, none for %.0f s: %.300s", self._url.hostname, pause, problem)

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
        if not 0 <= now - self._logged.get(kind, 0.0) < 60:
            self._logged[kind] = now
            _log.warning("streamgauge: " + message, *args)


@dataclasses.dataclass
class _Body:
    """The content of one push with its key; both stay the same in every attempt."""

    content: bytes
    samples: int
    key: str
    since: float
    sent: bool = False
    accepted: bool = False


@dataclasses.dataclass
class _Answer:
    """An answer as far as it has come."""

    status: int = 0
    retry_after: str = ""
    content: bytes = b""


def _close(connection: http.client.HTTPConnection) -> None:
    with contextlib.suppress(Exception):
        socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)  # wakes the thread that reads from it
    connection.close()


def _within(deadline: float, call: Callable[[], None]) -> None:
    """Leaves a call alone at the deadline: neither a question to DNS nor a slow answer can be given one."""
    outcome: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put(call())
        except Exception as e:
            outcome.put(e)

    threading.Thread(target=run, daemon=True).start()
    try:
        error = outcome.get(timeout=max(0.0, deadline - time.monotonic()))
    except queue.Empty:
        raise TimeoutError("no answer in time") from None
    if error is not None:
        raise error


def _rejections(content: bytes) -> tuple[int, str]:
    """How many samples were rejected, and why the first."""
    try:
        answer = json.loads(content)
        first = (answer.get("errors") or [{}])[0]
        return int(answer.get("rejected", 0)), first.get("message") or answer.get("title", "")
    except (ValueError, TypeError, AttributeError, LookupError):
        return 0, "the answer is no JSON"


def _seconds_of(retry_after: str) -> float:
    """Of seconds or a date; 0 if it is neither, or past."""
    try:
        if retry_after.strip().isdigit():
            return float(retry_after)
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _checked_labels(labels: Mapping[str, object]) -> dict[str, str]:
    checked = {}
    for name, value in labels.items():
        if not _LABEL_NAME.fullmatch(name):
            raise ValueError(f"{name[:100]!r} cannot be the name of a label")
        text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        text.encode()  # raises at a lone surrogate
        if _CONTROL.search(text):
            raise ValueError(f"label {name[:100]!r} has a control character")
        if text:
            checked[name] = text
    return checked


def _number(value: Any) -> float:
    if isinstance(value, (str, bytes)) or not math.isfinite(value):
        raise ValueError("not a finite number")
    return float(value)


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not 0 < seconds <= 60:
        raise ValueError("it must be 0 to 60 seconds")
    return seconds


def _common_labels(value: str | Mapping[str, object]) -> dict[str, str]:
    if isinstance(value, str):
        pairs = (pair.partition("=") for pair in value.split(",") if pair.strip())
        value = {name.strip(): text.strip() for name, _, text in pairs}
    return _checked_labels(value)


def _header_value(value: str) -> str:
    if not _VISIBLE_ASCII.fullmatch(value.strip()):
        raise ValueError("it must be visible ASCII characters")
    return value.strip()


def _parsed_url(value: str) -> urllib.parse.SplitResult:
    url = urllib.parse.urlsplit(_header_value(value))
    if url.scheme not in ("http", "https") or not url.hostname or url.port == 0:
        raise ValueError("it must be like https://metrics.example.com")
    return url


def _cost(sample: dict) -> int:
    """At most how many bytes the sample takes as JSON, without a description."""
    return len(_json([sample["name"], sample["labels"]])) + 100 + 25 * len(sample.get("values", "."))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
