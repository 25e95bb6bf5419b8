"""Set the rules that units are watched by, and tell units what a rule found."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_of_units
from market.audit.services import record
from market.core import clock
from market.core.access import UNIT_BUYERS, Role
from market.core.db import upsert
from market.core.errors import Refused
from market.notices.services import tell
from market.reports.models import WatchKind, WatchNotice, WatchRule
from market.reports.queries.rules import Named, day_word, named, rule_of, rules, week_word

MOST_REASON = 200
MOST_TEXT = 300


@dataclass(frozen=True)
class Told:
    """What came of telling: how many units heard, had heard already, and have nobody to tell."""

    units: int
    already: int
    without_people: int


def set_rule(
    session: Session, kind: WatchKind, *, number: int, is_enabled: bool, reason: str, by: Person
) -> WatchRule:
    """Set a rule's number, and whether it is on; the reason is kept with who said it.

    Refuses anybody but a coordinator, a number out of bounds, a missing reason, and
    what changes nothing.
    """
    _check_coordinator(by)
    reason = " ".join(reason.split())
    if not 1 <= number <= kind.most:
        raise Refused(f"“{kind.label}”应填 1 到 {kind.most} 的整数。", field="number")
    if not reason or len(reason) > MOST_REASON:
        raise Refused(f"请写明修改的原因，最多 {MOST_REASON} 个字。", field="reason")
    before = rule_of(session, kind)
    if (before.number, before.is_enabled) == (number, is_enabled):
        raise Refused("没有改动：数字和启用状态与现在一样。", field="number")
    values = {
        "number": number,
        "is_enabled": is_enabled,
        "reason": reason,
        "changed_at": clock.now(),
        "changed_by_id": by.id,
    }
    writing = upsert(session, WatchRule).values(kind=kind, **values)
    session.execute(writing.on_conflict_do_update(index_elements=["kind"], set_=values))
    row = rule_of(session, kind).row
    assert row is not None
    record(
        session,
        "watch.rule_set",
        row,
        by=by,
        rule=kind.label,
        from_number=before.number,
        to_number=number,
        is_enabled=is_enabled,
        reason=reason,
    )
    return row


def notify(session: Session, kind: WatchKind, *, by: Person, code: str | None = None) -> Told:
    """Tell the units that a rule names now (or one of them), each once a day however often it is called.

    Their leads and canteen people hear. Refuses anybody but a coordinator, a rule that is
    off, a unit that it no longer names, and where nobody is left to tell.
    """
    _check_coordinator(by)
    rule = rule_of(session, kind)
    if not rule.is_enabled:
        raise Refused(f"“{kind.label}”规则已停用，启用后才能通知。")
    units = named(session, [rule])[kind]
    units = [one for one in units if code is None or one.unit.code == code]
    if not units:
        raise Refused("现在没有符合这条规则的单位，不需要通知；请刷新页面。")
    told = _tell(session, kind, units, occasion=day_word(clock.today()), by=by)
    if not told.units:
        raise Refused(
            f"没有发出通知：{told.already} 个单位今天已经通知过，"
            f"{told.without_people} 个单位没有可通知的负责人或食堂管理员。"
        )
    return told


def remind_units(session: Session) -> int:
    """Tell each unit of each enabled rule that names it, once in a week of ISO; return how many notices."""
    occasion = week_word(clock.today())
    found = named(session, rules(session))
    return sum(
        _tell(session, kind, units, occasion=occasion, by=None).units
        for kind, units in found.items()
    )


def _tell(
    session: Session, kind: WatchKind, units: Sequence[Named], *, occasion: str, by: Person | None
) -> Told:
    """Tell each unit unless somebody has on this occasion: the unique row says who was first."""
    people = people_of_units(session, [one.unit.id for one in units], *UNIT_BUYERS)
    reachable = sorted((one for one in units if one.unit.id in people), key=lambda one: one.unit.id)
    count = 0
    for one in reachable:
        writing = (
            upsert(session, WatchNotice)
            .values(unit_id=one.unit.id, kind=kind, occasion=occasion, at=clock.now())
            .on_conflict_do_nothing(index_elements=["unit_id", "kind", "occasion"])
        )
        if session.scalar(writing.returning(WatchNotice.id)) is None:
            continue
        count += 1
        text = f"{kind.label}提醒：{one.unit.name}{one.words}。"
        tell(session, people[one.unit.id], text[:MOST_TEXT], path=one.path)
        record(session, "watch.notified", one.unit, by=by, rule=kind.label, occasion=occasion)
    return Told(count, len(reachable) - count, len(units) - len(reachable))


def _check_coordinator(by: Person) -> None:
    if by.role is not Role.COORDINATOR:
        raise Refused("只有统筹协调人员可以设置预警规则和发出提醒。")
