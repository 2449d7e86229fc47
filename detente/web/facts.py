"""What goes wrong over HTTP alone. Which status each fact has is said in `problems.py`."""

from __future__ import annotations

from collections.abc import Sequence

from detente.errors import DetenteError

Where = dict[str, str]


class WebError(DetenteError):
    """The request cannot be answered.

    `errors` says what is wrong where: each has a `detail`, and a JSON `pointer`, or the name of a `parameter` or `header`.
    """

    def __init__(self, message: str | None = None, *, errors: Sequence[Where] = (), retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.errors = list(errors)
        self.retry_after_s = retry_after_s


class KeyMissing(WebError):
    """No valid API key came with the request. Send `Authorization: Bearer KEY`; `detente keys create` makes one."""


class ScopeMissing(WebError):
    """The key is not for this."""


class OriginForeign(WebError):
    """Without keys, only programs on this machine are answered, and no pages of other origins."""


class RateExceeded(WebError):
    """Too many requests came with this key. Send the next one after `Retry-After` seconds."""


class BodyMalformed(WebError):
    """The body cannot be read."""


class RequestInvalid(WebError):
    """The request does not fit its description. `errors` says where."""


class BodyTooLarge(WebError):
    """The body is too large."""


class BodyTooSlow(WebError):
    """The body took too long to arrive."""


class TypeUnsupported(WebError):
    """The body is of a type that is not taken here."""


class TypeUnavailable(WebError):
    """There is no answer of a type that the request accepts."""


class IdempotencyKeyMissing(WebError):
    """This needs an `Idempotency-Key` header, so that it can be sent again without being done twice."""


class BatchUnderWay(WebError):
    """A batch with this idempotency key is arriving right now. Send it again when that has ended."""


class StreamsFull(WebError):
    """Too many callers follow jobs at once. Ask for the job's state instead, or come back later."""


class UnknownFinding(WebError):
    """No finding has this id."""
