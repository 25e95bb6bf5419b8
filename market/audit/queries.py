"""Ask who did what, and whether the chain of seals still holds."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.audit.models import Entry, Seal
from market.core.db import Model

START = "0" * 64  # What the first link names as the one before it.


def digest_of(previous: str, entry: Entry) -> str:
    """Return the SHA-256 of the previous link and the entry's canonical JSON.

    Canonical: keys sorted, no blanks, UTF-8, the instant in UTC to the microsecond.
    """
    body = {
        "about": entry.about,
        "at": entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "by": entry.by_id,
        "deed": entry.deed,
        "facts": entry.facts,
        "id": entry.id,
        "previous": previous,
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def head(session: Session) -> Seal | None:
    """Return the last link of the chain; its digest stands for everything before it."""
    return session.scalar(sa.select(Seal).order_by(Seal.position.desc()).limit(1))


def unsealed_count(session: Session) -> int:
    """Return how many entries no link seals yet."""
    return session.scalar(_unsealed(sa.func.count(Entry.id))) or 0


def unsealed(session: Session, *, most: int | None = None) -> Iterator[Entry]:
    """Return the entries that no link seals yet, in the order they were written."""
    yield from session.scalars(_unsealed(Entry).order_by(Entry.id).limit(most))


def _unsealed(what: Any) -> sa.Select:
    return (
        sa.select(what)
        .select_from(Entry)
        .outerjoin(Seal, Seal.entry_id == Entry.id)
        .where(Seal.id.is_(None))
    )


def chain_faults(session: Session, *, known_head: str | None = None) -> list[str]:
    """Walk the chain and name what does not hold, in Chinese; an empty list is good.

    Finds entries changed or removed after sealing, links out of place, and, given a
    head that was published, a chain cut short behind it.
    """
    faults: list[str] = []
    previous, expected = START, 1
    rows = session.execute(
        sa.select(Seal, Entry)
        .outerjoin(Entry, Entry.id == Seal.entry_id)
        .order_by(Seal.position)
        .execution_options(yield_per=1000)
    )
    for seal, entry in rows:
        if seal.position != expected:
            faults.append(f"封存链第 {expected} 环缺失（下一环是第 {seal.position} 环）")
        if seal.previous != previous:
            faults.append(f"封存链第 {seal.position} 环与前一环不相接")
        if entry is None:
            faults.append(f"封存链第 {seal.position} 环所封的操作记录 {seal.entry_id} 已不存在")
        elif digest_of(seal.previous, entry) != seal.digest:
            faults.append(f"操作记录 {entry.id}（{entry.deed} {entry.about}）封存后被改动")
        previous, expected = seal.digest, seal.position + 1
    return [*faults, *head_faults(session, known_head)]


def head_faults(session: Session, known_head: str | None) -> list[str]:
    """Name a head that was published and is no longer in the chain; none given, none missed."""
    if known_head is None or session.scalar(sa.select(Seal.id).where(Seal.digest == known_head)):
        return []
    return [f"封存链中找不到已公布的链头 {known_head}：链被截短或重写"]


def contradicted(session: Session, kind: Any, fact: str, *deeds: str) -> list[Any]:
    """Return the rows of a model whose ``fact`` is not what the deed that made them recorded."""
    about = sa.literal(f"{kind.__tablename__}:") + sa.cast(kind.id, sa.String)
    # As an expression: SQLite would look up each thing among all entries of the deed.
    deed = Entry.deed.concat("")
    rows = session.execute(
        sa.select(kind, Entry)
        .outerjoin(Entry, (Entry.about == about) & deed.in_(deeds))
        .order_by(kind.id)
    )
    return [
        thing
        for thing, entry in rows
        if entry is None or entry.facts.get(fact) != getattr(thing, fact)
    ]


def history_of(session: Session, *things: Model) -> Sequence[Any]:
    """Return what was done to the things, oldest first: entry, the person's name or 系统."""
    return session.execute(
        _with_names()
        .where(Entry.about.in_([f"{thing.__tablename__}:{thing.id}" for thing in things]))
        .order_by(Entry.id)
    ).all()


def entries(*, deed: str = "", about: str = "", name: str = "") -> sa.Select:
    """Return a select of entries, newest first, by the beginning of the deed or thing."""
    select = _with_names().order_by(Entry.id.desc())
    if deed:
        select = select.where(Entry.deed.startswith(deed, autoescape=True))
    if about:
        select = select.where(Entry.about.startswith(about, autoescape=True))
    if name:
        select = select.where(_PERSON.c.name.contains(name, autoescape=True))
    return select


# The table of people is an upper room's; a name is all that is read of it here.
_PERSON = sa.table("person", sa.column("id"), sa.column("name"))


def _with_names() -> sa.Select:
    return sa.select(Entry, sa.func.coalesce(_PERSON.c.name, "系统").label("name")).outerjoin(
        _PERSON, _PERSON.c.id == Entry.by_id
    )
