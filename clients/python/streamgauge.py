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

MAX_SAMPLES = 10_000
MAX_BYTES = 1024 * 1024
MAX_VALUES = 1_000  # of one histogram or summary sample
MAX_KEPT_BYTES = 256 * 1024
MAX_KEPT_SECONDS = 9 * 60  # the server forgets an Idempotency-Key after 10 minutes
MAX_IDLE_SECONDS = 30  # of a connection: while a function is frozen, balancers forget it without a sign
MAX_RETRY_AFTER = 600

_BYTES_OF_NUMBER = 25  # the longest double with its comma
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
        env = os.environ.get
        self.dropped: collections.Counter[str] = collections.Counter()  # samples by reason
        self._unreported: collections.Counter[str] = collections.Counter()
        self._samples: collections.deque[dict] = collections.deque()  # oldest first
        self._open: dict[tuple, dict] = {}  # those that further values are added to
        self._bytes = 0  # at most what the samples and descriptions take as JSON
        self._descriptions: dict[str, dict] = {}
        self._logged: dict[str, float] = {}
        self._lock = threading.RLock()  # of all above
        self._connection: http.client.HTTPConnection | None = None
        self._connection_use: tuple[int, float] = (0, 0.0)  # process and wall clock
        self._kept: _Body | None = None
        self._backoff = 0.0
        self._skip_until = 0.0  # wall clock, which alone goes on while an environment is frozen
        self._push_lock = threading.Lock()  # of all from the connection on
        self._timeout = self._setting(_seconds, timeout or env("STREAMGAUGE_TIMEOUT"), 1.0)
        self._labels = self._setting(_common_labels, env("STREAMGAUGE_LABELS") if labels is None else labels, {})
        key = self._setting(_header_value, key or env("STREAMGAUGE_KEY"), None)
        tenant = self._setting(_header_value, tenant or env("STREAMGAUGE_TENANT"), None)
        self._headers = {"Content-Type": "application/json"}
        self._headers.update({"Authorization": f"Bearer {key}"} if key else {})
        self._headers.update({"X-Scope-OrgID": tenant} if tenant else {})
        self._url = self._setting(_parsed_url, url or env("STREAMGAUGE_URL"), None)
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
        self,
        name: str,
        help: str | None = None,
        unit: str | None = None,
        buckets: Sequence[float] | None = None,
        quantiles: Sequence[float] | None = None,
    ) -> None:
        """Describes a metric. The server takes this from the first sample that it ever sees."""
        try:
            texts = {"help": help, "unit": unit}
            numbers = {"buckets": buckets, "quantiles": quantiles}
            description: dict[str, object] = {field: _text(text) for field, text in texts.items() if text is not None}
            description.update({field: [_number(n) for n in ns] for field, ns in numbers.items() if ns is not None})
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
                self._push(None, min(self._timeout, _remaining_seconds(context)))

        return wrapped

    def _collect(self, kind: str, name: str, value: float, labels: Mapping[str, object]) -> None:
        try:
            if self._url is not None:
                self._add(kind, name, _number(value), _checked_labels(labels, kind))
        except Exception as e:
            self._drop("invalid", 1)
            self._warn("invalid", "sample of %.100r dropped: %s", name, e)

    def _add(self, kind: str, name: str, value: float, labels: dict[str, str]) -> None:
        if not _METRIC_NAME.fullmatch(name):
            raise ValueError("not the name of a metric")
        if kind == "counter" and value < 0:
            raise ValueError("a counter cannot decrease")
        added = {"name": name, "type": kind, "labels": labels}
        with self._lock:
            sample = self._open.get(_series(added))
            if kind in ("histogram", "summary"):
                if sample is None or len(sample["values"]) == MAX_VALUES:
                    sample = None
                    added["values"] = [value]
                else:
                    sample["values"].append(value)
                    self._bytes += _BYTES_OF_NUMBER
            elif sample is None:
                added["value"] = value
            else:
                sample["value"] = _number(sample["value"] + value) if kind == "counter" else value
            if kind == "gauge":
                (sample or added)["timestamp"] = time.time_ns() // 1_000_000
            if sample is None:
                self._open[_series(added)] = added
                self._samples.append(added)
                self._bytes += _cost(added)
            self._enforce_bounds()

    def _enforce_bounds(self) -> None:
        while self._samples and (self._bytes > MAX_BYTES or len(self._samples) > MAX_SAMPLES):
            oldest = self._samples.popleft()
            self._bytes -= _cost(oldest)
            if self._open.get(_series(oldest)) is oldest:
                del self._open[_series(oldest)]
            self._drop("full", 1)

    def _take(self, *, report: bool) -> tuple[list[dict], bytes]:
        """The samples and their JSON, with a description in the first sample of each name."""
        with self._lock:
            if report:
                unreported, self._unreported = self._unreported, collections.Counter()
                for reason, count in unreported.items():
                    self._add("counter", "streamgauge_client_dropped_samples_total", count, {"reason": reason})
            samples = list(self._samples)
            self._samples.clear()
            self._open.clear()
            self._bytes -= sum(map(_cost, samples))
            descriptions = dict(self._descriptions)
        other = {"histogram": ("quantiles",), "summary": ("buckets",)}
        metrics = []
        for sample in samples:
            description = descriptions.pop(sample["name"], {})
            unfit = other.get(sample["type"], ("buckets", "quantiles"))
            metrics.append({**sample, **{f: v for f, v in description.items() if f not in unfit}})
        return samples, _json({"labels": self._labels, "metrics": metrics})

    def _put_back(self, samples: list[dict]) -> None:
        with self._lock:
            self._samples.extendleft(reversed(samples))
            self._bytes += sum(map(_cost, samples))
            for sample in samples:
                self._open.setdefault(_series(sample), sample)
            self._enforce_bounds()

    def _drop(self, reason: str, count: int) -> None:
        with self._lock:
            self.dropped[reason] += count
            self._unreported[reason] += count

    def _push(self, key: str | None, limit: float) -> bool:
        deadline = time.monotonic() + limit
        if self._url is None or not self._push_lock.acquire(timeout=max(limit, 0)):
            return False
        try:
            return self._push_all(key, deadline)
        except Exception as e:
            self._warn("failed", "push failed: %s", type(e).__name__)
            return False
        finally:
            self._push_lock.release()

    def _push_all(self, key: str | None, deadline: float) -> bool:
        now = time.time()
        if self._kept is not None and not 0 <= now - self._kept.since < MAX_KEPT_SECONDS:
            self._drop("unsettled", self._kept.samples)
            self._kept = None
        ready = time.monotonic() < deadline and not 0 < self._skip_until - now <= MAX_RETRY_AFTER
        if ready and self._kept is not None:
            ready = self._settle(self._kept, deadline)
            if ready:
                self._kept = None
        if not ready and key is None:
            return False  # what was never sent waits
        samples, content = self._take(report=key is None)
        if not samples:
            return ready
        if key is not None and not (len(key) <= 128 and _VISIBLE_ASCII.fullmatch(key)):
            self._drop("invalid", len(samples))
            self._warn("invalid", "push dropped: its key must be 1 to 128 visible ASCII characters")
            return False
        body = _Body(content, len(samples), key or uuid.uuid4().hex, now)
        if ready and self._settle(body, deadline):
            return body.accepted
        if key is None and not body.sent:
            self._put_back(samples)
        elif self._kept is None and len(body.content) <= MAX_KEPT_BYTES:
            self._kept = body
        else:
            self._drop("unsettled", body.samples)
        return False

    def _settle(self, body: _Body, deadline: float) -> bool:
        """Sends until an answer is final. False if there is no time left for that."""
        pause = 0.05
        while True:
            problem, wait = self._attempt(body, deadline)
            if problem is None:
                return True
            pause *= 2
            jittered = max(wait, random.uniform(pause / 2, pause))
            if time.monotonic() + jittered >= deadline:
                self._give_way(problem, wait)
                return False
            time.sleep(jittered)

    def _attempt(self, body: _Body, deadline: float) -> tuple[str | None, float]:
        """What prevented a final answer, or None; and for how long the server wants to be left alone."""
        connection = self._reusable_connection()
        reused = connection is not None
        answer = _Answer()
        try:
            if connection is None:
                connection = _connection(self._url, deadline - time.monotonic())
                _within(deadline, connection.connect)
            body.sent = True
            headers = {**self._headers, "Idempotency-Key": body.key}
            _within(deadline, lambda: answer.read(connection, self._url, body.content, headers))
        except (OSError, http.client.HTTPException, ValueError) as e:
            _close(connection)
            if answer.status is None:
                if reused and time.monotonic() < deadline:  # it was closed meanwhile
                    return self._attempt(body, deadline)
                return f"{type(e).__name__}: {e}", 0.0
        else:
            self._connection, self._connection_use = connection, (os.getpid(), time.time())
        if answer.status in (408, 425, 429) or answer.status >= 500:
            return f"answer {answer.status}", answer.retry_after()
        self._backoff = 0.0
        self._report(body, answer)
        if answer.content is None and time.monotonic() >= deadline:
            self._give_way("the answer did not end", 0.0)
        return None, 0.0

    def _reusable_connection(self) -> http.client.HTTPConnection | None:
        connection, self._connection = self._connection, None
        process, last_use = self._connection_use
        if connection is None or connection.sock is None or process != os.getpid():
            return None
        if 0 <= time.time() - last_use <= MAX_IDLE_SECONDS:
            return connection
        _close(connection)
        return None

    def _report(self, body: _Body, answer: _Answer) -> None:
        body.accepted = 200 <= answer.status < 300
        rejected, error = answer.rejections()
        if 300 <= answer.status < 400:
            error = "redirects are not followed; correct the URL"
        if not body.accepted:
            self._drop("rejected", body.samples)
            self._warn("rejected", "push to %s rejected: %d %.300s", self._url.hostname, answer.status, error)
        elif rejected:
            self._warn("partly", "%s of %d samples rejected; the first: %.300s", rejected, body.samples, error)

    def _give_way(self, problem: str, wait: float) -> None:
        self._backoff = min(max(1.0, self._backoff * 2), 60.0)
        pause = max(self._backoff, min(wait, MAX_RETRY_AFTER))
        self._skip_until = time.time() + pause
        self._warn("failed", "push to %s failed, none for %.0f s: %.300s", self._url.hostname, pause, problem)

    def _setting(self, parse: Callable[[Any], Any], value: object, default: Any) -> Any:
        try:
            return parse(value) if value else default
        except Exception as e:
            self._warn(parse.__name__, "a setting is ignored: %s", e)
            return default

    def _warn(self, kind: str, message: str, *args: object) -> None:
        """Logs at most one line a minute of each kind."""
        now = time.time()
        if not 0 <= now - self._logged.get(kind, 0.0) < 60:
            self._logged[kind] = now
            _log.warning("streamgauge: " + message, *args)


@dataclasses.dataclass
class _Body:
    """The bytes of one push with their key; both stay the same in every attempt."""

    content: bytes
    samples: int
    key: str
    since: float
    sent: bool = False
    accepted: bool = False


class _Answer:
    """An answer as far as it has come."""

    status: int | None = None
    content: bytes | None = None

    def read(self, connection: http.client.HTTPConnection, url: Any, content: bytes, headers: dict) -> None:
        path = url.path.rstrip("/") + "/api/v1/metrics" + (f"?{url.query}" if url.query else "")
        with contextlib.suppress(ConnectionError):  # a server may reject a body before it has read all of it
            connection.request("POST", path, content, headers)
        response = connection.getresponse()
        self.headers = response.headers
        self.status = response.status
        self.content = response.read(64 * 1024)
        if not response.isclosed():
            connection.close()

    def retry_after(self) -> float:
        try:
            value = self.headers.get("Retry-After", "0").strip()
            if value.isdigit():
                return float(value)
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
        except (ValueError, TypeError, OverflowError):
            return 0.0

    def rejections(self) -> tuple[int, str]:
        """How many samples were rejected, and why the first."""
        try:
            answer = json.loads(self.content or b"")
            first = (answer.get("errors") or [{}])[0]
            return int(answer.get("rejected", 0)), first.get("message") or answer.get("title", "")
        except (ValueError, TypeError, AttributeError, LookupError):
            return 0, "the answer is no JSON"


def _connection(url: Any, seconds: float) -> http.client.HTTPConnection:
    of_scheme = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    return of_scheme(url.hostname, url.port, timeout=max(seconds, 0.001))


def _close(connection: http.client.HTTPConnection | None) -> None:
    if connection is not None:
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


def _remaining_seconds(context: Any) -> float:
    try:
        return context.get_remaining_time_in_millis() / 1000 - 0.1
    except Exception:
        return math.inf


def _checked_labels(labels: Mapping[str, object], kind: str = "") -> dict[str, str]:
    checked = {}
    for name, value in labels.items():
        if not _LABEL_NAME.fullmatch(name) or (kind, name) in (("histogram", "le"), ("summary", "quantile")):
            raise ValueError(f"{name[:100]!r} cannot be the name of a label")
        text = "" if value is None else _text(value)
        if _CONTROL.search(text):
            raise ValueError(f"label {name[:100]!r} has a control character")
        if text:
            checked[name] = text
    return checked


def _text(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text.encode()  # raises at a lone surrogate
    return text


def _number(value: Any) -> float:
    if isinstance(value, (str, bytes)) or not math.isfinite(value):
        raise ValueError("not a finite number")
    return float(value)


def _seconds(value: object) -> float:
    seconds = float(value)  # type: ignore[arg-type]
    if not 0 < seconds <= 60:
        raise ValueError("the timeout must be 0 to 60 seconds")
    return seconds


def _common_labels(value: str | Mapping[str, object]) -> dict[str, str]:
    if isinstance(value, str):
        pairs = (pair.partition("=") for pair in value.split(",") if pair.strip())
        value = {name.strip(): text.strip() for name, _, text in pairs}
    return _checked_labels(value)


def _header_value(value: str) -> str:
    if not _VISIBLE_ASCII.fullmatch(value.strip()):
        raise ValueError("a key and a tenant must be visible ASCII characters")
    return value.strip()


def _parsed_url(value: str) -> urllib.parse.SplitResult:
    url = urllib.parse.urlsplit(_header_value(value))
    if url.scheme not in ("http", "https") or not url.hostname or url.port == 0:
        raise ValueError("the URL must be like https://metrics.example.com")
    return url


def _series(sample: dict) -> tuple:
    return (sample["type"], sample["name"], *sorted(sample["labels"].items()))


def _cost(sample: dict) -> int:
    """At most how many bytes the sample takes as JSON, without a description."""
    return len(_json([sample["name"], sample["labels"]])) + 100 + _BYTES_OF_NUMBER * len(sample.get("values", "."))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
