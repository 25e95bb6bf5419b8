"""The account of a unit, and of a person: orders with their money, and what is free."""

import io
from typing import Any

from flask import Response, abort, render_template, request, send_file, url_for
from flask_login import current_user

from market.adapters.spreadsheets import Table, to_xlsx
from market.core import clock
from market.core.access import BUYERS, UNIT_BUYERS, Role, allow
from market.core.db import db
from market.core.paging import rows_page_of
from market.ordering.queries import shown_state, typed_number
from market.payments import queries, services
from market.payments.queries import AccountFilter, DeskRow, Standing
from market.payments.views.bp import bp
from market.targets.queries import FIRST_YEAR
from market.units.models import Unit
from market.units.queries import unit_for

MOST_ROWS = 20_000
READERS = (*UNIT_BUYERS, *services.RECORDERS, Role.INSPECTOR)
FILTER = ("q", "year", "month", "standing")


@bp.get("/units/<code>/account")
@allow(*READERS)
def unit_account(code: str) -> Any:
    """Show a unit's orders with what is due, paid, gone back and owed, and its credit."""
    unit = _unit_or_404(code)
    return _page(
        _wanted(unit_id=unit.id),
        title="往来款",
        about=unit.name,
        back=url_for("units.show", code=code),
        export=url_for(".unit_account_sheet", code=code, **_kept()),  # type: ignore[arg-type]
        credit=queries.credit_payments(db.session, unit_id=unit.id),
    )


@bp.get("/units/<code>/account.xlsx")
@allow(*READERS)
def unit_account_sheet(code: str) -> Any:
    """Give what a unit's account shows as a workbook, with its sums."""
    unit = _unit_or_404(code)
    return _sheet(_wanted(unit_id=unit.id), f"{unit.name}往来款")


@bp.get("/my-money")
@allow(*BUYERS)
def my_money() -> Any:
    """Show what one bought for oneself, with its money, and one's credit."""
    return _page(
        _wanted(person_id=current_user.id),
        title="我的款项",
        about=current_user.name,
        back=url_for("accounts.me"),
        export=url_for(".my_money_sheet", **_kept()),  # type: ignore[arg-type]
        credit=queries.credit_payments(db.session, person_id=current_user.id),
    )


@bp.get("/my-money.xlsx")
@allow(*BUYERS)
def my_money_sheet() -> Any:
    """Give what one's own account shows as a workbook, with its sums."""
    return _sheet(_wanted(person_id=current_user.id), "我的款项")


def _page(wanted: AccountFilter, **given: Any) -> Any:
    page = rows_page_of(
        db.session, queries.account_orders(wanted), request.args.get("page", 1, int)
    )
    return render_template(
        "payments/account.html",
        page=page,
        rows=[queries.desk_row(row) for row in page.items],
        sums=queries.account_sums(db.session, wanted),
        wanted=wanted,
        years=[(year, f"{year}年") for year in range(clock.today().year, FIRST_YEAR - 1, -1)],
        months=[(month, f"{month}月") for month in range(1, 13)],
        standings=[(one.value, one.label) for one in Standing],
        shown_state=shown_state,
        path=request.path,
        **given,
    )


def _sheet(wanted: AccountFilter, title: str) -> Response:
    found = db.session.execute(queries.account_orders(wanted).limit(MOST_ROWS))
    rows = [queries.desk_row(row) for row in found]
    made = io.BytesIO(to_xlsx(_table(rows, title)))
    name = f"{title}_{clock.today():%Y%m%d}.xlsx"
    return send_file(made, download_name=name, as_attachment=True)


def _table(rows: list[DeskRow], title: str) -> Table:
    return Table(
        title=title,
        note=f"截至 {clock.today()}，金额单位：元；共 {len(rows)} 个订单",
        columns=[
            ("订单编号", "text"),
            ("下单时间", "instant"),
            ("采购用途", "text"),
            ("下单人", "text"),
            ("付款方式", "text"),
            ("状态", "text"),
            ("应付（元）", "yuan"),
            ("已付（元）", "yuan"),
            ("已退（元）", "yuan"),
            ("待退回（元）", "yuan"),
            ("尚欠（元）", "yuan"),
        ],
        rows=[
            [
                row.order.number,
                row.order.placed_at,
                row.order.buying_for.label,
                row.order.placed_by.name,
                row.order.terms.label,
                shown_state(row.order).label,
                *_figures(row),
            ]
            for row in rows
        ],
        total=[
            "合计",
            *[None] * 5,
            *(sum(column) for column in zip(*map(_figures, rows), strict=True)),
        ]
        if rows
        else None,
    )


def _figures(row: DeskRow) -> list[int]:
    return [
        row.due_fen,
        row.paid_fen,
        row.refunded_fen,
        row.give_back_fen,
        row.outstanding_fen,
    ]


def _wanted(**account: int) -> AccountFilter:
    """Return what the filter asks for; words it doesn't know are left out."""
    year, month = request.args.get("year", 0, int), request.args.get("month", 0, int)
    standing = request.args.get("standing", "")
    known = FIRST_YEAR <= year <= clock.today().year
    return AccountFilter(
        **account,
        year=year if known else None,
        month=month if known and 1 <= month <= 12 else None,
        standing=Standing(standing) if standing in set(Standing) else None,
        search=typed_number(request.args.get("q", ""))[:20],
    )


def _kept() -> dict[str, str]:
    return {word: request.args[word] for word in FILTER if word in request.args}


def _unit_or_404(code: str) -> Unit:
    return unit_for(db.session, current_user, code) or abort(404)
