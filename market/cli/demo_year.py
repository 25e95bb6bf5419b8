"""A year of the demonstration world: an agenda of deeds, each done by the real services in its hour."""

import datetime as dt
import functools
import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.catalog import services as catalog
from market.catalog.models import Sku
from market.cli.demo_bills import Bills
from market.core import clock
from market.core.access import Role
from market.notices.services import mark_read
from market.ordering import queries, services
from market.ordering.models import (
    BuyingFor,
    Claim,
    Consignment,
    ConsignmentState,
    Order,
    OrderLine,
    OrderState,
    ShortRest,
)
from market.payments.models import Refund, RefundCause
from market.payments.queries import returnable
from market.payments.services import confirm_refund, record_transfer, return_all, start_refund
from market.targets.queries import target_fen

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
# How much of its target a unit means to buy, in percent of what the calendar asks.
ZEAL = (118, 96, 104, 74, 109, 88, 131, 101, 107, 112, 93, 48, 106, 84, 99, 121, 70, 115, 91, 103)
REJECTIONS = ("两袋包装破损（演示）", "过秤后发现表皮腐烂（演示）", "生产日期与送货单不符（演示）")

Deed = Callable[[], None]


class Year:
    """One year of orders and what became of them, up to an instant.

    The same year and data give the same story. What lies beyond ``until`` is left
    undone: that is how orders of every state come to be.
    """

    def __init__(self, session: Session, world: Any, year: int, until: dt.datetime) -> None:
        self._session = session
        self._world = world
        self._year = year
        self._until = until
        self._chance = random.Random(year)
        self._regrets = random.Random(year * 7)  # Its own, so that the rest of the story stays.
        self._agenda: list[tuple[dt.datetime, int, Deed]] = []
        self._numbers = itertools.count(1)
        self._plan()

    def deeds(self) -> Iterator[None]:
        """Do one deed after the other, in the order of time."""
        while self._agenda:
            instant, _, deed = heapq.heappop(self._agenda)
            with clock.set_to(instant):
                deed()
            yield

    def _at(self, instant: dt.datetime, deed: Deed) -> None:
        if instant < self._until:
            heapq.heappush(self._agenda, (instant, next(self._numbers), deed))

    def _after(self, least: float, most: float, deed: Deed) -> None:
        """Put a deed on the agenda some hours from now, in the working day."""
        instant = clock.now() + HOUR * self._chance.uniform(least, most)
        china = instant.astimezone(clock.CHINA)
        if not 8 <= china.hour < 18:
            china = china.replace(hour=8, minute=30) + (DAY if china.hour >= 18 else 0 * DAY)
        self._at(china.astimezone(dt.UTC), deed)

    # What people mean to buy.

    def _plan(self) -> None:
        for place, unit in enumerate(self._world.units.values()):
            target = target_fen(self._session, unit.id, self._year)
            staff = self._world.staff(unit, Role.CANTEEN)
            if target and staff:
                self._plan_unit(staff[0], target * ZEAL[place % len(ZEAL)] // 100)
        shoppers = [p for p in self._world.people.values() if p.role is Role.SHOPPER]
        for place, person in enumerate(shoppers[::2]):
            month = (5, 9, 11)[place % 3]
            budget = self._chance.randrange(6_000, 40_000)
            self._at(self._moment(month), self._buying(person, BuyingFor.SELF, budget))
        self._plan_last_days(shoppers)
        bills = Bills(self._session, self._world, self._year, self._chance, self._after)
        for month in range(1, 13):
            following = dt.date(self._year + month // 12, month % 12 + 1, 1)
            self._at(clock.start_of(following) + HOUR, functools.partial(bills.make, month))
        # By then everybody has read what they were told before.
        self._at(self._until - 6 * DAY, self._read_notices)

    def _plan_last_days(self, shoppers: list[Person]) -> None:
        """Have some people buy shortly before the story breaks off, so that work is waiting."""
        if self._until <= clock.start_of(dt.date(clock.today().year, 1, 1)):
            return
        canteens = [p for p in self._world.people.values() if p.role is Role.CANTEEN][::2]
        for place, person in enumerate((*canteens, *shoppers[::8])):
            purpose = BuyingFor.SELF if person.role is Role.SHOPPER else BuyingFor.CANTEEN
            most = 30_000 if purpose is BuyingFor.SELF else 900_000
            # Some orders are so new that nobody has answered them.
            days = 0.03 if place % 4 == 0 else self._chance.uniform(0.3, 6)
            budget = most if place % 4 == 0 else self._chance.randrange(most // 6, most // 2)
            self._at(self._until - DAY * days, self._buying(person, purpose, budget))

    def _read_notices(self) -> None:
        for person in self._world.people.values():
            mark_read(self._session, by=person)

    def _plan_unit(self, person: Person, budget: int) -> None:
        first, often = (4, 2) if self._year == 2020 else (2, 3)
        months = self._chance.sample(range(first, 13), k=often)
        for month in months:
            share = budget * 94 // 100 // len(months)
            share = share * self._chance.randrange(85, 116) // 100
            self._at(self._moment(month), self._buying(person, BuyingFor.CANTEEN, share))
        month = self._chance.choice((6, 9))  # Before 端午 and 中秋.
        self._at(self._moment(month), self._buying(person, BuyingFor.UNION, budget * 12 // 100))

    def _moment(self, month: int) -> dt.datetime:
        day = dt.date(self._year, month, self._chance.randrange(3, 27 if month < 12 else 16))
        return clock.start_of(day) + HOUR * self._chance.uniform(8.5, 17.5)

    # Buying.

    def _buying(self, person: Person, purpose: BuyingFor, budget: int) -> Deed:
        return lambda: self._buy(person, purpose, budget)

    def _buy(self, person: Person, purpose: BuyingFor, budget: int) -> None:
        if purpose in queries.purposes_of(person):
            services.choose_buying_for(self._session, purpose, by=person)
        month = clock.today().month
        wanted = [
            sku
            for sku in self._world.skus
            if sku.product.in_season(month)
            and (sku.for_retail if purpose is not BuyingFor.CANTEEN else sku.for_canteen)
        ]
        first = self._chance.choice(wanted)
        chosen = [first]
        if purpose is not BuyingFor.SELF:
            # A unit buys what one supplier has, and at times something from a second one.
            same = [
                sku for sku in wanted if sku is not first and _supplier(sku) == _supplier(first)
            ]
            chosen += self._chance.sample(same, k=min(1, len(same)))
            if self._chance.random() < 0.4:
                chosen += [self._chance.choice(wanted)]
        for sku in sorted(set(chosen), key=lambda sku: sku.id):
            self._put_in_cart(person, sku, budget // len(chosen))
        basket = queries.basket_of(self._session, person)
        if not basket.total_fen:
            return
        unit = person.unit if purpose is not BuyingFor.SELF else None
        order = services.place_order(
            self._session,
            by=person,
            once_key=self._key(),
            seen_total_fen=basket.total_fen,
            receiver=person.name,
            phone=person.phone,
            address=unit.address if unit else "两江新区演示路1号（演示）",
            wanted_on=clock.today() + 7 * DAY if unit else None,
            remark="",
        )
        self._go_on(order)

    def _put_in_cart(self, person: Person, sku: Sku, budget: int) -> None:
        milli = budget * 1000 // sku.price_fen // sku.step_milli * sku.step_milli
        milli = max(milli, sku.min_milli)
        if milli > sku.stock_milli:
            catalog.receive_stock(
                self._session, sku, milli * 8, about="演示入库", by=self._seller(sku)
            )
        services.set_line(self._session, by=person, sku=sku, milli=milli)

    def _seller(self, sku: Sku) -> Person:
        return self._world.seller(_supplier(sku))

    # What becomes of an order.

    def _go_on(self, order: Order) -> None:
        if order.state is OrderState.SUBMITTED:
            self._after(1, 26, lambda: self._decide(order))
        elif order.state is OrderState.AWAITING_PAYMENT:
            luck = self._chance.random()
            if luck < 0.08:
                self._at(clock.now() + 3 * DAY + HOUR, self._expire)
            elif luck < 0.12:
                self._after(2, 10, lambda: self._cancel(order))
            else:
                self._after(3, 40, lambda: self._pay(order, order.total_fen))
        else:
            self._open(order)

    def _decide(self, order: Order) -> None:
        assert order.unit
        lead = self._world.staff(order.unit, Role.LEAD)[0]
        if self._chance.random() < 0.05:
            reason = "本月食材已够用，请减量后重新提交（演示）"
            services.return_order(self._session, order, reason=reason, by=lead)
        else:
            services.approve(self._session, order, by=lead)
            self._open(order)

    def _expire(self) -> None:
        services.expire_orders(self._session)

    def _cancel(self, order: Order) -> None:
        services.cancel_order(self._session, order, reason="选错了规格（演示）", by=order.placed_by)

    def _pay(self, order: Order, amount_fen: int) -> None:
        record_transfer(
            self._session,
            order,
            amount_fen=amount_fen,
            bank_serial=f"演示流水{self._year}{next(self._numbers):06d}",
            paid_on=clock.today(),
            once_key=self._key(),
            by=self._world.people["coordinator"],
        )
        if order.state is OrderState.OPEN and not order.consignments[0].accepted_at:
            if order.buying_for is BuyingFor.SELF and self._regrets.random() < 0.15:
                self._at(clock.now() + HOUR, lambda: self._regret(order))
            else:
                self._open(order)

    # What goes back.

    def _regret(self, order: Order) -> None:
        reason = "临时出差，收不到货（演示）"
        services.cancel_order(self._session, order, reason=reason, by=order.placed_by)
        self._at(clock.now() + 20 * HOUR, lambda: self._give_back(order))

    def _give_back(self, order: Order) -> None:
        by = self._world.people["coordinator"]
        for refund in return_all(self._session, order, once_key=self._key(), by=by):
            self._at(clock.now() + DAY, self._transferring(refund))

    def _give_back_claim(self, claim: Claim) -> None:
        order = claim.order_line.order
        refund = start_refund(
            self._session,
            returnable(self._session, order)[0].payment,
            claim.amount_fen,
            cause=RefundCause.CLAIM,
            reason="供应商同意售后（演示）",
            order=order,
            claim=claim,
            once_key=self._key(),
            by=self._world.people["coordinator"],
        )
        self._at(clock.now() + DAY, self._transferring(refund))

    def _transferring(self, refund: Refund) -> Deed:
        serial = f"演示退款流水{self._year}{next(self._numbers):06d}"
        by = self._world.people["coordinator"]
        return lambda: confirm_refund(
            self._session, refund, done_on=clock.today(), bank_serial=serial, by=by
        )

    def _open(self, order: Order) -> None:
        for consignment in order.consignments:
            self._after(2, 30, self._answering(consignment))

    def _answering(self, consignment: Consignment) -> Deed:
        return lambda: self._answer(consignment)

    def _answer(self, consignment: Consignment) -> None:
        by = self._world.seller(consignment.supplier_id)
        if consignment.order.buying_for is not BuyingFor.SELF and self._chance.random() < 0.02:
            reason = "连日阴雨，采收不足（演示）"
            services.decline_consignment(self._session, consignment, reason=reason, by=by)
            return
        services.accept_consignment(self._session, consignment, by=by)
        self._after(10, 50, lambda: self._ship(consignment))

    def _ship(self, consignment: Consignment) -> None:
        by = self._world.seller(consignment.supplier_id)
        short = len(consignment.lines) > 1 and self._chance.random() < 0.06
        rest = self._chance.choice(list(ShortRest)) if short else None
        parcels = [
            services.Parcel(
                line.id,
                self._sent(line, short and place == 0),
                f"演示批次{line.id:05d}",
                clock.today() - 2 * DAY,
            )
            for place, line in enumerate(consignment.lines)
        ]
        follower = services.ship(
            self._session,
            consignment,
            carrier="演示冷链物流",
            tracking=f"YS{self._year}{consignment.id:06d}",
            parcels=parcels,
            short_rest=rest,
            by=by,
        )
        if follower is not None:
            self._after(60, 90, lambda: self._ship(follower))
        self._after(20, 60, lambda: self._inspect(consignment))

    def _sent(self, line: OrderLine, short: bool) -> int:
        if short:
            step = line.sku.step_milli
            return max(step, line.ordered_milli // 2 // step * step)
        if line.is_by_weight:
            # A scale is never exact: half a percent up or down, to ten grams.
            return line.ordered_milli + line.ordered_milli * self._chance.randrange(-5, 6) // 1000
        return line.ordered_milli

    def _inspect(self, consignment: Consignment) -> None:
        order = consignment.order
        findings = [self._found(line) for line in consignment.lines]
        acceptance = services.inspect(
            self._session,
            consignment,
            findings=findings,
            remark="",
            once_key=self._key(),
            by=order.placed_by,
        )
        if consignment.state is ConsignmentState.INSPECTED:
            assert order.unit
            second = self._world.staff(order.unit, Role.LEAD)[0]
            self._after(1, 8, lambda: self._sign(acceptance, second))
        else:
            self._maybe_claim(consignment)

    def _found(self, line: OrderLine) -> services.Finding:
        arrived = line.shipped_milli or 0
        if line.is_by_weight and arrived > 20_000 and self._chance.random() < 0.08:
            bad = arrived * 3 // 100 // 10 * 10
            return services.Finding(line.id, arrived - bad, bad, self._chance.choice(REJECTIONS))
        return services.Finding(line.id, arrived)

    def _sign(self, acceptance: Any, second: Person) -> None:
        services.sign(self._session, acceptance, by=second)
        self._maybe_claim(acceptance.consignment)

    def _maybe_claim(self, consignment: Consignment) -> None:
        if self._chance.random() < 0.04:
            self._after(
                24, 72, lambda: self._claim(consignment.lines[0], consignment.order.placed_by)
            )

    def _claim(self, line: OrderLine, by: Person) -> None:
        step = line.sku.step_milli
        milli = min(step, line.accepted_milli or 0)
        if milli <= 0:
            return
        claim = services.make_claim(
            self._session,
            line,
            milli=milli,
            reason="开袋后发现受潮结块（演示）",
            photo=None,
            once_key=self._key(),
            by=by,
        )
        self._after(5, 40, lambda: self._answer_claim(claim))

    def _answer_claim(self, claim: Claim) -> None:
        agree = self._chance.random() < 0.8
        by = self._world.seller(claim.order_line.product.supplier_id)
        answer = "已核实，同意退款（演示）" if agree else "签收时已确认完好（演示）"
        services.answer_claim(self._session, claim, agree=agree, answer=answer, by=by)
        if agree and claim.order_line.order.buying_for is BuyingFor.SELF:
            self._at(clock.now() + 20 * HOUR, lambda: self._give_back_claim(claim))

    def _key(self) -> str:
        return f"demo-{self._year}-{next(self._numbers)}"


def _supplier(sku: Sku) -> int:
    return sku.product.supplier_id
