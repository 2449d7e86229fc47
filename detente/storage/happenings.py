"""Happenings: the index by which reports on one thing are found, and the stories of each happening."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Date, TextClause, and_, bindparam, delete, func, or_, select, text

from detente.contracts.happenings import Gist, Happening, HappeningStory
from detente.errors import UnknownHappening
from detente.storage.columns import storable, storable_text, utc_day
from detente.storage.connections import Connections
from detente.storage.groups import forget, group_id, merge, take_turns
from detente.storage.happening_tables import happening_articles, happening_pairs, happening_words, happenings
from detente.storage.pages import Page, check_limit, page_of, read_cursor
from detente.storage.rows import pair_key, plain
from detente.storage.stories import ARTICLE_FACTS, source_of
from detente.storage.tables import articles, story_articles
from detente.storage.writes import insert_new

#: Reports that a word is counted in, at most: one that more have is as good as in all of them.
MAX_COUNTED = 1000
#: The rarest words of an article, by which others are looked for, and the reports that each of them brings up, the latest.
LOOKED_FOR = 16
MAX_REPORTS = 100
#: Reports that are compared gist by gist: those that share most of these words.
MAX_CANDIDATES = 50
#: Reports of the days around that are counted, at most.
MAX_NEAR = 50_000
#: What lasts longer is many happenings: without a bound, the days of a war would be one.
LONGEST = timedelta(days=10)


@dataclass(frozen=True)
class Near:
    """Reports of the days around that share words with one: their gists, how many reports there are, and how many have each
    of its words."""

    gists: dict[str, Gist]
    reports: int
    having: dict[str, int]


class Happenings(Connections):
    """Keeps which articles report one thing. An article that nothing else reports is a happening of its own."""

    def keep_gists(self, gists: Mapping[str, Gist]) -> None:
        """Keep what articles are about, in place of what was kept before. From then on, others find them."""
        now, own = datetime.now(UTC), {storable_text(id): gist for id, gist in sorted(gists.items())}
        if not own:
            return
        with self.writes() as connection:
            founded = [{"id": group_id("hp", id), "founded_at": now} for id in own]
            insert_new(connection, happenings, founded, on=happenings.c.id)
            insert_new(connection, happening_articles, [_row(id, gist, now) for id, gist in own.items()],
                       on=happening_articles.c.article_id)  # fmt: skip
            kept = select(happening_articles.c.article_id, happening_articles.c.number)
            locked = kept.where(happening_articles.c.article_id.in_(own)).order_by(happening_articles.c.article_id)
            numbers = dict(connection.execute(locked.with_for_update()).all())
            for id, gist in own.items():
                _index(connection, numbers[id], gist)

    def near(self, article_id: str, *, days: int) -> Near:
        """Reports that share words with this one and are at most so many days apart from it, those that share most first."""
        named = select(happening_articles.c.number, happening_articles.c.gist)
        with self.reads() as connection:
            row = connection.execute(named.where(happening_articles.c.article_id == storable_text(article_id))).one()
            gist = Gist.model_validate(row.gist)
            span = {"first": _shifted(gist.day, -days), "last": _shifted(gist.day, days)}
            having: dict[str, int] = dict(connection.execute(_counts(), {**span, "number": row.number}).all())
            # What this report alone has leads to no other.
            rarest = sorted((word for word in having if having[word] > 1), key=lambda word: (having[word], word))[:LOOKED_FOR]
            near = _around(connection, rarest, span, but=row.number)
            return Near(gists=near, reports=_reports(connection, span), having=having)

    def join_happenings(self, article_id: str, others: Sequence[str], *, longest: timedelta | None = LONGEST) -> str | None:
        """Make one happening of an article's and those of others, the oldest taking in the rest. Its id, None where nothing
        was joined. Those that would make it longer than `longest` are left out; copies of one text have no such bound."""
        member = happening_articles.c
        with self.writes() as connection:
            take_turns(connection)
            ids = [storable_text(id) for id in (article_id, *others)]
            query = select(member.article_id, member.happening_id).where(member.article_id.in_(ids))
            named = dict(connection.execute(query).all())
            found = list(dict.fromkeys(named[id] for id in ids if id in named))
            joined = _within(_spans(connection, found), found, longest)
            if len(joined) < 2:
                return None
            oldest = select(happenings.c.id).where(happenings.c.id.in_(joined)).order_by(happenings.c.founded_at, happenings.c.id)
            return merge(connection, happenings, member.happening_id, connection.scalars(oldest).all())

    def happenings_of(self, article_ids: Iterable[str]) -> dict[str, str]:
        """The happening of each article that has one. An article that is about no pair of states has none."""
        ids = [storable_text(id) for id in article_ids]
        query = select(happening_articles.c.article_id, happening_articles.c.happening_id)
        with self.reads() as connection:
            return dict(connection.execute(query.where(happening_articles.c.article_id.in_(ids))).all())

    def happening(self, happening_id: str) -> Happening:
        """One happening, by its id or that of one which was merged into it. Raises UnknownHappening."""
        current = func.coalesce(happenings.c.merged_into, happenings.c.id)
        with self.reads() as connection:
            id = connection.scalar(select(current).where(happenings.c.id == storable_text(happening_id)))
            if id is None:
                raise UnknownHappening(f"the store has no happening {happening_id!r}")
            [found] = _with_stories(connection, [id])
        return found

    def find_happenings(
        self, *, pair: tuple[str, str] | None = None, since: date | None = None, reports: int = 2, limit: int = 50,
        after: str | None = None,
    ) -> Page[Happening]:  # fmt: skip
        """Happenings with at least so many articles, that with the latest report first; `since` is a day of a report."""
        member = happening_articles.c
        last, id = func.max(member.day), member.happening_id
        query = select(id, last.label("last")).group_by(id).having(func.count() >= reports)
        if pair:
            numbers = select(happening_pairs.c.number).where(happening_pairs.c.pair == pair_key(*pair))
            query = query.where(id.in_(select(id).where(member.number.in_(numbers))))
        if since:
            query = query.having(last >= utc_day(since))
        if after is not None:
            day, behind = read_cursor(after, date, str)
            query = query.having(or_(last < day, and_(last == day, id > behind)))
        with self.reads() as connection:
            found = connection.execute(query.order_by(last.desc(), id).limit(check_limit(limit) + 1)).all()
            made = {one.id: one for one in _with_stories(connection, [row.happening_id for row in found[:limit]])}
        return page_of(
            found, limit=limit, make=lambda row: made[row.happening_id], place=lambda row: (row.last, row.happening_id)
        )  # fmt: skip

    def expire_gists(self, *, before: datetime) -> int:
        """Forget the words of articles that came in before a time: no new report is found by them. How many words."""
        return forget(self, happening_articles.c.placed_at, [happening_words], before=before)


def _row(id: str, gist: Gist, now: datetime) -> dict[str, Any]:
    document = storable(plain(gist))
    return {"article_id": id, "happening_id": group_id("hp", id), "day": gist.day, "placed_at": now, "gist": document}


def _index(connection: Connection, number: int, gist: Gist) -> None:
    mine = happening_articles.c.number == number
    connection.execute(happening_articles.update().where(mine).values(day=gist.day, gist=storable(plain(gist))))
    for table in (happening_pairs, happening_words):
        connection.execute(delete(table).where(table.c.number == number))
    if gist.pairs:
        connection.execute(happening_pairs.insert(), [{"pair": pair, "number": number} for pair in sorted(set(gist.pairs))])
    words = sorted({storable_text(word) for word in gist.words})
    if words:
        connection.execute(happening_words.insert(), [{"word": word, "day": gist.day, "number": number} for word in words])


def _shifted(day: date, days: int) -> date:
    """Another day, or the calendar's first or last."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _typed(query: str) -> TextClause:
    return text(query).bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date))


@cache
def _counts() -> TextClause:
    """In how many reports of some days each word of one report is, as far as they are counted."""
    return _typed(
        "SELECT word, (SELECT count(*) FROM (SELECT 1 FROM happening_words AS theirs WHERE theirs.word = mine.word"  # noqa: S608
        f" AND theirs.day BETWEEN :first AND :last LIMIT {MAX_COUNTED}) AS counted) AS number"
        " FROM happening_words AS mine WHERE mine.number = :number"
    )


# As text, since to compile a union of sixteen parts anew each time takes longer than to answer it.
@cache
def _latest(words: int) -> TextClause:
    """The reports of some days that have one of the words, the latest of each."""
    one = "SELECT number FROM (SELECT number FROM happening_words WHERE word = :word{at} AND day BETWEEN :first AND :last"
    one += f" ORDER BY day DESC, number DESC LIMIT {MAX_REPORTS}) AS latest{{at}}"
    return _typed(" UNION ALL ".join(one.format(at=at) for at in range(words)))


def _around(connection: Connection, words: Sequence[str], span: Mapping[str, date], *, but: int) -> dict[str, Gist]:
    if not words:
        return {}
    asked = {f"word{at}": word for at, word in enumerate(words)}
    shared = Counter(connection.scalars(_latest(len(words)), {**span, **asked}))
    del shared[but]
    numbers = sorted(shared, key=lambda number: (-shared[number], number))[:MAX_CANDIDATES]
    query = select(happening_articles.c.article_id, happening_articles.c.gist, happening_articles.c.number)
    rows = connection.execute(query.where(happening_articles.c.number.in_(numbers))).all()
    found = {row.number: row for row in rows}
    return {found[number].article_id: Gist.model_validate(found[number].gist) for number in numbers if number in found}


def _reports(connection: Connection, span: Mapping[str, date]) -> int:
    near = select(happening_articles.c.number).where(happening_articles.c.day.between(span["first"], span["last"]))
    return int(connection.scalar(select(func.count()).select_from(near.limit(MAX_NEAR).subquery())) or 0)


def _spans(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[date, date]]:
    """The first and the last day of each happening."""
    member = happening_articles.c
    query = select(member.happening_id, func.min(member.day).label("first"), func.max(member.day).label("last"))
    found = connection.execute(query.where(member.happening_id.in_(ids)).group_by(member.happening_id))
    return {row.happening_id: (row.first, row.last) for row in found}


def _within(spans: Mapping[str, tuple[date, date]], ids: Sequence[str], longest: timedelta | None) -> list[str]:
    """The happenings that can be one with the first, taken in the order in which they are given."""
    joined = list(ids[:1])
    whole = spans[ids[0]] if ids else (date.max, date.min)
    for id in ids[1:]:
        days = (min(whole[0], spans[id][0]), max(whole[1], spans[id][1]))
        grows = days not in (whole, spans[id])
        if longest is None or not grows or days[1] - days[0] <= longest:
            joined.append(id)
            whole = days
    return joined


def _with_stories(connection: Connection, ids: Sequence[str]) -> list[Happening]:
    member = happening_articles.c
    query = select(member.happening_id, member.article_id, member.day, member.gist, story_articles.c.story_id, *ARTICLE_FACTS)
    query = query.join(articles, articles.c.id == member.article_id)
    query = query.outerjoin(story_articles, story_articles.c.article_id == member.article_id)
    rows: dict[str, list[Any]] = {id: [] for id in ids}
    for row in connection.execute(query.where(member.happening_id.in_(ids)).order_by(articles.c.published_at, member.number)):
        rows[row.happening_id].append(row)
    return [_happening(id, found) for id, found in rows.items()]


def _happening(id: str, rows: Sequence[Any]) -> Happening:
    stories: dict[str, list[Any]] = {}
    for row in rows:
        stories.setdefault(row.story_id or row.article_id, []).append(source_of(row))
    pairs = Counter(pair for row in rows for pair in row.gist["pairs"])
    days = [row.day for row in rows]
    return Happening(
        id=id, first_day=min(days), last_day=max(days), articles=len(rows),
        pairs=tuple(sorted(pairs, key=lambda pair: (-pairs[pair], pair))),
        stories=tuple(HappeningStory(story=story, sources=tuple(sources)) for story, sources in stories.items()),
    )  # fmt: skip
