"""Register units and change them, with a record of what was and what is."""

from dataclasses import asdict, dataclass, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.adapters.pinyin import search_text
from market.audit.services import record
from market.core.db import Model
from market.core.errors import Refused
from market.core.money import MOST_FEN
from market.core.states import move
from market.units.models import Canteen, Nature, Unit, UnitKind, UnitState
from market.units.queries import every_unit, sharers_of
from market.units.services.rules import MOST_DINERS, Planned, faults, is_code, sharers

TITLES = {
    "code": "单位编码",
    "name": "单位名称",
    "kind": "单位类别",
    "nature": "单位性质",
    "canteen": "食堂情况",
    "daily_diners": "日常用餐人数",
    "approval_limit_fen": "审批限额（元）",
    "parent": "上级单位编码",
    "shared_with": "共用食堂代表单位编码",
    "address": "地址",
    "contact": "联系人",
    "phone": "联系电话",
    "bank_name": "开户银行",
    "bank_account": "付款账号",
    "note": "备注",
}
PERSONAL = (
    "contact",
    "phone",
    "bank_account",
)  # The audit trail says that they changed, not from what to what.


@dataclass(frozen=True)
class UnitFacts:
    """What is written down about a unit; ``parent`` and ``shared_with`` are codes.

    ``approval_limit_fen`` of ``None`` means that every order of the unit is approved.
    """

    code: str
    name: str
    kind: UnitKind
    nature: Nature = Nature.ORDINARY
    canteen: Canteen = Canteen.NONE
    daily_diners: int = 0
    approval_limit_fen: int | None = None
    parent: str | None = None
    shared_with: str | None = None
    address: str = ""
    contact: str = ""
    phone: str = ""
    bank_name: str = ""
    bank_account: str = ""
    note: str = ""

    @classmethod
    def of(cls, unit: Unit) -> "UnitFacts":
        """Return what is written down about a unit now."""
        plain = {name: getattr(unit, name) for name in _PLAIN}
        return cls(
            parent=unit.parent.code if unit.parent else None,
            shared_with=unit.shared_with.code if unit.shared_with else None,
            **plain,
        )


_PLAIN = [field.name for field in fields(UnitFacts) if field.name not in ("parent", "shared_with")]


def make_unit(session: Session, facts: UnitFacts, *, by: Model | None) -> Unit:
    """Register a unit.

    Refuses a code or name that is taken, an unknown parent, and a shared canteen without
    a representative that has a canteen of its own.
    """
    _check(session, facts, None)
    unit = Unit()
    write(session, unit, facts)
    record(session, "unit.made", unit, by=by, code=facts.code, kind=facts.kind)
    return unit


def change_unit(session: Session, unit: Unit, facts: UnitFacts, *, by: Model | None) -> None:
    """Write down a unit anew; the record holds every value that changed, old and new.

    Refuses what ``make_unit`` refuses, a closed unit, and another code than it has: the
    code stands on documents. Nothing is recorded where nothing changed.
    """
    if unit.state is UnitState.CLOSED:
        raise Refused("单位已撤销，不能修改；如需修改，请先恢复该单位。")
    if facts.code != unit.code:
        raise Refused("单位编码登记后不能修改；如编码有误，请撤销后重新登记。", field="code")
    _check(session, facts, unit)
    old = UnitFacts.of(unit)
    if old == facts:
        return
    write(session, unit, facts)
    record_change(session, unit, old, facts, by=by)


def close_unit(session: Session, unit: Unit, *, by: Model | None) -> None:
    """Close a unit that no longer exists; its orders and credits stay.

    Refuses one that files for the shared canteen of others.
    """
    others = sharers_of(session, unit)
    if others:
        raise Refused(
            f"“{unit.name}”是 {'、'.join(other.name for other in others[:3])} 的共用食堂代表单位，"
            "请先为它们改定代表单位，再撤销。"
        )
    move(session, unit, UnitState.CLOSED)
    record(session, "unit.closed", unit, by=by)


def reopen_unit(session: Session, unit: Unit, *, by: Model | None) -> None:
    """Bring a closed unit back; refuses while the unit it shares a canteen with is closed."""
    if unit.shared_with is not None and unit.shared_with.state is UnitState.CLOSED:
        raise Refused(
            f"共用食堂的代表单位“{unit.shared_with.name}”已撤销，请先恢复它，再恢复本单位。"
        )
    move(session, unit, UnitState.ACTIVE)
    record(session, "unit.reopened", unit, by=by)


def write(session: Session, unit: Unit, facts: UnitFacts) -> None:
    """Put the facts into the row, checked already; the units they name must be there."""
    for name in _PLAIN:
        setattr(unit, name, getattr(facts, name))
    unit.search_text = search_text(facts.name, facts.code)
    unit.parent = _named(session, facts.parent)
    unit.shared_with = _named(session, facts.shared_with)
    session.add(unit)
    try:
        session.flush()
    except sa.exc.IntegrityError:  # Somebody took the code or the name since they were looked up.
        raise Refused("单位编码或名称刚刚被别人使用，请核对后换一个。", field="code") from None


def record_change(
    session: Session, unit: Unit, old: UnitFacts, new: UnitFacts, *, by: Model | None
) -> None:
    """Record which facts changed, from what to what; of personal ones only that they did."""
    changes: dict[str, Any] = {
        name: None if name in PERSONAL else [before, after]
        for name, before, after in differences(old, new)
    }
    record(session, "unit.changed", unit, by=by, changes=changes)


def differences(old: UnitFacts, new: UnitFacts) -> list[tuple[str, Any, Any]]:
    """Return (field, old value, new value) of what differs."""
    before, after = asdict(old), asdict(new)
    return [(name, before[name], after[name]) for name in TITLES if before[name] != after[name]]


def _check(session: Session, facts: UnitFacts, unit: Unit | None) -> None:
    if not is_code(facts.code):
        raise Refused(
            "单位编码只能用字母、数字和短横线，最多 20 个，不能是 new 或 import。", field="code"
        )
    if not facts.name.strip():
        raise Refused("请填写单位名称。", field="name")
    if not 0 <= facts.daily_diners <= MOST_DINERS:
        raise Refused(f"日常用餐人数应为 0 到 {MOST_DINERS} 的整数。", field="daily_diners")
    if facts.approval_limit_fen is not None and not 0 <= facts.approval_limit_fen <= MOST_FEN:
        raise Refused(
            "审批限额不能为负数；留空表示每张单位订单都要审批。", field="approval_limit_fen"
        )
    world = {other.code: Planned.of(other) for other in every_unit(session)}
    if unit is None and facts.code in world:
        raise Refused(f"单位编码“{facts.code}”已被使用，请换一个。", field="code")
    for other in world.values():
        if other.name == facts.name and other.code != facts.code:
            raise Refused(f"单位名称“{facts.name}”已由 {other.code} 使用，请换一个。", field="name")
    planned = Planned(facts.code, facts.name, facts.canteen, facts.parent, facts.shared_with)
    world[facts.code] = planned
    for fault in faults(planned, world, sharers(world)):
        raise Refused(f"应填：{fault.expected}。", field=fault.field)


def _named(session: Session, code: str | None) -> Unit | None:
    return session.scalar(sa.select(Unit).where(Unit.code == code)) if code else None
