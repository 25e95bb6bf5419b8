"""What must be true of a unit among all the others, before it is written down."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from market.units.models import INDEPENDENT, Canteen, Unit, UnitState

MOST_DINERS = 100_000
# A code stands in addresses (/units/<code>), where these words mean something else.
_CODE = re.compile(r"(?!(new|import)$)[A-Za-z0-9-]{1,20}", re.IGNORECASE)


@dataclass(frozen=True)
class Planned:
    """A unit as it would be: what the rules look at; other units are named by code."""

    code: str
    name: str
    canteen: Canteen
    parent: str | None
    shared_with: str | None
    is_closed: bool = False

    @classmethod
    def of(cls, unit: Unit) -> "Planned":
        """Describe a unit as it is."""
        return cls(
            unit.code,
            unit.name,
            unit.canteen,
            unit.parent.code if unit.parent else None,
            unit.shared_with.code if unit.shared_with else None,
            unit.state is UnitState.CLOSED,
        )


@dataclass(frozen=True)
class Fault:
    """What is wrong: with which field, and what is expected of it instead."""

    field: str
    value: str
    expected: str


def is_code(text: str) -> bool:
    """Tell whether a text can be a unit's code."""
    return _CODE.fullmatch(text) is not None


def sharers(world: Mapping[str, Planned]) -> dict[str, str]:
    """Return, by the code of each unit that files for a shared canteen, who shares it."""
    return {
        unit.shared_with: unit.code
        for unit in world.values()
        if unit.shared_with and not unit.is_closed
    }


def faults(
    unit: Planned, world: Mapping[str, Planned], represents: Mapping[str, str]
) -> Iterator[Fault]:
    """Find what is wrong with a unit in a world that already contains it as it would be."""
    if unit.parent is not None:
        yield from _parent(unit, unit.parent, world)
    if unit.canteen is not Canteen.SHARED:
        if unit.shared_with is not None:
            yield Fault("shared_with", unit.shared_with, "食堂情况不是“共用食堂”时留空")
    elif unit.shared_with is None:
        yield Fault("shared_with", "", "共用食堂的代表单位，由它统一填报")
    else:
        yield from _representative(unit, unit.shared_with, world)
    if unit.code in represents and unit.canteen not in INDEPENDENT:
        yield Fault(
            "canteen",
            unit.canteen.label,
            f"自有食堂或食堂外包，因为本单位是 {represents[unit.code]} 的共用食堂代表单位",
        )


def _parent(unit: Planned, parent: str, world: Mapping[str, Planned]) -> Iterator[Fault]:
    if parent not in world:
        yield Fault("parent", parent, "已登记单位的编码，或留空")
        return
    seen: set[str] = set()
    above: str | None = parent
    while above is not None and above in world and above not in seen:
        if above == unit.code:
            yield Fault("parent", parent, "不是本单位、也不是本单位下级的单位")
            return
        seen.add(above)
        above = world[above].parent


def _representative(unit: Planned, code: str, world: Mapping[str, Planned]) -> Iterator[Fault]:
    other = world.get(code)
    if other is None:
        yield Fault("shared_with", code, "已登记单位的编码")
    elif code == unit.code:
        yield Fault("shared_with", code, "另一个单位，不能是本单位")
    elif other.is_closed:
        yield Fault("shared_with", code, "未撤销的单位")
    elif other.canteen not in INDEPENDENT:
        yield Fault(
            "shared_with", code, f"自有食堂或食堂外包的单位（{code} 是“{other.canteen.label}”）"
        )
