"""Which of the types that there are a caller would have (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from detente.web.facts import TypeUnavailable

#: No client names more than a handful.
MAX_RANGES = 50


def chosen(accept: str | None, offers: Sequence[str]) -> str:
    """The offer that the caller likes best; among equals, the first. Raises TypeUnavailable."""
    ranges = [_range(item) for item in (accept or "*/*").split(",")[:MAX_RANGES]]
    liked = {offer: _quality(offer, ranges) for offer in offers}
    best = max(offers, key=lambda offer: liked[offer])
    if not liked[best]:
        raise TypeUnavailable(f"there is {', '.join(offers)}")
    return best


def _quality(offer: str, ranges: list[tuple[str, float]]) -> float:
    """How much the most specific range that fits says the offer is liked."""
    kind = offer.partition("/")[0]
    for wanted in (offer, f"{kind}/*", "*/*"):
        if found := [quality for name, quality in ranges if name == wanted]:
            return max(found)
    return 0.0


def _range(item: str) -> tuple[str, float]:
    name, *parameters = (part.strip() for part in item.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            try:
                return name.lower(), min(1.0, max(0.0, float(value)))
            except ValueError:
                return name.lower(), 0.0
    return name.lower(), 1.0
