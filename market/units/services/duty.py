"""Who must buy: the plan's clause, applied to a unit."""

from dataclasses import dataclass

from market.core.settings import StationedRule, settings
from market.units.models import (
    EXCEPTED,
    INDEPENDENT,
    LEAST_DINERS,
    Canteen,
    Unit,
    UnitKind,
    UnitState,
)

CLAUSE = (
    "两江新区各街道办事处、机关事务中心、有独立食堂且日常用餐人数达到50人以上的事业单位"
    "（学校、医院除外）和驻区机构在彭水自治县定点采购特色农产品。"
)
CLAUSE_SOURCE = "《2020年两江新区助推彭水自治县打赢脱贫攻坚战工作方案》二（2）1"


@dataclass(frozen=True)
class Duty:
    """Whether a unit must buy, the plan's words, and why in one Chinese sentence."""

    required: bool
    clause: str
    reason: str


def duty_of(unit: Unit, *, rule: StationedRule | None = None) -> Duty:
    """Say whether the clause obliges a unit, and why; a pure function.

    The clause (二（2）1) can be read both ways for 驻区机构: ``rule`` decides, else the
    setting of this site. ``queries.must_buy`` asks the same of the database.
    """
    if unit.state is UnitState.CLOSED:
        return _duty(False, "单位已撤销，不再承担采购任务。")
    match unit.kind:
        case UnitKind.SUBDISTRICT | UnitKind.AFFAIRS_CENTER:
            return _duty(True, f"{unit.kind.label}由条款直接列明，不论食堂规模。")
        case UnitKind.PUBLIC_INSTITUTION if unit.nature in EXCEPTED:
            return _duty(False, f"事业单位中的{unit.nature.label}，条款规定除外。")
        case UnitKind.PUBLIC_INSTITUTION:
            required, why = _canteen(unit)
            return _duty(required, f"事业单位，{why}。")
        case UnitKind.STATIONED_AGENCY:
            return _stationed(unit, rule or settings().stationed_rule)
        case _:
            return _duty(False, f"条款未列明{_called(unit.kind)}，鼓励自愿采购。")


def _stationed(unit: Unit, rule: StationedRule) -> Duty:
    both = f"条款对驻区机构有两种读法，本站按“{rule.label}”执行"
    if rule is StationedRule.ALWAYS:
        return _duty(True, f"驻区机构由条款列明。{both}。")
    required, why = _canteen(unit)
    return _duty(required, f"驻区机构，{why}。{both}。")


def _canteen(unit: Unit) -> tuple[bool, str]:
    """Apply the condition: an independent canteen, and at least 50 daily diners."""
    if unit.canteen is Canteen.SHARED and unit.shared_with is not None:
        return False, f"共用食堂，由{unit.shared_with.name}填报，本单位不单独承担"
    if unit.canteen not in INDEPENDENT:
        return False, "没有独立食堂，未达到条件"
    whose = "有独立食堂" if unit.canteen is Canteen.OWN else "食堂外包（任务仍由本单位承担）"
    if unit.daily_diners >= LEAST_DINERS:
        return True, f"{whose}，日常用餐 {unit.daily_diners} 人，达到 {LEAST_DINERS} 人"
    return False, f"{whose}，日常用餐 {unit.daily_diners} 人，未达到 {LEAST_DINERS} 人"


def _called(kind: UnitKind) -> str:
    return "这类单位" if kind is UnitKind.OTHER else kind.label


def _duty(required: bool, reason: str) -> Duty:
    return Duty(required, CLAUSE, reason)
