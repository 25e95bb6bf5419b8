"""Fairs in the demonstration world: two that were held in 2020, and one that is planned."""

import datetime as dt
import itertools
import uuid
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_of_supplier
from market.adapters.files import Files
from market.adapters.pdf import to_picture
from market.catalog.models import Product, Sku, Supplier
from market.core import clock
from market.core.access import Role
from market.evidence.models import Attachment
from market.evidence.services import attach
from market.fairs import services
from market.fairs.models import BuyerKind, Fair, FairSale, FairStand
from market.funds.models import Activity
from market.units.models import Unit, UnitKind

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
PLACES = uuid.UUID(
    "6f2b7f0e-5d4c-4f5e-9a51-0d6f6d1c2020"
)  # Keys of the demonstration are always the same.
STANDS, SALES = 4, 6
VISITORS, PURCHASERS = 1600, 21
DRAWINGS = Path(__file__).parents[2] / "static" / "products"
DRAWN = 3  # As many stalls stand in a picture.


class Fairs:
    """What became of the fairs; another coordinator than the one who plans verifies and checks."""

    def __init__(
        self, session: Session, files: Files, people: dict[str, Person], proof: bytes
    ) -> None:
        self._session = session
        self._files = files
        self._plans, self._checks = people["coordinator"], people["coordinator2"]
        self._proof = proof
        self._numbers = itertools.count(1)
        self._suppliers = session.scalars(
            sa.select(Supplier).order_by(Supplier.code).limit(STANDS)
        ).all()
        self._units = session.scalars(
            sa.select(Unit).where(Unit.kind == UnitKind.SUBDISTRICT).order_by(Unit.code)
        ).all()

    def live(self) -> None:
        """Hold the two that the marketing money paid for, and plan one for next month."""
        for activity in self._session.scalars(
            sa.select(Activity)
            .where(Activity.agreement.has(cost_type="展销") | Activity.is_online)
            .order_by(Activity.starts_on)
            .limit(2)
        ):
            self._hold(activity)
        today = clock.today()
        fair = self._plan("年货进机关展销（演示）", "礼嘉街道市民广场", today + 20 * DAY, 2)
        services.announce(self._session, fair, by=self._plans)
        for number, supplier in enumerate(self._suppliers, 1):
            services.invite(self._session, fair, supplier, f"A{number:02}", by=self._plans)

    def _plan(self, name: str, place: str, on: dt.date, days: int) -> Fair:
        return services.plan_fair(
            self._session,
            services.Planned(
                name=name,
                starts_on=on,
                ends_on=on + (days - 1) * DAY,
                host="区社发局（演示）",
                co_host="彭水自治县商务委（演示）",
                is_online=not place,
                place=place,
                area_m2=600 if place else 0,
            ),
            once_key=f"demo-fair-{next(self._numbers)}",
            is_demo=True,
            by=self._plans,
        )

    def _hold(self, activity: Activity) -> None:
        session, on = self._session, activity.starts_on
        days = (activity.ends_on - on).days + 1
        with clock.set_to(clock.start_of(on) - 10 * DAY + 9 * HOUR):
            fair = self._plan(activity.name, activity.place, on, days)
            services.name_activity(session, fair, activity, by=self._plans)
            services.announce(session, fair, by=self._plans)
            stands = [
                self._stand(fair, supplier, number)
                for number, supplier in enumerate(self._suppliers, 1)
            ]
        with clock.set_to(clock.start_of(on) + 17 * HOUR):
            services.open_fair(session, fair, by=self._plans)
            for stand, by in stands:
                self._sell(stand, by)
            services.count_day(
                session, fair, on, visitors=VISITORS, purchasers=PURCHASERS, by=self._plans
            )
            for part in range(2):
                self._draw(fair, [stand for stand, _ in stands], part)
        with clock.set_to(clock.start_of(fair.ends_on) + 18 * HOUR):
            services.close_fair(session, fair, by=self._plans)
            result = services.submit_result(session, fair, by=self._plans)
        with clock.set_to(clock.start_of(fair.ends_on) + 2 * DAY):
            services.check_result(session, fair, result, digest=result.digest, by=self._checks)

    def _stand(self, fair: Fair, supplier: Supplier, number: int) -> tuple[FairStand, Person]:
        session = self._session
        by = people_of_supplier(session, supplier.id)[0]
        stand = services.invite(session, fair, supplier, f"A{number:02}", by=self._plans)
        services.answer(session, stand, accepts=True, by=by)
        skus = session.scalars(
            sa.select(Sku).where(Sku.product.has(supplier_id=supplier.id)).order_by(Sku.id).limit(2)
        )
        for sku in skus:
            good = services.Good(price_fen=sku.price_fen, brought_milli=120_000, sku=sku)
            services.add_good(session, stand, good, by=by)
        return stand, by

    def _sell(self, stand: FairStand, by: Person) -> None:
        """Sell to units, their employees and others; sign one intention."""
        session = self._session
        sold: list[FairSale] = []
        for place in range(SALES):
            number = next(self._numbers)
            unit = self._units[number % len(self._units)] if place % 3 != 2 else None
            kind = BuyerKind.UNIT if place % 3 == 0 else BuyerKind.PERSON
            sold.append(
                services.enter_sale(
                    session,
                    stand,
                    services.SaleTyped(
                        buyer=kind,
                        amount_fen=(480_000 if kind is BuyerKind.UNIT else 9_600) + number * 700,
                        receipt_no=f"YS{number:04}",
                        sold_at=clock.now() - place * HOUR,
                        unit=unit.code if unit else "",
                        goods="农特产品（演示）",
                    ),
                    client_key=str(uuid.uuid5(PLACES, str(number))),
                    by=by,
                )
            )
        services.add_proof(session, stand, self._paper("小票", by), by=by)
        services.verify_sales(session, stand, [(one, one.version) for one in sold], by=self._checks)
        signed = services.Signed(
            amount_fen=3_000_000 + next(self._numbers) * 10_000,
            signed_on=clock.today(),
            unit=self._units[sold[0].id % len(self._units)].code,
            goods="机关食堂食材（演示）",
        )
        made = services.sign_intention(
            session,
            stand,
            signed,
            self._paper("签约书", by),
            once_key=f"demo-fair-{next(self._numbers)}",
            by=by,
        )
        services.fulfil(
            session,
            made,
            self._paper("兑现凭证", self._plans),
            amount_fen=made.amount_fen * 3 // 5,
            happened_on=clock.today(),
            note="首批送货（演示）",
            once_key=f"demo-fair-{next(self._numbers)}",
            by=self._plans,
        )

    def _draw(self, fair: Fair, stands: list[FairStand], part: int) -> None:
        """Draw what a photo would show: stalls with the goods of their suppliers."""
        shown: list[tuple[str, str]] = []
        for stand in (stands[part:] + stands)[:DRAWN]:
            drawing = self._session.scalars(
                sa.select(Product.illustration)
                .where(Product.supplier_id == stand.supplier_id, Product.illustration != "")
                .order_by(Product.id)
                .limit(1)
            ).one()
            shown.append((stand.number, (DRAWINGS / drawing).read_text("utf-8")))
        picture = to_picture(
            "demo_fair",
            {
                "banner": "彭水农特产品展销（演示）",
                "stalls": shown,
                "visitors": 0 if fair.is_online else 6 - part,
                "seed": fair.id * 2 + part,
            },
        )
        name = f"现场 {part + 1}（演示插图）"
        drawn = attach(self._session, self._files, picture, name=f"{name}.png", by=self._plans)
        services.add_photo(self._session, fair, drawn, caption=name, by=self._plans)

    def _paper(self, what: str, by: Person) -> Attachment:
        return attach(
            self._session,
            self._files,
            self._proof + f"\n% fair {next(self._numbers)}\n".encode(),
            name=f"{what}（演示）.pdf",
            by=by,
            supplier_id=by.supplier_id if by.role is Role.SUPPLIER else None,
        )
