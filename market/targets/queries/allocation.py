"""Divide a total among units (分解): the largest remainder in exact fractions, within floors and caps.

Pure arithmetic of integers and fractions: it knows no database and no screen, so that
whoever doubts a result can have it computed again from what was written down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.core import money
from market.core.errors import Refused
from market.core.labels import Label

STEPS_FEN = (
    100_00,
    1_000_00,
    10_000_00,
    100,
    1,
)  # What a form offers; any whole fen is understood.


class Bound(Label):
    """Which of its bounds set a unit's amount, where its weight alone did not."""

    FLOOR = "floor", "下限"
    CAP = "cap", "上限"


@dataclass(frozen=True)
class Claimant:
    """One unit as it takes part: its weight (any whole scale), and bounds in fen."""

    code: str
    weight: int
    floor_fen: int = 0
    cap_fen: int | None = None


@dataclass(frozen=True)
class Part:
    """What one unit gets, and why.

    ``plain`` is its share of the whole by weight alone, ``exact`` its share of what the
    bounds of others leave; both in fen, as fractions. ``base_fen`` is ``exact`` rounded
    down to whole steps, ``remainder`` what that leaves out, in steps (0 ≤ r < 1), and
    ``rank`` its place by remainder, ties by code; who has none has no rank. ``is_raised``
    says that it got one of the steps that were left. Where a bound set the amount,
    ``bound`` names it and there is neither remainder nor rank.
    """

    code: str
    weight: int
    floor_fen: int
    cap_fen: int | None
    plain: Fraction
    exact: Fraction
    base_fen: int
    remainder: Fraction
    rank: int | None
    is_raised: bool
    bound: Bound | None
    amount_fen: int


@dataclass(frozen=True)
class Division:
    """A total divided: the parts by code, and how many steps the remainders shared out."""

    total_fen: int
    step_fen: int
    weight: int
    parts: Sequence[Part]
    steps_left: int

    @property
    def by_code(self) -> dict[str, Part]:
        """The parts by the codes of their units."""
        return {part.code: part for part in self.parts}


@dataclass(frozen=True)
class _Held:
    """A claimant with its bounds in whole steps."""

    claimant: Claimant
    floor: int
    cap: int | None

    @property
    def weight(self) -> int:
        return self.claimant.weight

    @property
    def most(self) -> int | None:
        """What it can get at most; without a weight nothing beyond its floor."""
        return self.floor if not self.weight else self.cap

    def within(self, share: Fraction) -> Fraction:
        above = max(share, Fraction(self.floor))
        return above if self.cap is None else min(above, Fraction(self.cap))


def divide(total_fen: int, step_fen: int, claimants: Iterable[Claimant]) -> Division:
    """Divide ``total_fen`` in whole steps by weight; the parts sum to it exactly.

    Floors are rounded up to whole steps and caps down. Shares outside their bounds are
    set to them, and the rest is divided anew among the others, until none is outside;
    then each share is rounded down and the steps left go to the largest remainders, ties
    by code. The order of the claimants makes no difference. Refuses a total that is not
    positive whole steps, nobody, a code twice, a negative weight, weights that are all
    zero, a floor above its cap, and bounds that leave no way, with the three sums. What is
    wrong with one unit names it in the field: ``cap_fen@code``.
    """
    check_total(total_fen, step_fen)
    held = _held(sorted(claimants, key=lambda claimant: claimant.code), step_fen)
    total = total_fen // step_fen
    _check_bounds(total, held, step_fen)
    weight = sum(one.weight for one in held)
    bound, shares = _clamp(total, held)
    base = {code: int(share) for code, share in shares.items()}
    # Sorted already by code, which therefore decides between equals.
    ranked = sorted(
        (one.claimant.code for one in held if shares[one.claimant.code].denominator > 1),
        key=lambda code: base[code] - shares[code],
    )
    left = total - sum(base.values())
    rank = {code: place for place, code in enumerate(ranked, 1)}
    parts = []
    for one in held:
        code = one.claimant.code
        is_raised = code in rank and rank[code] <= left
        parts.append(
            Part(
                code=code,
                weight=one.weight,
                floor_fen=one.floor * step_fen,
                cap_fen=None if one.cap is None else one.cap * step_fen,
                plain=Fraction(total_fen * one.weight, weight),
                exact=shares[code] * step_fen,
                base_fen=base[code] * step_fen,
                remainder=shares[code] - base[code],
                rank=rank.get(code),
                is_raised=is_raised,
                bound=bound.get(code),
                amount_fen=(base[code] + is_raised) * step_fen,
            )
        )
    return Division(total_fen, step_fen, weight, parts, left)


def _clamp(total: int, held: Sequence[_Held]) -> tuple[dict[str, Bound], dict[str, Fraction]]:
    """Return who stands at a bound, and everybody's exact share in steps.

    In each round either everybody fits, or whoever is on the side that is further out
    is set to the bound for good: at most as many rounds as there are claimants.
    """
    bound: dict[str, Bound] = {}
    shares: dict[str, Fraction] = {}
    free = list(held)
    while free:
        rest = total - int(sum(shares.values()))
        weight = sum(one.weight for one in free)
        wish = {one.claimant.code: _share(rest, one.weight, weight) for one in free}
        fits = {one.claimant.code: one.within(wish[one.claimant.code]) for one in free}
        lifted = [one for one in free if fits[one.claimant.code] > wish[one.claimant.code]]
        cut = [one for one in free if fits[one.claimant.code] < wish[one.claimant.code]]
        if not lifted and not cut:
            return bound, shares | wish
        # What fits together asks for more than there is: then no floor can be undone later.
        over = sum(fits.values()) - rest
        fixed = (lifted if over >= 0 else []) + (cut if over <= 0 else [])
        for one in fixed:
            code = one.claimant.code
            bound[code] = Bound.FLOOR if one in lifted else Bound.CAP
            shares[code] = fits[code]
        free = [one for one in free if one.claimant.code not in shares]
    return bound, shares


def _share(rest: int, weight: int, of: int) -> Fraction:
    return Fraction(rest * weight, of) if of else Fraction(0)


def _held(claimants: Sequence[Claimant], step_fen: int) -> list[_Held]:
    if not claimants:
        raise Refused("没有参加分解的单位，请至少选择一个单位。", field="units")
    held: list[_Held] = []
    for claimant in claimants:
        code = claimant.code
        if held and held[-1].claimant.code == code:
            raise Refused(f"单位 {code} 出现了两次，每个单位只能参加一次。", field="units")
        if claimant.weight < 0:
            raise Refused(f"单位 {code} 的权重小于 0，权重须不小于 0。", field=f"weight@{code}")
        if claimant.floor_fen < 0 or (claimant.cap_fen or 0) < 0:
            raise Refused(
                f"单位 {code} 的上下限小于 0，请填不小于 0 的金额。", field=f"cap_fen@{code}"
            )
        floor = -(-claimant.floor_fen // step_fen)
        cap = None if claimant.cap_fen is None else claimant.cap_fen // step_fen
        if cap is not None and floor > cap:
            step = money.yuan(step_fen)
            raise Refused(
                f"单位 {code} 的下限 {money.yuan(claimant.floor_fen)} 元与上限 "
                f"{money.yuan(claimant.cap_fen or 0)} 元之间没有 {step} 元的整数倍，"
                "请调高上限或调低下限。",
                field=f"cap_fen@{code}",
            )
        held.append(_Held(claimant, floor, cap))
    if not any(one.weight for one in held):
        raise Refused(
            "所有单位的权重都是 0，无法分解；至少一个单位的权重须大于 0。", field="weights"
        )
    return held


def check_total(total_fen: int, step_fen: int) -> None:
    """Refuse a total that is not positive, beyond what a target may be, or not whole steps."""
    if step_fen <= 0:
        raise Refused("分解步长必须大于 0 元。", field="step_fen")
    if total_fen <= 0:
        raise Refused("目标总额必须大于 0 元。", field="total_fen")
    if total_fen > money.MOST_FEN:
        raise Refused(
            f"目标总额过大，最多 {money.yuan(money.MOST_FEN)} 元，请检查是否多输了几位。",
            field="total_fen",
        )
    if total_fen % step_fen:
        below = total_fen // step_fen * step_fen
        near = "或 ".join(
            f"{money.yuan(fen)} 元"
            for fen in (below, below + step_fen)
            if 0 < fen <= money.MOST_FEN
        )
        raise Refused(
            f"目标总额 {money.yuan(total_fen)} 元不是步长 {money.yuan(step_fen)} 元的整数倍，"
            f"可以改为 {near}。",
            field="total_fen",
        )


def _check_bounds(total: int, held: Sequence[_Held], step_fen: int) -> None:
    floors = sum(one.floor for one in held)
    most = [one.most for one in held]
    caps = None if None in most else sum(cap or 0 for cap in most)
    if floors <= total and (caps is None or total <= caps):
        return
    said = "不限" if caps is None else f"{money.yuan(caps * step_fen)} 元"
    wrong = "下限合计超过目标总额" if floors > total else "上限合计不足目标总额"
    step = money.yuan(step_fen)
    raise Refused(
        f"{wrong}，无法分解：下限合计 {money.yuan(floors * step_fen)} 元，上限合计 {said}，"
        f"目标总额 {money.yuan(total * step_fen)} 元（下限进位、上限舍位到 {step} 元；"
        "权重为 0 的单位只得下限）。请调整上下限或总额。",
        field="bounds",
    )
