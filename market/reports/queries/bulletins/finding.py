"""Find bulletins: those of a year, one that a person may read, and what corrects what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from market.accounts.models import Person
from market.core import clock
from market.core.access import DESK, OVERSEERS, UNIT_BUYERS
from market.evidence.models import Attachment
from market.reports.models import Bulletin, BulletinFile, BulletinState, BulletinUnit
from market.reports.queries.bulletins.behind import day_of_bulletin
from market.reports.queries.bulletins.content import content_of
from market.reports.queries.bulletins.papers import Heading
from market.reports.queries.bulletins.report import Report, report_of
from market.targets.models import PeriodState
from market.targets.queries.periods import count_of, states_of

ISSUED = Bulletin.state == BulletinState.ISSUED


@dataclass(frozen=True)
class MonthOfBulletins:
    """A month with its bulletins, the newest first, and whether it still takes anything."""

    month: int
    state: PeriodState
    is_over: bool
    bulletins: Sequence[Bulletin]

    @property
    def is_locked(self) -> bool:
        """Whether its figures may be issued: it is locked, or closed."""
        return self.state is not PeriodState.OPEN

    @property
    def live(self) -> Bulletin | None:
        """The one that counts now: the newest issued, else the newest there is."""
        issued = [one for one in self.bulletins if one.state is BulletinState.ISSUED]
        return next(iter(issued or self.bulletins), None)


def months_with_bulletins(session: Session, year: int) -> list[MonthOfBulletins]:
    """Return the months of a year that have begun, the newest first; two queries."""
    today = clock.today()
    rows = session.scalars(
        sa.select(Bulletin)
        .where(Bulletin.year == year, Bulletin.state != BulletinState.CALLED_OFF)
        .options(*_beside())
        .order_by(Bulletin.id.desc())
    ).all()
    states, now = states_of(session, year), count_of(today.year, today.month)
    return [
        MonthOfBulletins(
            month,
            states[month],
            is_over=count_of(year, month) < now,
            bulletins=[one for one in rows if one.month == month],
        )
        for month in range(12, 0, -1)
        if count_of(year, month) <= now
    ]


def bulletin_for(session: Session, person: Person, ref: str) -> Bulletin | None:
    """Return a bulletin if this person may read it.

    Those who oversee read every one, others at a desk what is issued, the people of a
    unit what is issued and has their unit in its table.
    """
    bulletin = session.scalar(
        sa.select(Bulletin).where(Bulletin.ref == ref).options(*_beside(), _files())
    )
    if bulletin is None:
        return None
    if person.role in OVERSEERS:
        return bulletin
    if bulletin.state is not BulletinState.ISSUED:
        return None
    if person.role in DESK:
        return bulletin
    among = sa.select(BulletinUnit.id).where(
        BulletinUnit.bulletin_id == bulletin.id, BulletinUnit.unit_id == person.unit_id
    )
    named = person.role in UNIT_BUYERS and session.scalar(among) is not None
    return bulletin if named else None


def published(ref: str = "") -> sa.Select[Any]:
    """Select the bulletins that everyone may read, the newest first."""
    select = (
        sa.select(Bulletin)
        .where(ISSUED, Bulletin.is_public)
        .options(*_beside(), _files())
        .order_by(Bulletin.issued_at.desc(), Bulletin.id.desc())
    )
    return select.where(Bulletin.ref == ref) if ref else select


def bulletins_of_unit(unit_id: int) -> sa.Select[Any]:
    """Select the issued bulletins that a unit stands in, the newest first."""
    mine = sa.select(BulletinUnit.bulletin_id).where(BulletinUnit.unit_id == unit_id)
    return (
        sa.select(Bulletin)
        .where(ISSUED, Bulletin.id.in_(mine))
        .options(*_beside())
        .order_by(Bulletin.issued_at.desc(), Bulletin.id.desc())
    )


def corrections(session: Session, bulletins: Sequence[Bulletin]) -> dict[int, Bulletin]:
    """Return, by the id of what it corrects, the correction of each that has one, in one query."""
    ids = [one.id for one in bulletins]
    rows = session.scalars(
        sa.select(Bulletin).where(
            Bulletin.corrects_id.in_(ids), Bulletin.state != BulletinState.CALLED_OFF
        )
    )
    return {one.corrects_id: one for one in rows if one.corrects_id is not None}


def report_for(session: Session, bulletin: Bulletin) -> Report:
    """Return a bulletin's report: as it was kept, or of one that is still written as it is now."""
    year, month, day = bulletin.year, bulletin.month, day_of_bulletin(bulletin)
    content = bulletin.content or content_of(session, year, month, day)
    return report_of(year, month, day, content)


def heading_of(bulletin: Bulletin) -> Heading:
    """Return what stands around the figures of an issued bulletin, out of what was kept with it."""
    assert bulletin.content is not None
    assert bulletin.issued_at is not None
    kept = bulletin.content["signed"]
    return Heading(
        number=bulletin.number or "",
        issued_at=bulletin.issued_at,
        drafted_by=kept["drafted_by"],
        issued_by=kept["issued_by"],
        corrects=kept["corrects"],
        reason=bulletin.reason,
        is_demo=kept["is_demo"],
    )


def _files() -> Any:
    kept = selectinload(Bulletin.files).joinedload(BulletinFile.attachment)
    return kept.joinedload(Attachment.file)


def _beside() -> tuple[Any, ...]:
    return (
        joinedload(Bulletin.made_by),
        joinedload(Bulletin.edited_by),
        joinedload(Bulletin.submitted_by),
        joinedload(Bulletin.issued_by),
        joinedload(Bulletin.corrects),
    )
