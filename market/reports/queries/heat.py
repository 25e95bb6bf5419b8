"""Which months of a group were warm: purchases beside an even month of its own."""

from market.core.labels import Label
from market.reports.queries.groups import Group


class Heat(Label):
    """How a month stands beside a twelfth of the target, or of the year's purchases without one."""

    BACK = "back", "净扣减"
    NONE = "none", "没有采购"
    LOW = "low", "不到一半"
    UNDER = "under", "不到月均"
    EVEN = "even", "达到月均"
    HIGH = "high", "月均两倍以上"


def heat_of(group: Group, month: int) -> Heat:
    """Return how warm a month of a group was."""
    fen = group.by_month.get(month, 0)
    if fen <= 0:
        return Heat.BACK if fen else Heat.NONE
    whole = group.target_fen if group.target_fen > 0 else group.done_fen
    if fen * 24 < whole:
        return Heat.LOW
    if fen * 12 < whole:
        return Heat.UNDER
    return Heat.EVEN if fen * 6 < whole else Heat.HIGH
