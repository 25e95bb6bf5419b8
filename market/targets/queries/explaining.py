"""Say why a unit got what it got, on screen and in the tables that people take away."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.adapters.spreadsheets import Table
from market.core import clock, money, quantity
from market.targets.models import AllocationLine, AllocationRun, Basis
from market.targets.queries.allocation import Bound, Division, Part
from market.targets.queries.runs import is_raising
from market.units.models import Unit

SORTS = ("code", "weight", "exact", "rank", "amount", "held", "difference")


@dataclass(frozen=True)
class Outcome:
    """A unit's line of a run beside what came of it, in words."""

    line: AllocationLine
    part: Part
    why: str

    @property
    def unit(self) -> Unit:
        """The unit."""
        return self.line.unit

    @property
    def difference_fen(self) -> int:
        """By how much its target changes."""
        return self.part.amount_fen - self.line.held_fen

    @property
    def exact(self) -> str:
        """Its exact share in yuan, as a fraction: 333 1/3."""
        return fraction(self.part.exact / 100)

    @property
    def exact_fen(self) -> int:
        """Its exact share to the fen, half up, for reading."""
        return money.round_half_up(self.part.exact)

    @property
    def remainder(self) -> str:
        """What rounding down left out, in steps with four decimals."""
        ten_thousandths = self.part.remainder.numerator * 10_000 // self.part.remainder.denominator
        return f"0.{ten_thousandths:04d}"


def outcomes(
    run: AllocationRun, lines: Sequence[AllocationLine], division: Division
) -> list[Outcome]:
    """Put each line beside its part, in the order of the lines."""
    parts = division.by_code
    raises = is_raising(run.total_fen, lines)
    return [
        Outcome(line, parts[line.unit.code], why(line, parts[line.unit.code], division, raises))
        for line in lines
    ]


def ordered(rows: Sequence[Outcome], sort: str, *, descending: bool) -> list[Outcome]:
    """Sort outcomes by one of ``SORTS``; what has no rank comes last."""
    if sort == "rank":
        with_rank = sorted((r for r in rows if r.part.rank), key=lambda row: row.part.rank or 0)
        rest = [row for row in rows if not row.part.rank]
        return (with_rank[::-1] if descending else with_rank) + rest
    keys = {
        "weight": lambda row: row.part.weight,
        "exact": lambda row: row.part.exact,
        "amount": lambda row: row.part.amount_fen,
        "held": lambda row: row.line.held_fen,
        "difference": lambda row: row.difference_fen,
    }
    return sorted(rows, key=keys.get(sort, lambda row: row.unit.code), reverse=descending)


def fraction(value: Fraction) -> str:
    """Write a fraction as people do: 333 1/3, or 500 where nothing is left over."""
    whole, rest = divmod(value.numerator, value.denominator)
    return f"{whole:,} {rest}/{value.denominator}" if rest else f"{whole:,}"


def weight_words(basis: Basis, line: AllocationLine) -> str:
    """Say what a weight is made of."""
    weight = quantity.show(line.weight_milli or 0)
    match basis:
        case Basis.DINERS:
            return f"{line.people} 人 × {line.months} 个月 = {weight}"
        case Basis.STAFF:
            return f"{weight} 人"
        case Basis.PURCHASES:
            return f"上年采购 {weight} 元"
        case _:
            return weight


def why(line: AllocationLine, part: Part, division: Division, raises: bool) -> str:
    """Say in one sentence why a unit got this amount."""
    plain = money.yuan(money.round_half_up(part.plain))
    step = money.yuan(division.step_fen)
    if part.bound is Bound.FLOOR:
        held = raises and line.held_fen > (line.floor_fen or 0)
        reason = "调高总额时不低于现行目标" if held else "不低于所定下限"
        return f"按权重应得 {plain} 元，{reason}，取 {money.yuan(part.amount_fen)} 元。"
    if part.bound is Bound.CAP:
        return f"按权重应得 {plain} 元，超过所定上限，取 {money.yuan(part.amount_fen)} 元。"
    if part.rank is None:
        return "精确份额正好是步长的整数倍。" if part.weight else "权重为 0，不分得目标。"
    left = division.steps_left
    if part.is_raised:
        return f"余数排第 {part.rank}，在剩余的 {left} 个步长之内，进 {step} 元。"
    return f"余数排第 {part.rank}，剩余的 {left} 个步长已分给余数更大的单位，不进。"


def run_table(run: AllocationRun, rows: Sequence[Outcome], division: Division) -> Table:
    """Return a run as a table to take away, with its sum."""
    return Table(
        title=f"{run.year}年消费帮扶采购目标分解表",
        note=(
            f"编号 {run.number}；{run.state.label}；截至 {clock.today()}；单位：元；"
            f"步长 {money.yuan(run.step_fen)} 元；依据：{run.basis.label}"
        ),
        columns=(
            ("单位编码", "text"),
            ("单位名称", "text"),
            ("单位类别", "text"),
            ("权重", "quantity"),
            ("下限(元)", "yuan"),
            ("上限(元)", "yuan"),
            ("精确份额(元，分数)", "text"),
            ("精确份额(元)", "yuan"),
            ("取整(元)", "yuan"),
            ("余数(步)", "text"),
            ("余数排名", "int"),
            ("进一步", "text"),
            ("原目标(元)", "yuan"),
            ("本次目标(元)", "yuan"),
            ("变动(元)", "yuan"),
            ("说明", "text"),
        ),
        rows=[
            (
                row.unit.code,
                row.unit.name,
                row.unit.kind.label,
                row.part.weight,
                row.line.floor_fen,
                row.line.cap_fen,
                row.exact,
                row.exact_fen,
                row.part.base_fen,
                row.remainder,
                row.part.rank,
                "是" if row.part.is_raised else "",
                row.line.held_fen,
                row.part.amount_fen,
                row.difference_fen,
                row.why,
            )
            for row in rows
        ],
        total=(
            "合计",
            f"{len(rows)} 个单位",
            "",
            division.weight,
            None,
            None,
            "",
            division.total_fen,
            sum(row.part.base_fen for row in rows),
            "",
            None,
            f"{division.steps_left} 个",
            sum(row.line.held_fen for row in rows),
            division.total_fen,
            sum(row.difference_fen for row in rows),
            "",
        ),
    )
