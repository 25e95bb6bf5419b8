"""How a unit can close its gap: what each step would add to its rate."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from market.accounts.models import Person
from market.catalog.models import Audience, Product, Sku
from market.catalog.queries.shelves import NOW, Filters, Sort, listing
from market.core import clock, money
from market.fairs.models import Fair, FairGood, FairStand, FairState, StandState
from market.ordering.models import BuyingFor, Order, OrderLine, OrderState
from market.ordering.queries.orders import visible_to
from market.targets.queries import Figures

MOST_GOODS = 3
MOST_FAIRS = 2
LOOKED_AT = 24  # How many of the cheapest goods are looked through for the smallest orders.


@dataclass(frozen=True)
class Step:
    """Something to buy: what it costs today and counts, in fen, and the rate after it.

    ``times`` is how often it closes the gap.
    """

    fen: int
    rate_after: int | None
    times: int


@dataclass(frozen=True)
class SeasonStep:
    """A product in season that counts, by its smallest order."""

    product: Product
    sku: Sku
    step: Step


@dataclass(frozen=True)
class AgainStep:
    """The last order of a unit, of which what counts and can be ordered today is bought again."""

    order: Order
    lines: int
    left_out: int
    step: Step


@dataclass(frozen=True)
class FairStep:
    """A fair that is on or to come this year, by the cheapest goods that count there.

    ``step`` is ``None`` while no stand has said what it brings.
    """

    fair: Fair
    goods: FairGood | None
    step: Step | None


Way = SeasonStep | AgainStep | FairStep


def season_steps(session: Session, figures: Figures, rest_fen: int) -> list[SeasonStep]:
    """Return the cheapest goods in season that count for a canteen, the smallest order first.

    Three queries. ``rest_fen`` is what is missing beside what is on the way.
    """
    wanted = Filters(
        season=NOW, in_stock=True, certified=True, audience=Audience.CANTEEN, sort=Sort.PRICE_UP
    )
    found = []
    for product in listing(session, wanted, size=LOOKED_AT).items:
        # What is listed has a SKU that fits.
        sku = next(sku for sku in product.offered if sku.for_canteen and sku.is_in_stock)
        fen = money.line_fen(sku.price_for(sku.min_milli), sku.min_milli)
        found.append(SeasonStep(product, sku, step_of(fen, figures, rest_fen)))
    return sorted(found, key=lambda one: (one.step.fen, one.product.code))[:MOST_GOODS]


def again_step(
    session: Session, unit_id: int, figures: Figures, rest_fen: int, *, reader: Person
) -> AgainStep | None:
    """Return the newest order of a unit that can be bought again, for who may see it.

    Two queries. None where there is no such order, or nothing of it counts today.
    """
    order = session.scalars(
        sa.select(Order)
        .where(
            Order.unit_id == unit_id,
            Order.buying_for != BuyingFor.SELF,
            Order.state.in_([OrderState.OPEN, OrderState.COMPLETED]),
            visible_to(reader),
        )
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(1)
        .options(
            selectinload(Order.lines).options(
                joinedload(OrderLine.sku).selectinload(Sku.tiers),
                joinedload(OrderLine.product).joinedload(Product.supplier),
            )
        )
    ).first()
    if order is None:
        return None
    fits = [line for line in order.lines if _counts_today(line)]
    fen = sum(
        money.line_fen(line.sku.price_for(line.ordered_milli), line.ordered_milli) for line in fits
    )
    if not fen:
        return None
    left_out = len(order.lines) - len(fits)
    return AgainStep(order, len(fits), left_out, step_of(fen, figures, rest_fen))


def fair_steps(session: Session, figures: Figures, rest_fen: int) -> list[FairStep]:
    """Return the next announced fairs of this year, each by one unit of the cheapest goods that count.

    One query. Goods that are none of the shop's count as their second person vouches.
    """
    today = clock.today()
    rows = session.execute(
        sa.select(Fair, FairGood)
        .outerjoin(
            FairStand,
            sa.and_(FairStand.fair_id == Fair.id, FairStand.state == StandState.ACCEPTED),
        )
        .outerjoin(FairGood, FairGood.stand_id == FairStand.id)
        .where(
            Fair.state.in_((FairState.PLANNED, FairState.OPEN)),
            Fair.announced_at.is_not(None),
            Fair.ends_on >= today,
            Fair.starts_on <= dt.date(today.year, 12, 31),
        )
        .order_by(Fair.starts_on, Fair.id, FairGood.price_fen, FairGood.id)
        .options(joinedload(FairGood.sku).joinedload(Sku.product).joinedload(Product.supplier))
    )
    cheapest: dict[Fair, FairGood | None] = {}
    for fair, goods in rows:
        on = max(fair.starts_on, today)
        counts = goods and (goods.sku is None or goods.sku.product.recognised_on(on))
        cheapest[fair] = cheapest.get(fair) or (goods if counts else None)
    return [
        FairStep(fair, goods, step_of(goods.price_fen, figures, rest_fen) if goods else None)
        for fair, goods in list(cheapest.items())[:MOST_FAIRS]
    ]


def step_of(fen: int, figures: Figures, rest_fen: int) -> Step:
    """Return what buying for so much does to a unit's rate, and how often it closes the gap."""
    after = money.rate(figures.done_fen + fen, figures.target_fen)
    return Step(fen, after, -(-rest_fen // fen))


def cheapest_first(ways: Sequence[Way]) -> list[Way]:
    """Return all ways, the one that costs least first; what has no price yet comes last."""
    return sorted(ways, key=lambda one: (one.step is None, one.step.fen if one.step else 0))


def _counts_today(line: OrderLine) -> bool:
    """Whether a line can be ordered today as it was, and would count."""
    sku, product = line.sku, line.product
    return bool(
        sku.is_offered
        and product.is_on_sale
        and product.recognised_on(clock.today())
        and line.ordered_milli <= sku.stock_milli
    )
