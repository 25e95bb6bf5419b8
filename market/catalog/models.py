"""Suppliers, products, SKUs and their stock."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.core.db import Fen, Milli, Model
from market.core.labels import Label
from market.evidence.models import Attachment

KEEPERS = (Role.COORDINATOR, Role.ADMIN)
MOST_TIERS = 4


class Category(Label):
    """The shelves of the shop."""

    STAPLES = "staples", "粮油杂粮"
    NOODLES = "noodles", "苕粉薯品"
    VEGETABLES = "vegetables", "蔬菜菌菇"
    FRUIT = "fruit", "水果"
    MEAT = "meat", "肉禽蛋"
    HONEY_TEA = "honey_tea", "蜂蜜茶饮"
    CONDIMENTS = "condiments", "调味酱菜"
    PASTRY = "pastry", "糕点零食"
    GIFTS = "gifts", "礼盒"


class SupplierState(Label):
    """Whether a supplier may sell."""

    ACTIVE = "active", "正常"
    SUSPENDED = "suspended", "已暂停"


class ProductState(Label):
    """Whether a product is for sale; only a coordinator lists one."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审核"
    LISTED = "listed", "在售"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已下架"


class CertificateKind(Label):
    """What a certificate proves."""

    CONFORMITY = "conformity", "承诺达标合格证"
    INSPECTION = "inspection", "检测报告"
    QUARANTINE = "quarantine", "检疫证明"
    RECOGNITION = "recognition", "扶贫产品认定"
    LICENCE = "licence", "食品生产许可"
    OTHER = "other", "其他"


class MovementKind(Label):
    """Why stock changed."""

    RECEIPT = "receipt", "入库"
    ADJUSTMENT = "adjustment", "盘点调整"
    ORDERED = "ordered", "订单占用"
    RELEASED = "released", "订单退回"
    RETURNED = "returned", "退货入库"


class Audience(Label):
    """For whom a SKU is packed."""

    CANTEEN = "canteen", "单位食堂"
    RETAIL = "retail", "个人"


class Supplier(Model):
    """A cooperative or company of 彭水 that sells and fulfils."""

    __tablename__ = "supplier"

    MOVES = {
        SupplierState.ACTIVE: {SupplierState.SUSPENDED},
        SupplierState.SUSPENDED: {SupplierState.ACTIVE},
    }

    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80), unique=True)
    state: Mapped[SupplierState] = mapped_column(default=SupplierState.ACTIVE)
    township: Mapped[str] = mapped_column(sa.String(40))
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    contact: Mapped[str] = mapped_column(sa.String(40), default="")
    phone: Mapped[str] = mapped_column(sa.String(30), default="")
    intro: Mapped[str] = mapped_column(sa.Text, default="")
    licence_no: Mapped[str] = mapped_column(sa.String(60), default="")
    licence_until: Mapped[dt.date | None]
    bank_name: Mapped[str] = mapped_column(sa.String(80), default="")
    bank_account: Mapped[str] = mapped_column(sa.String(60), default="")
    search_text: Mapped[str] = mapped_column(sa.Text, default="")
    suspended_reason: Mapped[str] = mapped_column(sa.String(200), default="")

    def is_changed_by(self, person: Person) -> bool:
        """Whether a person may change it and its products: its own people, and those who keep it."""
        return person.role in KEEPERS or person.supplier_id == self.id


class Product(Model):
    """Something for sale.

    Months of the season are 1–12 and may wrap around the year; none means all
    year. ``sold_count`` is the number of its order lines accepted, kept by
    ``note_sale``. ``illustration`` is a drawing in ``static/products`` used where
    there is no picture.
    """

    __tablename__ = "product"
    __table_args__ = (
        sa.CheckConstraint(
            "(season_from IS NULL) = (season_to IS NULL)"
            " AND (season_from IS NULL OR season_from BETWEEN 1 AND 12 AND season_to BETWEEN 1 AND 12)",
            "season",
        ),
        sa.CheckConstraint("sold_count >= 0", "sold_count"),
        sa.Index(None, "state", "category"),
    )

    MOVES = {
        ProductState.DRAFT: {ProductState.SUBMITTED},
        ProductState.SUBMITTED: {ProductState.LISTED, ProductState.RETURNED},
        ProductState.RETURNED: {ProductState.SUBMITTED},
        ProductState.LISTED: {ProductState.SUBMITTED, ProductState.WITHDRAWN},
        ProductState.WITHDRAWN: {ProductState.SUBMITTED},
    }

    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    state: Mapped[ProductState] = mapped_column(default=ProductState.DRAFT)
    returned_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    category: Mapped[Category]
    township: Mapped[str] = mapped_column(sa.String(40), index=True)
    origin: Mapped[str] = mapped_column(sa.String(80), default="")
    season_from: Mapped[int | None]
    season_to: Mapped[int | None]
    description: Mapped[str] = mapped_column(sa.Text, default="")
    storage: Mapped[str] = mapped_column(sa.String(100), default="")
    shelf_life_days: Mapped[int | None]
    recognition_no: Mapped[str] = mapped_column(sa.String(60), default="")
    recognition_from: Mapped[dt.date | None]
    recognition_until: Mapped[dt.date | None]
    households_helped: Mapped[int] = mapped_column(default=0)
    illustration: Mapped[str] = mapped_column(sa.String(80), default="")
    search_text: Mapped[str] = mapped_column(sa.Text, default="")
    sold_count: Mapped[int] = mapped_column(default=0)
    is_demo: Mapped[bool] = mapped_column(default=False)
    submitted_at: Mapped[dt.datetime | None]
    listed_at: Mapped[dt.datetime | None]
    supplier_id: Mapped[int] = mapped_column(sa.ForeignKey("supplier.id"), index=True)
    picture_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attachment.id"))

    supplier: Mapped[Supplier] = relationship()
    picture: Mapped[Attachment | None] = relationship()
    skus: Mapped[list["Sku"]] = relationship(order_by="Sku.id", back_populates="product")
    certificates: Mapped[list["Certificate"]] = relationship(order_by="Certificate.id")

    def recognised_on(self, day: dt.date) -> bool:
        """Whether purchases of this day count: the recognition is valid, both ends included."""
        return bool(
            self.recognition_no
            and self.recognition_from
            and self.recognition_until
            and self.recognition_from <= day <= self.recognition_until
        )

    def in_season(self, month: int) -> bool:
        """Whether a month (1–12) lies in the season, which may wrap around the year."""
        if self.season_from is None or self.season_to is None:
            return True
        if self.season_from <= self.season_to:
            return self.season_from <= month <= self.season_to
        return month >= self.season_from or month <= self.season_to

    @property
    def words(self) -> list[str]:
        """What a search finds it by, besides pinyin: its name, SKUs, supplier and code."""
        return [self.name, *(sku.name for sku in self.skus), self.supplier.name, self.code]

    @property
    def is_on_sale(self) -> bool:
        """Whether the public sees it: it is listed, and its supplier may sell."""
        return self.state is ProductState.LISTED and self.supplier.state is SupplierState.ACTIVE

    @property
    def offered(self) -> list["Sku"]:
        """The SKUs that can be ordered, the cheapest first."""
        return sorted(
            (sku for sku in self.skus if sku.is_offered), key=lambda sku: (sku.price_fen, sku.id)
        )

    def shown_sku(self, audience: Audience | None = None) -> "Sku | None":
        """Return the SKU whose price stands for the product: the cheapest offered.

        One packed for the audience goes before any other, as in ``listing``'s sort.
        """
        return min(
            self.offered,
            key=lambda sku: (not sku.is_for(audience), sku.price_fen, sku.id),
            default=None,
        )


class Certificate(Model):
    """A paper that proves something about a product, with its file and validity."""

    __tablename__ = "certificate"

    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), index=True)
    kind: Mapped[CertificateKind]
    number: Mapped[str] = mapped_column(sa.String(60), default="")
    valid_until: Mapped[dt.date | None]
    attachment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attachment.id"))

    attachment: Mapped[Attachment | None] = relationship()


class Sku(Model):
    """One 规格 of a product: what is priced, stocked and ordered.

    Prices are fen per ``unit``; quantities are thousandths of it. Goods by weight
    are for canteens only: retail is paid before it is weighed.
    """

    __tablename__ = "sku"
    __table_args__ = (
        sa.CheckConstraint("price_fen > 0", "price"),
        sa.CheckConstraint("reference_price_fen > 0", "reference_price"),
        sa.CheckConstraint("stock_milli >= 0", "stock"),
        sa.CheckConstraint("step_milli > 0", "step"),
        sa.CheckConstraint("min_milli > 0 AND min_milli % step_milli = 0", "min"),
        sa.CheckConstraint("for_canteen OR for_retail", "for_someone"),
        sa.CheckConstraint("NOT (is_by_weight AND for_retail)", "weighed_for_canteens"),
    )

    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(30), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    unit: Mapped[str] = mapped_column(sa.String(10))
    price_fen: Mapped[Fen]
    reference_price_fen: Mapped[Fen | None]
    reference_source: Mapped[str] = mapped_column(sa.String(100), default="")
    min_milli: Mapped[Milli] = mapped_column(default=1000)
    step_milli: Mapped[Milli] = mapped_column(default=1000)
    stock_milli: Mapped[Milli] = mapped_column(default=0)
    is_by_weight: Mapped[bool] = mapped_column(default=False)
    for_canteen: Mapped[bool] = mapped_column(default=True)
    for_retail: Mapped[bool] = mapped_column(default=True)
    is_offered: Mapped[bool] = mapped_column(default=True)

    product: Mapped[Product] = relationship(back_populates="skus")
    tiers: Mapped[list["PriceTier"]] = relationship(order_by="PriceTier.from_milli")

    def is_for(self, audience: Audience | None) -> bool:
        """Whether it is packed for these buyers; for nobody in particular, always."""
        if audience is None:
            return True
        return self.for_canteen if audience is Audience.CANTEEN else self.for_retail

    @property
    def is_in_stock(self) -> bool:
        """Whether there is enough for the smallest order."""
        return self.stock_milli >= self.min_milli

    def price_for(self, milli: int) -> int:
        """Return the fen a unit costs when this much is bought at once."""
        price_fen = self.price_fen
        for tier in self.tiers:
            if milli >= tier.from_milli:
                price_fen = tier.price_fen
        return price_fen


class PriceTier(Model):
    """A lower price from a quantity on."""

    __tablename__ = "price_tier"
    __table_args__ = (
        sa.UniqueConstraint("sku_id", "from_milli"),
        sa.CheckConstraint("price_fen > 0", "price"),
        sa.CheckConstraint("from_milli > 0", "from"),
    )

    sku_id: Mapped[int] = mapped_column(sa.ForeignKey("sku.id"))
    from_milli: Mapped[Milli]
    price_fen: Mapped[Fen]


class StockMovement(Model):
    """One change of a SKU's stock; the stock is the sum of its movements.

    ``once_key`` is that of the form which made it, so that a second click adds nothing.
    """

    __tablename__ = "stock_movement"
    __table_args__ = (sa.CheckConstraint("change_milli <> 0", "change"),)

    sku_id: Mapped[int] = mapped_column(sa.ForeignKey("sku.id"), index=True)
    kind: Mapped[MovementKind]
    change_milli: Mapped[Milli]
    about: Mapped[str] = mapped_column(sa.String(80), default="")
    once_key: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
