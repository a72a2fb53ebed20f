"""What openapi.yaml cannot say: encodings of bodies, and rejections that depend on more than the request's schema.

Everything else that schemathesis reports is a difference between the description and the answers.
"""

import gzip
import json
import re

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, ServerError
from schemathesis.openapi.checks import RejectedPositiveData

PUSH = "push"
CREATE_KEY = "createKey"
DELETE_SERIES = ("deleteSeries", "deleteSeriesOfTenant")

# A valid Idempotency-Key.
KEY = re.compile(r'[!#-~]{1,128}|"[!#-~]{1,128}"')

# A request line that is too long is rejected, also if each parameter is short enough. So is a body that is over a limit.
TOO_LARGE = (413, 414)

# A schema cannot compare the lengths of two arrays, or demand an ascending order, or know the time; and it counts
# characters, not bytes.
NOT_IN_SCHEMAS = {"buckets-invalid", "quantiles-invalid", "too-far-in-future", "help-invalid", "unit-invalid"}

# Limits differ between tenants. Some requests set them, and so decide on what later pushes of that tenant may send.
LIMITS = {
    "label-name-too-long",
    "label-value-too-long",
    "max-buckets-per-histogram",
    "max-label-names-per-series",
    "max-samples-per-request",
    "max-values-per-request",
    "max-values-per-sample",
    "metric-name-too-long",
    "request-too-large",
}


def operation_of(case) -> str:
    return case.operation.definition.raw.get("operationId", "")


def is_positive(case) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


def encoded(context, body: bytes) -> bytes:
    """The body as `Content-Encoding` says: schemathesis does not compress it."""
    is_gzip = (context.case.headers or {}).get("Content-Encoding") in ("gzip", "x-gzip")
    return gzip.compress(body) if is_gzip else body


def json_of(value) -> bytes:
    """Bytes are sent as they are: schemathesis makes malformed JSON of them."""
    return value if isinstance(value, bytes) else json.dumps(value, default=str).encode()


@schemathesis.serializer("application/json")
def document(context, value) -> bytes:
    return encoded(context, json_of(value))


@schemathesis.serializer("application/x-ndjson")
def lines(context, value) -> bytes:
    return encoded(context, b"\n".join(json_of(line) for line in (value if isinstance(value, list) else [value])))


def samples_of(body) -> list:
    if isinstance(body, dict):
        return body.get("metrics", [body])
    return body if isinstance(body, list) else []


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    """Changes what is valid by the schema alone."""
    operation = operation_of(case)
    if operation == PUSH:
        give_its_own_names(case)
    if operation == CREATE_KEY and is_positive(case) and "expires" in case.body:
        case.body["expires"] = in_the_future(case.body["expires"])


def give_its_own_names(push) -> None:
    """An `Idempotency-Key` belongs to one body, and the name of a metric to one type."""
    if KEY.fullmatch(str((push.headers or {}).get("Idempotency-Key", ""))):
        push.headers["Idempotency-Key"] = push.id
    if is_positive(push):
        for sample in samples_of(push.body):
            sample["name"] = f"{sample['name'][:100]}_{push.id}"


def has_null(push) -> bool:
    """Whether a field or a label is null, which counts as absent; described in words, since every field may be."""
    objects = [each for each in [push.body, *samples_of(push.body)] if isinstance(each, dict)]
    labels = [each["labels"] for each in objects if isinstance(each.get("labels"), dict)]
    return any(None in fields.values() for fields in objects + labels)


def in_the_future(time: str) -> str:
    """The time in a leap year to come. Java rejects offsets of more than 18 hours, which RFC 3339 allows."""
    return "2096" + re.sub(r"[+-](1[89]|2[0-3]):[0-5][0-9]$", "Z", time[4:])


def answer_of(response) -> dict:
    try:
        answer = json.loads(response.content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def reasons_of(answer: dict) -> set:
    return {error["reason"] for error in answer.get("errors", [answer]) if "reason" in error}


def is_right_to_reject(case, response) -> bool:
    """Whether a request that keeps the schema is rejected for something that a schema cannot say."""
    operation = operation_of(case)
    reasons = reasons_of(answer_of(response))
    if response.status_code == 414:
        return True
    if operation == PUSH:
        return bool(reasons) and reasons <= NOT_IN_SCHEMAS | LIMITS
    if operation in DELETE_SERIES:
        # The pattern of a selector ends at the braces; a name alone is always valid.
        return reasons == {"selector-invalid"} and any("{" in str(selector) for selector in case.query["match[]"])
    return False


@schemathesis.hook
def filter_failure(context, failure, case, response) -> bool:
    """Whether a failure is one."""
    answer = answer_of(response)
    if isinstance(failure, RejectedPositiveData):
        return not is_right_to_reject(case, response)
    if isinstance(failure, AcceptedNegativeData):
        # A push is accepted if at least one sample is; the answer lists the others.
        is_push = operation_of(case) == PUSH
        return not (
            response.status_code in TOO_LARGE or (is_push and (answer.get("rejected", 0) > 0 or has_null(case)))
        )
    if isinstance(failure, ServerError):
        # Pushes are rejected for 30 s after an earlier request has deleted the tenant.
        return not (operation_of(case) == PUSH and answer.get("reason") == "tenant-resetting")
    return True
