"""Events as lines of GDELT's event table: tab-separated, without a header, in the order of its 61 columns.

The columns are those of the GDELT Event Database codebook 2.0 (19 February 2015). What detente does not know, such as places and
tone, is empty. Only what took place goes in: GDELT has no column for a cancelled visit. `EventCode` is CAMEO's.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from detente.exports.codings import QUADS, TOOK_PLACE, cameo
from detente.storage import EventRow

_ACTOR = (
    "Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code", "Religion2Code", "Type1Code", "Type2Code",
    "Type3Code",
)  # fmt: skip
_GEO = ("Type", "FullName", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long", "FeatureID")
COLUMNS: tuple[str, ...] = (
    "GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate",
    *(f"Actor{number}{name}" for number in (1, 2) for name in _ACTOR),
    "IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass", "GoldsteinScale", "NumMentions", "NumSources",
    "NumArticles", "AvgTone",
    *(f"{whose}Geo_{name}" for whose in ("Actor1", "Actor2", "Action") for name in _GEO),
    "DATEADDED", "SOURCEURL",
)  # fmt: skip
_BREAKS = str.maketrans({"\t": " ", "\n": " ", "\r": " ", "\v": " ", "\f": " ", "\x85": " ", "\u2028": " ", "\u2029": " "})


def gdelt_lines(rows: Iterable[EventRow]) -> str:
    """The rows that took place, one a line."""
    return "".join(f"{_line(row)}\n" for row in rows if row.event.status in TOOK_PLACE)


def gdelt_row(row: EventRow) -> dict[str, Any]:
    """The columns of an event of which something is known."""
    event, code, day = row.event, cameo(row.event), row.day
    return {
        "GLOBALEVENTID": _number(row.id), "SQLDATE": f"{day:%Y%m%d}", "MonthYear": f"{day:%Y%m}", "Year": f"{day:%Y}",
        "FractionDate": f"{_fraction(day):.4f}",
        "Actor1Code": event.source, "Actor1Name": row.source_name, "Actor1CountryCode": event.source,
        "Actor2Code": event.target, "Actor2Name": row.target_name, "Actor2CountryCode": event.target,
        "IsRootEvent": 1, "EventCode": code, "EventBaseCode": code[:3], "EventRootCode": code[:2],
        "QuadClass": QUADS[event.plover], "GoldsteinScale": event.intensity, "NumMentions": len(event.spans),
        "NumSources": 1, "NumArticles": 1,
        "DATEADDED": f"{row.article.published_at:%Y%m%d%H%M%S}" if row.article.published_at else None,
        "SOURCEURL": row.article.url or row.article.id,
    }  # fmt: skip


def _line(row: EventRow) -> str:
    known = gdelt_row(row)
    return "\t".join("" if known.get(name) is None else str(known[name]).translate(_BREAKS) for name in COLUMNS)


def _number(id: str) -> int:
    """GDELT numbers its events. The same event has the same number in every export."""
    return zlib.crc32(id.encode()) << 20 | zlib.adler32(id.encode()) & 0xFFFFF


def _fraction(day: date) -> float:
    # The codebook has (month * 30 + day) / 365; in the data months count from 0, so that January begins the year.
    return day.year + ((day.month - 1) * 30 + day.day) / 365
