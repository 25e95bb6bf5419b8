"""How a unit can close its gap: what each step would add to its rate."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from market.accounts.models import Person
from market.catalog.models import Audience, Product, Sku
from market.catalog.queries.shelves import NOW, Filters, Sort, listing
from market.core import clock, money
from market.ordering.models import BuyingFor, Order, OrderLine, OrderState
from market.ordering.queries.orders import visible_to
from market.targets.queries import Figures

MOST_GOODS = 3
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


def step_of(fen: int, figures: Figures, rest_fen: int) -> Step:
    """Return what buying for so much does to a unit's rate, and how often it closes the gap."""
    after = money.rate(figures.done_fen + fen, figures.target_fen)
    return Step(fen, after, -(-rest_fen // fen))


def cheapest_first(
    season: Sequence[SeasonStep], again: AgainStep | None
) -> list[SeasonStep | AgainStep]:
    """Return all steps, the one that costs least first."""
    steps: list[SeasonStep | AgainStep] = [*season, *([again] if again else [])]
    return sorted(steps, key=lambda one: one.step.fen)


def _counts_today(line: OrderLine) -> bool:
    """Whether a line can be ordered today as it was, and would count."""
    sku, product = line.sku, line.product
    return bool(
        sku.is_offered
        and product.is_on_sale
        and product.recognised_on(clock.today())
        and line.ordered_milli <= sku.stock_milli
    )
