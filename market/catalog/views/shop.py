"""The shop: shelves, a product, a supplier."""

import io
from typing import Any

from flask import abort, render_template, request, send_file, url_for

from market.accounts.models import Person
from market.adapters.spreadsheets import Table, to_xlsx
from market.catalog import queries
from market.catalog.models import Audience, Category, Product, Sku
from market.catalog.queries import Filters, Shelf, Sort
from market.catalog.views.bp import bp, reader
from market.core import clock, quantity
from market.core.access import OVERSEERS, Role, public
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import SIZE

MOST_EXPORTED = 5000
MONTHS = [(str(month), f"{month} 月当季") for month in range(1, 13)]


@bp.get("/goods")
@public
def index() -> Any:
    """Show what is on sale, filtered and sorted; to overseers also as a workbook."""
    person = reader()
    filters = Filters.read(request.args, prices_for=_prices_for(person))
    as_workbook = request.args.get("format") == "xlsx"
    if as_workbook and (person is None or person.role not in OVERSEERS):
        abort(403)
    shelf = queries.listing(
        db.session,
        filters,
        request.args.get("page", 1, int),
        size=MOST_EXPORTED if as_workbook else SIZE,
    )
    if as_workbook:
        return send_file(
            io.BytesIO(to_xlsx(_table(shelf))),
            download_name=f"商品_{clock.today()}.xlsx",
            as_attachment=True,
        )
    return render_template(
        "catalog/index.html",
        shelf=shelf,
        filters=filters,
        chosen=_chosen(filters),
        categories=Category,
        audiences=[(audience.value, audience.label) for audience in Audience],
        townships=[(name, f"{name}（{count}）") for name, count in shelf.by_township.items()],
        sorts=Sort,
        months=MONTHS,
        exports=person is not None and person.role in OVERSEERS,
    )


@bp.get("/goods/<code>")
@public
def show(code: str) -> Any:
    """Show a product: its SKUs and prices, where it comes from, what proves it."""
    person = reader()
    product = queries.product_for(db.session, person, code) or abort(404)
    audience = _prices_for(person)
    asked = [sku for sku in product.offered if sku.code == request.args.get("sku")]
    chosen = asked[0] if asked else product.shown_sku(audience)
    typed = request.args.get("quantity", "")[:20]
    return render_template(
        "catalog/show.html",
        product=product,
        chosen=chosen,
        typed=typed,
        error=_why_not(chosen, typed) if chosen and typed else "",
        audience=audience,
        similar=queries.similar_products(db.session, product),
        edits=person is not None and product.supplier.is_changed_by(person),
    )


@bp.get("/suppliers/<code>")
@public
def supplier(code: str) -> Any:
    """Show a supplier and what it has on sale."""
    person = reader()
    supplier = queries.supplier_for(db.session, person, code) or abort(404)
    shelf = queries.listing(
        db.session,
        Filters(supplier_id=supplier.id, prices_for=_prices_for(person)),
        request.args.get("page", 1, int),
    )
    return render_template(
        "catalog/supplier.html", supplier=supplier, shelf=shelf, audience=_prices_for(person)
    )


def _why_not(sku: Sku, typed: str) -> str:
    """Return what is wrong with a quantity that was typed on this page."""
    try:
        quantity.check_order(
            quantity.parse(typed),
            min_milli=sku.min_milli,
            step_milli=sku.step_milli,
            unit=sku.unit,
        )
    except Refused as refusal:
        return str(refusal)
    return ""


def _prices_for(person: Person | None) -> Audience | None:
    """Whose prices a person reads: visitors and employees those of retail."""
    if person is None or person.role is Role.SHOPPER:
        return Audience.RETAIL
    return None


def _chosen(filters: Filters) -> list[tuple[str, str]]:
    """Return each filter that is set: what it says, and its word in the address."""
    season = "本月当季" if filters.season == "now" else f"{filters.season} 月当季"
    said = [
        (f"“{filters.q}”", "q", filters.q),
        (filters.category.label if filters.category else "", "category", filters.category),
        (filters.township, "township", filters.township),
        (season, "season", filters.season),
        ("有货", "in_stock", filters.in_stock),
        ("计入任务", "certified", filters.certified),
        (
            f"供应{filters.audience.label}" if filters.audience else "",
            "audience",
            filters.audience,
        ),
    ]
    return [(words, name) for words, name, value in said if value]


def _table(shelf: Shelf) -> Table:
    day = clock.today()
    return Table(
        title="在售商品",
        note=f"截至 {day}；单价单位：元；共 {shelf.total} 种商品。",
        columns=[
            ("编号", "text"),
            ("商品", "text"),
            ("分类", "text"),
            ("产地", "text"),
            ("供应商", "text"),
            ("规格编号", "text"),
            ("规格", "text"),
            ("计量单位", "text"),
            ("单价", "yuan"),
            ("参考价", "yuan"),
            ("起订量", "quantity"),
            ("库存", "quantity"),
            ("计入任务", "text"),
            ("认定编号", "text"),
            ("认定有效期至", "day"),
            ("已成交（单）", "int"),
            ("演示", "text"),
        ],
        rows=[row for product in shelf.items for row in _rows(product)],
    )


def _rows(product: Product) -> list[list[Any]]:
    counts = "计入" if product.recognised_on(clock.today()) else "不计入"
    return [
        [
            product.code,
            product.name,
            product.category.label,
            product.township,
            product.supplier.name,
            sku.code,
            sku.name,
            sku.unit,
            sku.price_fen,
            sku.reference_price_fen,
            sku.min_milli,
            sku.stock_milli,
            counts,
            product.recognition_no,
            product.recognition_until,
            product.sold_count,
            "演示" if product.is_demo else "",
        ]
        for sku in product.offered
    ]


@bp.app_template_global()
def picture_of(product: Product) -> str:
    """Return the address of a product's picture, or of its drawing."""
    if product.picture:
        return url_for("evidence.show", token=product.picture.token)
    drawing = f"products/{product.illustration}" if product.illustration else "no-picture.svg"
    return url_for("static", filename=drawing)
