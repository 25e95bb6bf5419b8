"""Whether what fairs kept agrees with itself and with what was credited, for ``verify``."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from market.core import money
from market.fairs.models import (
    NET,
    Fair,
    FairGood,
    FairResult,
    FairSale,
    FairState,
    ResultState,
)
from market.fairs.queries.results import digest_of, outcomes
from market.targets.models import Channel, Credit

# What a checked sheet says that no later deed may change.
_KEPT = ("sold_fen", "credited_fen", "signed_fen", "stock_fen", "visitors", "stands")


def verify_fairs(session: Session) -> list[str]:
    """Name, in Chinese, every sale, credit, stock or checked sheet that doesn't agree with its rows."""
    return [
        *_credits(session),
        *_reversals(session),
        *_stocks(session),
        *_results(session),
    ]


def _credits(session: Session) -> Iterator[str]:
    """Each counted row has its one credit of the same unit and fen; no other has any."""
    rows = session.execute(
        sa.select(
            FairSale.receipt_no,
            FairSale.amount_fen,
            FairSale.unit_id,
            FairSale.counts,
            FairSale.reverses_id,
            FairSale.state,
            Credit.amount_fen.label("credited_fen"),
            Credit.unit_id.label("credited_unit_id"),
            Credit.channel,
        )
        .outerjoin(
            Credit,
            sa.and_(
                Credit.fair_sale_id == sa.func.coalesce(FairSale.reverses_id, FairSale.id),
                (Credit.reverses_id.is_(None)) == (FairSale.reverses_id.is_(None)),
            ),
        )
        .where(sa.or_(FairSale.counts, Credit.id.is_not(None)))
    )
    for row in rows:
        due = row.counts and row.state in NET
        right = (
            due
            and row.credited_fen == row.amount_fen
            and row.credited_unit_id == row.unit_id
            and row.channel is Channel.FAIR
        )
        if not right:
            yield f"展销小票 {row.receipt_no} 的计入与已核实的销售不符"


def _reversals(session: Session) -> Iterator[str]:
    """Each reversed sale has its counter-row, and each counter-row its reversed sale."""
    counter = aliased(FairSale)
    rows = session.execute(
        sa.select(FairSale.receipt_no)
        .outerjoin(counter, counter.reverses_id == FairSale.id)
        .where(
            sa.or_(
                sa.and_(FairSale.state == "reversed", counter.id.is_(None)),
                sa.and_(counter.id.is_not(None), FairSale.state != "reversed"),
                counter.amount_fen != -FairSale.amount_fen,
            )
        )
    )
    for (receipt_no,) in rows:
        yield f"展销小票 {receipt_no} 与其冲销行不符"


def _stocks(session: Session) -> Iterator[str]:
    for good in session.scalars(sa.select(FairGood)):
        if good.stock_fen != money.line_fen(good.price_fen, good.brought_milli):
            yield f"展销备货“{good.name}”的备货额不等于单价 × 数量"


def _results(session: Session) -> Iterator[str]:
    """Find sheets that are not what was submitted, or no longer what the rows come to."""
    rows = session.execute(
        sa.select(FairResult, Fair)
        .join(Fair, Fair.id == FairResult.fair_id)
        .order_by(FairResult.fair_id, FairResult.version)
    ).all()
    checked = {
        fair.id: (result, fair)
        for result, fair in rows
        if result.state is ResultState.CHECKED and fair.state is FairState.REPORTED
    }
    for result, fair in rows:
        if digest_of(result.figures) != result.digest:
            yield f"展销 {fair.number} 第 {result.version} 份成果表被改动"
    now = outcomes(session, list(checked))
    for fair_id, (result, fair) in checked.items():
        for name in _KEPT:
            if result.figures.get(name) != getattr(now[fair_id], name):
                yield f"展销 {fair.number} 核定的成果表与明细不符（{name}）"
