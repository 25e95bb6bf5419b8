"""The demonstration's bulletins: two months of 2020, one of them corrected, and last month's draft."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.files import Files
from market.core import clock
from market.reports.models import Bulletin, Section
from market.reports.queries.bulletins import drafted, report_for
from market.reports.services import (
    correct_bulletin,
    draft_bulletin,
    issue_bulletin,
    send_bulletin,
    submit_bulletin,
    write_bulletin,
)
from market.targets.models import Period
from market.targets.services import close_period, lock_period

HOUR = dt.timedelta(hours=1)
YEAR = 2020


def make_bulletins(session: Session, files: Files, people: dict[str, Person]) -> None:
    """Lock and close the months of 2020 as they came, and issue two of their bulletins.

    November's first one was sent to everybody before its last section was checked, so it
    was corrected.
    """
    by, other = people["coordinator"], people["coordinator2"]
    months = session.scalars(
        sa.select(Period.month).where(Period.year == YEAR).order_by(Period.month)
    ).all()
    with clock.set_to(clock.start_of(dt.date(YEAR, 11, 3)) + 9 * HOUR):
        for month in months:
            if month <= 10:
                lock_period(session, YEAR, month, by=by)
    _issue(session, files, dt.date(YEAR, 11, 4), by, other, is_public=True)
    with clock.set_to(clock.start_of(dt.date(YEAR, 12, 2)) + 9 * HOUR):
        lock_period(session, YEAR, 11, by=by)
    first = _issue(session, files, dt.date(YEAR, 12, 3), by, other, is_public=False)
    with clock.set_to(clock.start_of(dt.date(YEAR, 12, 7)) + 10 * HOUR):
        mended = correct_bulletin(
            session, first, reason="下一步工作漏写年底验收的要求（演示）", by=by
        )
        text = dict(mended.text)
        text[Section.NEXT_STEPS] += "\n年底前的订单请在12月25日前验收，12月只认当月验收的金额。"
        write_bulletin(session, mended, text, is_public=False, seen_version=1, by=by)
        submit_bulletin(session, mended, seen_version=2, by=by)
    with clock.set_to(clock.start_of(dt.date(YEAR, 12, 7)) + 15 * HOUR):
        issue_bulletin(session, files, mended, seen_version=3, by=other)
        send_bulletin(session, mended, by=by)
    with clock.set_to(clock.start_of(dt.date(YEAR + 1, 1, 8)) + 9 * HOUR):
        lock_period(session, YEAR, 12, by=by)
        for month in months:
            close_period(session, YEAR, month, by=by)


def draft_last_month(session: Session, *, by: Person) -> None:
    """Draft last month's bulletin, where this year has a month behind it; it is not issued."""
    today = clock.today()
    if today.month > 1 and today.year > YEAR:
        draft_bulletin(session, today.year, today.month - 1, by=by)


def _issue(
    session: Session, files: Files, day: dt.date, by: Person, other: Person, *, is_public: bool
) -> Bulletin:
    """Issue the bulletin of the month before a day, and send it; for everyone without payments."""
    with clock.set_to(clock.start_of(day) + 10 * HOUR):
        made = draft_bulletin(session, day.year, day.month - 1, by=by)
        text = drafted(report_for(session, made), is_public=is_public)
        write_bulletin(session, made, text, is_public=is_public, seen_version=1, by=by)
        submit_bulletin(session, made, seen_version=2, by=by)
    with clock.set_to(clock.start_of(day) + 16 * HOUR):
        issue_bulletin(session, files, made, seen_version=3, by=other)
        send_bulletin(session, made, by=by)
    return made
