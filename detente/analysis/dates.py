"""When: temporal expressions, and the days they mean as seen from the day of publication."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
          "december")  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
           "ten": 10, "eleven": 11, "twelve": 12, "couple of": 2, "few": 3, "several": 3}  # fmt: skip
#: In days. What a paper calls “three years ago” is known to the year, not to the day.
UNIT_DAYS = {"day": 1, "night": 1, "week": 7, "weekend": 7, "month": 30, "quarter": 91, "year": 365, "decade": 3652}

BEFORE_MONTHS = frozenset({"in", "since", "by", "until", "of", "from", "last", "next", "during"})

_MONTH = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)|apr(?:il|\.)?|may|june?|july?|aug(?:ust|\.)?"
    r"|sept?(?:ember|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?)"
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_YEAR = r"(?:1[89]|20)\d\d"
_COUNT = r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:a )?few|several|(?:a )?couple of)"
_UNIT = r"(?:day|night|week|weekend|month|quarter|year|decade)"
#: Every alternative starts with a word or digit and has no nested repetition, so the search is linear.
_EXPRESSION = re.compile(
    rf"""\b(?:
      (?P<iso>{_YEAR}-\d\d-\d\d)
    | (?P<mdy>(?P<mdy_m>{_MONTH})\ (?P<mdy_d>\d\d?)(?:st|nd|rd|th)?\b(?:,?\ (?P<mdy_y>{_YEAR}))?)
    | (?P<dmy>(?P<dmy_d>\d\d?)(?:st|nd|rd|th)?\ (?:of\ )?(?P<dmy_m>{_MONTH})\b(?:,?\ (?P<dmy_y>{_YEAR}))?)
    | (?P<my>(?:(?P<my_part>early|mid|late|last|next|this)[\ -])?(?P<my_m>{_MONTH})\b(?:,?\ (?P<my_y>{_YEAR}))?)
    | (?P<weekday>(?:(?P<weekday_which>last|next|this|coming|earlier)\ )?(?P<weekday_day>{_DAY}))
    | (?P<ago>(?P<ago_n>{_COUNT})\ (?P<ago_unit>{_UNIT})s?\ (?:ago|earlier|before))
    | (?P<past>(?:the\ )?(?:last|past|recent)\ (?P<past_n>{_COUNT})\ (?P<past_unit>{_UNIT})s)
    | (?P<coming>(?:the\ )?(?:next|coming)\ (?P<coming_n>{_COUNT})\ (?P<coming_unit>{_UNIT})s)
    | (?P<within>(?:within|in)\ (?:the\ )?(?P<within_n>{_COUNT})\ (?P<within_unit>{_UNIT})s?)
    | (?P<unit>(?P<unit_which>last|this|next|past|coming|previous)\ (?P<unit_unit>{_UNIT}))
    | (?P<word>yesterday|today|tomorrow|tonight|overnight|last\ night|this\ (?:morning|afternoon|evening))
    | (?P<year>(?:in|by|since|from|until|during|of|before|after|late|early)\ (?:late\ |early\ )?(?P<year_y>{_YEAR}))
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class TimeMention:
    """Words that tell a time, with their offsets."""

    start: int
    end: int
    text: str


def find_times(text: str) -> Iterator[TimeMention]:
    """All temporal expressions of a text, in order."""
    for match in _EXPRESSION.finditer(text):
        if match["my"] and match["my_m"].lower() in ("may", "mar", "march") and not _is_month(match, text):
            continue
        start = match.start("year_y") if match["year"] else match.start()
        yield TimeMention(start, match.end(), text[start : match.end()])


def resolve_date(text: str, published: date | None, *, ahead: bool = False) -> tuple[date | None, date | None]:
    """The first and last day that `text` means. `ahead`: the act lies in the future, so “Friday” is the next one.

    A full date needs no day of publication; without one, everything else stays open.
    """
    match = _EXPRESSION.search(text if not re.fullmatch(_YEAR, text) else f"in {text}")
    if not match:
        return None, None
    try:
        return _absolute(match) or (_relative(match, published, ahead) if published else (None, None))
    except (ValueError, OverflowError):  # the 31st of June, or a day past the year 9999, is no day
        return None, None


def _is_month(match: re.Match[str], text: str) -> bool:
    """“May” and “March” are months in capitals after a preposition or with a year; else a verb."""
    if match["my_y"] or match["my_part"]:
        return True
    before = text[max(0, match.start() - 12) : match.start()].lower().split()
    return match["my_m"][0].isupper() and bool(before) and before[-1] in BEFORE_MONTHS


def _absolute(match: re.Match[str]) -> tuple[date, date] | None:
    if match["iso"]:
        day = date.fromisoformat(match["iso"])
        return day, day
    for kind in ("mdy", "dmy"):
        if match[f"{kind}_y"]:
            day = date(int(match[f"{kind}_y"]), _month(match[f"{kind}_m"]), int(match[f"{kind}_d"]))
            return day, day
    if match["my_y"]:
        return _part(_whole_month(int(match["my_y"]), _month(match["my_m"])), match["my_part"])
    if match["year"]:
        return date(int(match["year_y"]), 1, 1), date(int(match["year_y"]), 12, 31)
    return None


def _relative(match: re.Match[str], published: date, ahead: bool) -> tuple[date | None, date | None]:
    for kind in ("mdy", "dmy"):
        if match[kind]:
            day = _nearest_year(published, _month(match[f"{kind}_m"]), int(match[f"{kind}_d"]), ahead)
            return day, day
    if match["my"]:
        return _month_near(match, published, ahead)
    if match["weekday"]:
        day = _weekday_near(match, published, ahead)
        return day, day
    if match["word"]:
        shift = {"yesterday": -1, "tomorrow": 1, "last night": -1, "overnight": -1}.get(match["word"].lower(), 0)
        start = published + timedelta(days=shift)
        return start, published if match["word"].lower() == "overnight" else start
    if match["unit"]:
        return _unit_near(match["unit_which"].lower(), match["unit_unit"].lower(), published)
    return _counted(match, published)


def _counted(match: re.Match[str], published: date) -> tuple[date | None, date | None]:
    for kind in ("ago", "past", "coming", "within"):
        if match[kind]:
            count, unit = _number(match[f"{kind}_n"]), match[f"{kind}_unit"].lower()
            reach = timedelta(days=count * UNIT_DAYS[unit])
            if kind == "ago":
                slack = timedelta(days=UNIT_DAYS[unit] // 2)
                return published - reach - slack, published - reach + slack
            return (published - reach, published) if kind == "past" else (published, published + reach)
    return None, None


def _number(text: str) -> int:
    text = text.lower().removeprefix("a ") if text.lower() != "a" else "a"
    return int(text) if text.isdigit() else NUMBERS[text]


def _month(name: str) -> int:
    return next(number for number, month in enumerate(MONTHS, 1) if month[:3] == name[:3].lower())


def _whole_month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _part(days: tuple[date, date], part: str | None) -> tuple[date, date]:
    """The early, middle or late third of a month."""
    first, last = days
    bounds = {"early": (1, 10), "mid": (11, 20), "late": (21, last.day)}.get((part or "").lower())
    return (first.replace(day=bounds[0]), first.replace(day=bounds[1])) if bounds else days


def _nearest_year(published: date, month: int, day: int, ahead: bool) -> date:
    found = date(published.year, month, day)
    if ahead and found < published:
        return found.replace(year=published.year + 1)
    #: Papers are dated a day or two after what they tell, never before it; a week allows for time zones and late dates.
    if not ahead and found > published + timedelta(days=7):
        return found.replace(year=published.year - 1)
    return found


def _month_near(match: re.Match[str], published: date, ahead: bool) -> tuple[date, date]:
    month, part = _month(match["my_m"]), (match["my_part"] or "").lower()
    year = published.year
    if (ahead or part == "next") and month < published.month:
        year += 1
    elif not ahead and part != "next" and month > published.month:
        year -= 1
    return _part(_whole_month(year, month), part)


def _weekday_near(match: re.Match[str], published: date, ahead: bool) -> date:
    which, wanted = (match["weekday_which"] or "").lower(), WEEKDAYS.index(match["weekday_day"].lower())
    if ahead or which in ("next", "coming"):
        return published + timedelta(days=(wanted - published.weekday()) % 7 or 7)
    back = (published.weekday() - wanted) % 7
    return published - timedelta(days=back or (7 if which == "last" else 0))


def _unit_near(which: str, unit: str, published: date) -> tuple[date, date]:
    """“last week” from Monday to Sunday; months, quarters and years by the calendar."""
    step = {"last": -1, "past": -1, "previous": -1, "this": 0, "next": 1, "coming": 1}[which]
    if unit in ("week", "weekend", "day", "night", "decade"):
        monday = published - timedelta(days=published.weekday()) + timedelta(weeks=step)
        if unit == "weekend":
            return monday + timedelta(days=5), monday + timedelta(days=6)
        if unit in ("day", "night"):
            return published + timedelta(days=step), published + timedelta(days=step)
        if unit == "decade":
            return published + timedelta(days=3652 * min(step, 0)), published + timedelta(days=3652 * max(step, 0))
        return monday, monday + timedelta(days=6)
    if unit == "year":
        return date(published.year + step, 1, 1), date(published.year + step, 12, 31)
    months = 3 if unit == "quarter" else 1
    first = (published.month - 1) // months * months + published.year * 12 + step * months
    last = first + months - 1
    return date(first // 12, first % 12 + 1, 1), _whole_month(last // 12, last % 12 + 1)[1]
