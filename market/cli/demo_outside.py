"""Purchases outside the shop, months that were closed, and reserved shares in the demonstration world."""

import datetime as dt
import itertools

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.files import Files
from market.core import clock
from market.core.access import Role
from market.evidence.services import attach
from market.fairs.models import BuyerKind, FairSale
from market.targets import services
from market.targets.models import (
    OutsideKind,
    OutsidePurchase,
    Period,
    PeriodState,
    ReserveFiling,
)
from market.targets.queries import Bought, earliest_day, may_confirm_reserve
from market.units.models import Canteen, Unit

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# How many days ago it was bought, where, of whom, what, for how many yuan; what became of it.
BOUGHT = (
    (40, "national_platform", "演示生态农业公司（演示）", "苏麻油 60 瓶", 4_680, "verified"),
    (33, "invoice", "演示山货专业合作社（演示）", "晶丝苕粉 200 袋", 5_200, "verified"),
    (26, "other", "演示乡村供销社（演示）", "土蜂蜜 40 瓶", 3_920, "returned"),
    (12, "invoice", "演示山货专业合作社（演示）", "高山大米 300 公斤", 2_640, "submitted"),
    (6, "national_platform", "演示生态农业公司（演示）", "七跃山土豆 500 公斤", 3_150, "submitted"),
    (4, "other", "演示乡村供销社（演示）", "猕猴桃 80 箱", 4_960, "reversed"),
)
LEAST_RATE = 100  # A tenth, in tenths of a percent.


class Outside:
    """What units reported themselves; one coordinator verifies and closes, another takes back."""

    def __init__(
        self, session: Session, files: Files, people: dict[str, Person], proof: bytes
    ) -> None:
        self._session = session
        self._files = files
        self._by, self._other = people["coordinator"], people["coordinator2"]
        self._proof = proof
        self._numbers = itertools.count(1)
        self._buyers = [
            person
            for person in people.values()
            if person.role is Role.CANTEEN and person.unit and person.unit.canteen is Canteen.OWN
        ]

    def live(self) -> None:
        """Report purchases, close the months before the last one, and file reserved shares."""
        self._like_a_sale()
        now = clock.now()
        for (days, kind, seller, products, yuan, became), by in zip(
            BOUGHT, self._buyers, strict=False
        ):
            bought_on = clock.today() - days * DAY
            with clock.set_to(now - days * DAY + 20 * HOUR):
                made = self._report(by, OutsideKind(kind), bought_on, seller, products, yuan * 100)
            with clock.set_to(now - days * DAY + 60 * HOUR):
                self._decide(made, became)
        self._close_months()
        self._report_late()
        self._reserve()

    def _report(
        self,
        by: Person,
        kind: OutsideKind,
        bought_on: dt.date,
        seller: str,
        products: str,
        amount_fen: int,
    ) -> OutsidePurchase:
        number = next(self._numbers)
        paper = attach(
            self._session,
            self._files,
            self._proof + f"\n% outside {number}\n".encode(),
            name=f"凭证{number}（演示）.pdf",
            unit_id=by.unit_id,
            by=by,
        )
        told = Bought(
            kind=kind,
            bought_on=bought_on,
            seller=seller,
            products=f"{products}（演示）",
            amount_fen=amount_fen,
            invoice_no=f"{number:08}" if kind is OutsideKind.INVOICE else "",
            order_no=f"YS832-{number:06}" if kind is OutsideKind.NATIONAL_PLATFORM else "",
            note="演示数据",
        )
        return services.submit_outside(
            self._session, told, [paper], once_key=f"demo-outside-{number}", by=by
        )

    def _decide(self, made: OutsidePurchase, became: str) -> None:
        session = self._session
        if became == "returned":
            services.return_outside(
                session, made, version=1, answer="收据看不清销售方，请补发票（演示）", by=self._by
            )
        if became in ("verified", "reversed"):
            services.verify_outside_purchase(session, made, version=1, by=self._by)
        if became == "reversed":
            services.reverse_outside(session, made, reason="与商城订单重复（演示）", by=self._other)

    def _like_a_sale(self) -> None:
        """Report what is like a sale of a fair, and say why it is another purchase."""
        sale = self._session.scalars(
            sa.select(FairSale).where(FairSale.buyer == BuyerKind.UNIT).order_by(FairSale.id)
        ).first()
        by = next((one for one in self._buyers if sale and one.unit_id == sale.unit_id), None)
        if sale is None or by is None:
            return
        with clock.set_to(sale.sold_at + DAY):
            made = self._report(
                by,
                OutsideKind.FAIR_STAND,
                clock.day_of(sale.sold_at),
                sale.stand.supplier.name,
                "农特产品",
                sale.amount_fen,
            )
        with clock.set_to(sale.sold_at + 3 * DAY):
            services.verify_outside_purchase(
                self._session,
                made,
                version=1,
                apart_reason="收据另有一张，下午加购同样一份（演示）",
                by=self._by,
            )

    def _close_months(self) -> None:
        """Lock every month that is over, and close all but the last of them, each in its time."""
        session, now, today = self._session, clock.now(), clock.today()
        over = session.execute(
            sa.select(Period.year, Period.month)
            .where(
                Period.state == PeriodState.OPEN,
                sa.tuple_(Period.year, Period.month) < (today.year, today.month),
            )
            .order_by(Period.year, Period.month)
        ).all()
        for place, (year, month) in enumerate(over, 1):
            following = dt.date(year + month // 12, month % 12 + 1, 1)
            with clock.set_to(min(now, clock.start_of(following) + 4 * DAY + 10 * HOUR)):
                services.lock_period(session, year, month, by=self._by)
            if place < len(over):
                with clock.set_to(min(now, clock.start_of(following) + 14 * DAY + 10 * HOUR)):
                    services.close_period(session, year, month, by=self._by)

    def _report_late(self) -> None:
        """Report and verify today what was bought in a month that is closed: it counts in this one."""
        today = clock.today()
        month_before = (today.replace(day=1) - DAY).replace(day=1)
        bought_on = month_before - 5 * DAY
        if bought_on < earliest_day(self._session, today):  # In February its year is over.
            return
        late = self._report(
            self._buyers[0],
            OutsideKind.INVOICE,
            bought_on,
            "演示山货专业合作社（演示）",
            "黑木耳 60 公斤",
            432_000,
        )
        services.verify_outside_purchase(self._session, late, version=1, by=self._by)

    def _reserve(self) -> None:
        """File some units' reserved shares of this year; one is returned, the last one waits."""
        session, year = self._session, clock.today().year
        services.set_reserve_year(session, year, is_open=True, least_rate=LEAST_RATE, by=self._by)
        for place, by in enumerate(self._buyers[:6]):
            unit = by.unit
            assert unit is not None
            told = services.Reserve(
                Canteen.OWN, (60 + 15 * place) * 1_000_000, LEAST_RATE + 20 * place, note="演示数据"
            )
            services.file_reserve(session, unit, year, told, by=by)
            filing = session.scalars(
                sa.select(ReserveFiling).where(
                    ReserveFiling.unit_id == unit.id, ReserveFiling.year == year
                )
            ).one()
            who = self._who(unit)
            if who is None or place > 4:
                continue
            if place == 4:
                said = "总额与预算不符（演示）"
                services.return_reserve(session, filing, version=1, answer=said, by=who)
            else:
                services.confirm_reserve(session, filing, version=1, by=who)

    def _who(self, unit: Unit) -> Person | None:
        """Return who may say whether a unit's filing is right: the lead of the parent, or a coordinator."""
        people = self._session.scalars(
            sa.select(Person).where(
                sa.or_(
                    sa.and_(Person.role == Role.LEAD, Person.unit_id == unit.parent_id),
                    Person.id == self._by.id,
                )
            )
        )
        return next((one for one in people if may_confirm_reserve(unit, one)), None)
