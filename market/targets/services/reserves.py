"""File what part of its canteen's purchases a unit reserves; its parent confirms it."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role, people_of_unit
from market.audit.services import record
from market.core import clock, money
from market.core.access import UNIT_BUYERS, Role
from market.core.db import upsert
from market.core.errors import Refused, reason_of
from market.core.states import move, move_seen
from market.notices.services import tell
from market.targets.models import ReserveFiling, ReserveState, ReserveYear
from market.targets.queries.entries import FIRST_YEAR, LAST_YEAR
from market.targets.queries.reserves import (
    may_confirm_reserve,
    may_file_reserve,
    reserve_year,
)
from market.units.models import INDEPENDENT, Canteen, Unit, UnitState


@dataclass(frozen=True)
class Reserve:
    """What is filed: fen, and the share in tenths of a percent."""

    canteen: Canteen
    budget_fen: int = 0
    rate: int = 0
    shared_with: Unit | None = None
    note: str = ""

    @property
    def reserved_fen(self) -> int:
        """The share of the budget, rounded half up."""
        return (self.budget_fen * self.rate + 500) // 1000


def set_reserve_year(
    session: Session, year: int, *, is_open: bool, least_rate: int, by: Person
) -> ReserveYear:
    """Say whether units file their reserved share in a year, and which share is suggested."""
    if by.role is not Role.COORDINATOR:
        raise Refused("只有统筹协调人员可以开启和关闭填报，请联系统筹协调。")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(f"年度须在 {FIRST_YEAR} 至 {LAST_YEAR} 之间。")
    if not 0 <= least_rate <= 1000:
        raise Refused("建议比例须在 0 至 100% 之间。", field="least_rate")
    row = upsert(session, ReserveYear).values(year=year, is_open=is_open, least_rate=least_rate)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["year"], set_={"is_open": is_open, "least_rate": least_rate}
        )
    )
    found = session.scalars(
        sa.select(ReserveYear)
        .where(ReserveYear.year == year)
        .execution_options(populate_existing=True)
    ).one()
    record(session, "reserve.set", found, by=by, year=year, is_open=is_open, rate=least_rate)
    return found


def file_reserve(session: Session, unit: Unit, year: int, told: Reserve, *, by: Person) -> None:
    """File a unit's reserved share, or correct one that was returned, and tell who confirms it.

    Refuses people of other units, a year in which nothing is filed, and what contradicts
    itself: a canteen without a budget or share, none with one, a shared one of nobody or of
    the unit itself.
    """
    if not may_file_reserve(unit, by):
        raise Refused("预留份额由本单位的食堂管理员或负责人填报，请联系他们。")
    setting = reserve_year(session, year)
    if setting is None or not setting.is_open:
        raise Refused(f"{year}年没有开启预留份额填报，请联系统筹协调。")
    _check(unit, told)
    given = {
        "canteen": told.canteen,
        "budget_fen": told.budget_fen,
        "rate": told.rate,
        "reserved_fen": told.reserved_fen,
        "shared_with_id": told.shared_with.id if told.shared_with else None,
        "note": told.note,
        "made_by_id": by.id,
        "submitted_at": clock.now(),
    }
    new = upsert(session, ReserveFiling).values(
        unit_id=unit.id, year=year, state=ReserveState.SUBMITTED, version=1, answer="", **given
    )
    made_id = session.scalar(
        new.on_conflict_do_nothing(index_elements=["unit_id", "year"]).returning(ReserveFiling.id)
    )
    filing = session.scalars(
        sa.select(ReserveFiling)
        .where(ReserveFiling.unit_id == unit.id, ReserveFiling.year == year)
        .execution_options(populate_existing=True)
    ).one()
    if made_id is None:
        move(session, filing, ReserveState.SUBMITTED, version=filing.version + 1, **given)
        session.refresh(filing)
    record(
        session,
        "reserve.filed",
        filing,
        by=by,
        unit=unit.code,
        year=year,
        kind=told.canteen.value,
        amount_fen=told.budget_fen,
        rate=told.rate,
        version=filing.version,
    )
    deciders = (
        people_of_unit(session, unit.parent_id, Role.LEAD)
        if unit.parent_id is not None
        else people_in_role(session, Role.COORDINATOR)
    )
    tell(
        session,
        [person for person in deciders if person.id != by.id],
        f"“{unit.name}”已填报{year}年食堂预留份额，请确认。",
        path=f"/reserves/{year}/{unit.code}",
    )


def confirm_reserve(session: Session, filing: ReserveFiling, *, version: int, by: Person) -> None:
    """Confirm what a unit filed: the lead of its parent, or of none a coordinator; never its maker."""
    _check_decider(filing, by)
    move_seen(
        session,
        filing,
        ReserveState.CONFIRMED,
        version=version,
        called="这份填报",
        confirmed_by_id=by.id,
        confirmed_at=clock.now(),
    )
    record(session, "reserve.confirmed", filing, by=by, year=filing.year, version=version)
    _tell_unit(session, filing, f"{filing.year}年食堂预留份额已确认。")


def return_reserve(
    session: Session, filing: ReserveFiling, *, version: int, answer: str, by: Person
) -> None:
    """Send a filing back with what is wrong, also one that was confirmed."""
    _check_decider(filing, by)
    answer = reason_of(answer, "退回原因")
    move_seen(
        session,
        filing,
        ReserveState.RETURNED,
        version=version,
        called="这份填报",
        answer=answer,
        confirmed_by_id=None,
        confirmed_at=None,
    )
    record(session, "reserve.returned", filing, by=by, year=filing.year, version=version)
    _tell_unit(session, filing, f"{filing.year}年食堂预留份额被退回：{answer}")


def _check(unit: Unit, told: Reserve) -> None:
    if len(told.note) > 200:
        raise Refused("备注最多 200 个字。", field="note")
    if told.canteen in INDEPENDENT:
        if not 0 < told.budget_fen <= money.MOST_FEN:
            raise Refused(
                "有食堂的请填写年度食堂食材采购总额，大于 0 元，"
                f"最多 {money.yuan(money.MOST_FEN)} 元。",
                field="budget_fen",
            )
        if not 0 < told.rate <= 1000:
            raise Refused("预留比例须大于 0，最多 100%。", field="rate")
        if told.shared_with is not None:
            raise Refused("只有共用食堂的填写由谁填报，请清空。", field="shared_with")
        return
    if told.budget_fen or told.rate:
        raise Refused(
            f"“{told.canteen.label}”不填采购总额和预留比例，请清空或改选食堂情况。",
            field="budget_fen" if told.budget_fen else "rate",
        )
    if told.canteen is Canteen.NONE:
        if told.shared_with is not None:
            raise Refused("只有共用食堂的填写由谁填报，请清空。", field="shared_with")
        return
    other = told.shared_with
    if other is None or other.id == unit.id or other.state is UnitState.CLOSED:
        raise Refused(
            "共用食堂的请选择由哪个单位填报，不能是本单位或已撤销的单位。", field="shared_with"
        )


def _check_decider(filing: ReserveFiling, by: Person) -> None:
    if by.id == filing.made_by_id:
        raise Refused("不能确认或退回自己填报的份额，请由另一人办理。")
    if not may_confirm_reserve(filing.unit, by):
        raise Refused("由主管单位负责人确认；没有主管单位的，由统筹协调人员确认。")


def _tell_unit(session: Session, filing: ReserveFiling, said: str) -> None:
    tell(
        session,
        people_of_unit(session, filing.unit_id, *UNIT_BUYERS),
        said,
        path=f"/reserves/{filing.year}/{filing.unit.code}",
    )
