"""Enter which subdistrict office helps which village."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.services import record
from market.core import clock
from market.core.access import Role
from market.core.db import BY_ID, upsert
from market.core.errors import Refused
from market.plan.models import PAIRS, PLAN_YEAR, IndicatorRecord, Pair
from market.plan.queries.pairs import pairs_of
from market.plan.services.steps import keep_step
from market.units.models import Unit, UnitKind

MOST_LETTERS = 20


def add_pair(
    session: Session,
    *,
    year: int,
    position: int,
    unit: Unit | None,
    township: str,
    village: str,
    by: Person,
) -> Pair:
    """Enter one of the eight pairs of a year; clause 7 names neither side.

    Refuses anybody but a coordinator, a year that has not begun, a ninth pair, a place
    that is taken, and an office or a village that is in another pair of the year.
    """
    if not PLAN_YEAR <= year <= clock.today().year:
        raise Refused(f"年度须在 {PLAN_YEAR} 至 {clock.today().year} 之间。")
    if not 1 <= position <= PAIRS:
        raise Refused(f"方案为 {PAIRS} 对街村，序号须在 1 至 {PAIRS} 之间。")
    facts = _checked(session, None, year, unit, township, village, by)
    row = upsert(session, Pair).values(year=year, position=position, **facts)
    added = row.on_conflict_do_nothing().returning(Pair.id)
    pair_id = session.scalar(added)
    if pair_id is None:
        raise Refused(f"第 {position} 对刚刚被别人登记，请刷新页面查看。")
    pair = session.get_one(Pair, pair_id)
    keep_step(session, pair, clock.now())
    record(session, "pair.added", pair, by=by, year=year, position=position, unit=pair.unit.code)
    return pair


def change_pair(
    session: Session, pair: Pair, *, unit: Unit | None, township: str, village: str, by: Person
) -> None:
    """Correct a pair that no record names yet; one that is named stays as it is."""
    # A record that is just being made of this pair has a share of its row until it is there.
    session.refresh(pair, with_for_update=True)
    facts = _checked(session, pair, pair.year, unit, township, village, by)
    named = sa.select(IndicatorRecord.id).where(IndicatorRecord.pair_id == pair.id).exists()
    change = sa.update(Pair).where(Pair.id == pair.id, ~named).values(**facts)
    if session.scalar(change.returning(Pair.id).execution_options(**BY_ID)) is None:
        raise Refused("这一对街村已有指标记录，不能再修改；登记有误请先联系统筹协调部门冲销记录。")
    session.refresh(pair)
    keep_step(session, pair, clock.now())
    record(
        session,
        "pair.changed",
        pair,
        by=by,
        year=pair.year,
        position=pair.position,
        unit=pair.unit.code,
    )


def _checked(
    session: Session,
    pair: Pair | None,
    year: int,
    unit: Unit | None,
    township: str,
    village: str,
    by: Person,
) -> dict[str, Any]:
    """Return what may be written, or refuse it beside its field."""
    if by.role is not Role.COORDINATOR:
        raise Refused("街村结对由统筹协调部门登记，请联系他们。")
    if unit is None or unit.kind is not UnitKind.SUBDISTRICT:
        raise Refused("请从列表中选择一个街道办事处。", field="unit")
    facts = {"township": township.strip(), "village": village.strip()}
    for field, what in (("township", "乡镇"), ("village", "贫困村")):
        if not 1 <= len(facts[field]) <= MOST_LETTERS:
            raise Refused(f"请填写{what}名称，最多 {MOST_LETTERS} 个字。", field=field)
    for other in pairs_of(session, year):
        if pair is not None and other.id == pair.id:
            continue
        if other.unit_id == unit.id:
            raise Refused(
                f"“{unit.name}”已是 {year} 年第 {other.position} 对，一个街道只结对一个村。",
                field="unit",
            )
        if (other.township, other.village) == (facts["township"], facts["village"]):
            raise Refused(
                f"这个村已是 {year} 年第 {other.position} 对，一个村只结对一个街道。",
                field="village",
            )
    return facts | {"unit_id": unit.id}
