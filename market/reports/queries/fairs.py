"""Tables of fairs: the result sheet (成果表) of one, and the comparison of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.adapters.spreadsheets import Table
from market.core import clock, money
from market.fairs import queries
from market.fairs.models import Fair, FairIntention, FairStand, FairState
from market.funds.queries import marketing
from market.funds.queries.figures import Figures
from market.ordering.queries import accepted_of

SHEET_GOODS = 6  # Names of goods that stand in a row of the sheet; the rest are counted.


@dataclass(frozen=True)
class Kept:
    """An intention with what became of it, fen: recorded outside, and accepted by linked orders."""

    intention: FairIntention
    recorded_fen: int
    ordered_fen: int

    @property
    def fulfilled_fen(self) -> int:
        """Return what became of it in all."""
        return self.recorded_fen + self.ordered_fen


@dataclass(frozen=True)
class Compared:
    """One fair in the comparison; money in fen."""

    fair: Fair
    outcome: queries.Outcome
    fulfilled_fen: int
    asked_fen: int
    figures: Figures
    reported: bool

    @property
    def spent_fen(self) -> int:
        """Return what the fair cost the marketing budget."""
        return self.figures.spent_fen

    @property
    def per_yuan(self) -> int | None:
        """Return how many fen were sold for each yuan spent, rounded down."""
        return self.outcome.sold_fen * 100 // self.spent_fen if self.spent_fen else None

    @property
    def fulfilled_rate(self) -> int | None:
        """Return how much of what was signed was kept, in tenths of a percent."""
        return money.rate(self.fulfilled_fen, self.outcome.signed_fen)


def kept_of(session: Session, fair_ids: Sequence[int]) -> list[Kept]:
    """Return the intentions of fairs that stand, with what became of each; four queries for any number."""
    found = session.scalars(
        sa.select(FairIntention)
        .where(FairIntention.fair_id.in_(fair_ids), FairIntention.withdrawn_at.is_(None))
        .options(
            joinedload(FairIntention.stand, innerjoin=True).joinedload(
                FairStand.supplier, innerjoin=True
            ),
            joinedload(FairIntention.unit),
        )
        .order_by(FairIntention.signed_on, FairIntention.id)
    ).all()
    ids = [one.id for one in found]
    recorded = queries.recorded_fen(session, ids)
    linked = queries.orders_linked(session, ids)
    accepted = accepted_of(session, [id_ for group in linked.values() for id_ in group])
    return [
        Kept(
            one,
            recorded.get(one.id, 0),
            sum(accepted.get((order_id, one.stand.supplier_id), 0) for order_id in linked[one.id]),
        )
        for one in found
    ]


def compared(session: Session) -> list[Compared]:
    """Return every fair that was held, with cost and effect, the latest first."""
    fairs = session.scalars(
        sa.select(Fair)
        .where(Fair.state.not_in((FairState.PLANNED, FairState.CALLED_OFF)))
        .options(joinedload(Fair.activity))
        .order_by(Fair.starts_on.desc(), Fair.id.desc())
    ).all()
    ids = [fair.id for fair in fairs]
    outcomes = queries.outcomes(session, ids)
    fulfilled = dict.fromkeys(ids, 0)
    for one in kept_of(session, ids):
        fulfilled[one.intention.fair_id] += one.fulfilled_fen
    costs = {cost.activity.id: cost for cost in marketing.activities(session)}
    rows = []
    for fair in fairs:
        cost = costs.get(fair.activity_id or 0)
        rows.append(
            Compared(
                fair,
                outcomes[fair.id],
                fulfilled[fair.id],
                cost.activity.agreement.amount_fen if cost else 0,
                cost.figures if cost else Figures(),
                bool(cost and cost.activity.reported_at),
            )
        )
    return rows


def comparison_table(rows: Sequence[Compared]) -> Table:
    """Return the comparison as a table to take away; its sums are those of the rows."""
    sold = sum(row.outcome.sold_fen for row in rows)
    signed = sum(row.outcome.signed_fen for row in rows)
    kept, spent = sum(row.fulfilled_fen for row in rows), sum(row.spent_fen for row in rows)
    return Table(
        title="展销活动成效对比",
        note=f"截至 {clock.today()}；单位：元；现场销售为已核实减冲销，每元带动 = 现场销售 ÷ 使用经费",
        columns=(
            ("活动", "text"),
            ("开始", "day"),
            ("结束", "day"),
            ("地点", "text"),
            ("状态", "text"),
            ("参展商", "int"),
            ("现场销售", "yuan"),
            ("计入任务", "yuan"),
            ("签约", "yuan"),
            ("兑现", "yuan"),
            ("兑现率", "rate"),
            ("单位数", "int"),
            ("参观人次", "int"),
            ("申请经费", "yuan"),
            ("使用经费", "yuan"),
            ("每元带动", "yuan"),
        ),
        rows=[
            (
                row.fair.name,
                row.fair.starts_on,
                row.fair.ends_on,
                _place(row.fair),
                row.fair.state.label,
                row.outcome.stands,
                row.outcome.sold_fen,
                row.outcome.credited_fen,
                row.outcome.signed_fen,
                row.fulfilled_fen,
                row.fulfilled_rate,
                row.outcome.units,
                row.outcome.visitors,
                row.asked_fen,
                row.spent_fen,
                row.per_yuan,
            )
            for row in rows
        ],
        total=(
            "合计",
            None,
            None,
            "",
            "",
            sum(row.outcome.stands for row in rows),
            sold,
            sum(row.outcome.credited_fen for row in rows),
            signed,
            kept,
            money.rate(kept, signed),
            len({id_ for row in rows for id_ in row.outcome.unit_ids}),
            sum(row.outcome.visitors for row in rows),
            sum(row.asked_fen for row in rows),
            spent,
            sold * 100 // spent if spent else None,
        ),
    )


def result_table(
    fair: Fair,
    outcome: queries.Outcome,
    rows: Sequence[queries.StandRow],
    kept: Sequence[Kept],
    figures: Figures,
) -> Table:
    """Return the result sheet (成果表) of a fair, its columns after domain.md §4.6."""
    by_stand: dict[int, int] = {}
    for one in kept:
        stand_id = one.intention.stand_id
        by_stand[stand_id] = by_stand.get(stand_id, 0) + one.fulfilled_fen
    asked = fair.activity.agreement.amount_fen if fair.activity else 0
    buyers = [
        (
            f"签约：{one.intention.buyer_name}",
            f"{one.intention.stand.supplier.name}，{one.intention.signed_on}，"
            f"{money.yuan(one.intention.amount_fen)} 元，兑现 {money.yuan(one.fulfilled_fen)} 元",
        )
        for one in kept
    ]
    return Table(
        title=f"{fair.name}成果表",
        note=f"截至 {clock.today()}；{fair.state.label}；单位：元；现场销售为已核实减冲销",
        columns=(
            ("展位号", "text"),
            ("供应商", "text"),
            ("产品", "text"),
            ("备货额", "yuan"),
            ("现场销售额", "yuan"),
            ("签约额", "yuan"),
            ("兑现额", "yuan"),
        ),
        rows=[
            (
                row.stand.number,
                row.stand.supplier.name,
                goods_words(row),
                row.stock_fen,
                row.sold_fen,
                row.signed_fen,
                by_stand.get(row.stand.id, 0),
            )
            for row in rows
        ],
        total=(
            "合计",
            f"{outcome.stands} 家",
            f"{outcome.goods} 种",
            sum(row.stock_fen for row in rows),
            sum(row.sold_fen for row in rows),
            sum(row.signed_fen for row in rows),
            sum(by_stand.values()),
        ),
        head=(
            ("活动名称", fair.name),
            ("时间", f"{fair.starts_on} 至 {fair.ends_on}"),
            ("地点", _place(fair)),
            ("主办", fair.host),
            ("协办", fair.co_host or "—"),
            ("面积", f"{fair.area_m2} 平方米" if fair.area_m2 else "—"),
            ("参观人次、采购商", f"{outcome.visitors} 人次，{outcome.purchasers} 家"),
            (
                "费用（计入 20 万元营销经费）",
                f"申请 {money.yuan(asked)} 元，使用 {money.yuan(figures.spent_fen)} 元",
            ),
        ),
        foot=(
            *buyers,
            ("计入单位任务", f"{money.yuan(outcome.credited_fen)} 元"),
            ("照片", f"{outcome.photos} 张"),
        ),
    )


def goods_words(row: queries.StandRow) -> str:
    """Return the names of what a stand brought, the first few and how many there are."""
    names = [good.name for good in row.goods]
    more = f"等 {len(names)} 种" if len(names) > SHEET_GOODS else ""
    return "、".join(names[:SHEET_GOODS]) + more


def _place(fair: Fair) -> Any:
    return "线上" if fair.is_online else fair.place
