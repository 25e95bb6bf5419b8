"""Statements to take away, as PDF and Excel, and the tables of what is owed by age."""

import io
from typing import Any

from flask import Response, render_template, request, send_file, url_for
from flask_login import current_user

from market.adapters.pdf import qr_svg, to_pdf
from market.adapters.spreadsheets import Kind, Table, to_xlsx
from market.core import clock, money
from market.core.access import Role, allow
from market.core.db import db
from market.core.paging import rows_page_of
from market.core.settings import settings
from market.ordering.queries.orders import SEE_ALL
from market.payments import queries
from market.payments.models import LineKind, Statement, StatementState
from market.payments.queries import Age, ShownLine
from market.payments.views.bp import bp
from market.payments.views.statements import READERS, statement_or_404, wanted_of_request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000
# The columns of a 结算单 as canteens know it (domain, 4.4).
COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("序号", "int"),
    ("单据编号", "text"),
    ("单据类型", "text"),
    ("入库/退货时间", "day"),
    ("金额", "yuan"),
    ("折让原因", "text"),
    ("折让类型", "text"),
    ("折让金额", "yuan"),
    ("结算金额", "yuan"),
)
AMOUNTS = (4, 7, 8)  # The places of amounts among them.
DEDUCTION = "售后扣减"


@bp.get("/statements/<number>.pdf")
@allow(*READERS)
def statement_pdf(number: str) -> Any:
    """Give the statement as a document to print and sign."""
    one = statement_or_404(number)
    lines = queries.lines_of(db.session, one)
    address = url_for(".statement", number=number, _external=True)
    data = {
        "title": f"结算单 {one.number}",
        "number": one.number,
        "mark": "演示数据" if current_user.is_demo else "",
        "head": _head(one),
        "columns": [name for name, _ in COLUMNS],
        "rows": [_printed(row) for row in _rows(lines)],
        "total": _printed(_total(lines))[4:],
        "capitals": money.capitals(one.total_fen),
        "notes": _notes(one),
        "voided": "本结算单已作废" if one.state is StatementState.VOID else "",
        "signs": [*_signs(one), ("单位盖章", ""), ("供应商盖章", "")],
        "qr": qr_svg(address),
    }
    return _file(to_pdf("statement", data), "application/pdf", f"结算单_{one.number}.pdf")


@bp.get("/statements/<number>.xlsx")
@allow(*READERS)
def statement_xlsx(number: str) -> Any:
    """Give the statement as a workbook with the same columns."""
    one = statement_or_404(number)
    lines = queries.lines_of(db.session, one)
    table = Table(
        title=f"结算单 {one.number}（{one.state.label}）",
        note=f"截至 {clock.today()}，金额单位：元",
        columns=COLUMNS,
        rows=_rows(lines),
        total=_total(lines),
        head=_head(one),
        foot=[
            ("结算金额（大写）", money.capitals(one.total_fen)),
            *_signs(one),
            *(("说明", note) for note in _notes(one)),
        ],
    )
    return _file(to_xlsx(table), XLSX, f"结算单_{one.number}.xlsx")


@bp.get("/statements.xlsx")
@allow(*READERS)
def statements_xlsx() -> Any:
    """Give the statements that the list shows as a workbook, with their sums."""
    wanted = wanted_of_request()
    select = queries.statements_for(current_user, wanted).limit(MOST_ROWS)
    rows = [queries.statement_row(row) for row in db.session.execute(select)]
    sums = queries.statement_sums(db.session, current_user, wanted)
    today = clock.today()
    table = Table(
        title="结算单",
        note=f"截至 {today}，金额单位：元；已作废的不计入合计",
        columns=[
            ("编号", "text"),
            ("月份", "text"),
            ("单位", "text"),
            ("供应商", "text"),
            ("状态", "text"),
            ("开单日期", "day"),
            ("付款期限", "day"),
            ("结算金额", "yuan"),
            ("已付", "yuan"),
            ("未付", "yuan"),
            ("逾期天数", "int"),
        ],
        rows=[
            [
                row.statement.number,
                f"{row.statement.year}-{row.statement.month:02d}",
                row.statement.unit.name,
                row.statement.supplier.name,
                row.statement.state.label,
                row.statement.issued_on,
                row.statement.due_on,
                row.statement.total_fen,
                row.paid_fen,
                row.owed_fen,
                max(0, (today - row.statement.due_on).days)
                if row.owed_fen and not row.goes_on
                else 0,
            ]
            for row in rows
        ],
        total=["合计", *[None] * 6, sums.total_fen, sums.paid_fen, sums.owed_fen, None],
    )
    return _file(to_xlsx(table), XLSX, f"结算单_{today:%Y%m%d}.xlsx")


@bp.get("/statements/ageing")
@allow(*SEE_ALL)
def ageing() -> Any:
    """Show what each unit owes, by how long it has been due."""
    rows = queries.ageing(db.session)
    return render_template("payments/ageing.html", rows=rows, ages=list(Age), sums=_ages(rows))


@bp.get("/statements/ageing.xlsx")
@allow(*SEE_ALL)
def ageing_xlsx() -> Any:
    """Give the ages as a workbook."""
    rows, today = queries.ageing(db.session), clock.today()
    table = Table(
        title="账龄",
        note=f"截至 {today}，金额单位：元",
        columns=[
            ("单位", "text"),
            *((age.label, "yuan") for age in Age),
            ("已验收未出单", "yuan"),
            ("合计", "yuan"),
        ],
        rows=[
            [row.unit.name, *row.by_age.values(), row.unbilled_fen, row.owed_fen] for row in rows
        ],
        total=["合计", *_ages(rows)],
    )
    return _file(to_xlsx(table), XLSX, f"账龄_{today:%Y%m%d}.xlsx")


@bp.get("/statements/unbilled")
@allow(*READERS)
def unbilled() -> Any:
    """List what was accepted and is on no statement yet: a supplier's deliveries, else orders."""
    unit = request.args.get("unit", "").strip()[:80]
    if current_user.role is Role.SUPPLIER:
        rows = queries.unbilled_of_supplier(db.session, current_user)
        return render_template(
            "payments/unbilled.html",
            sources=rows,
            total_fen=sum(source.amount_fen for source, _ in rows),
        )
    supplier = request.args.get("supplier", "").strip()[:20]
    select = queries.unbilled_orders(current_user, unit=unit, supplier=supplier)
    page = rows_page_of(db.session, select, request.args.get("page", 1, int))
    return render_template(
        "payments/unbilled.html",
        page=page,
        total_fen=queries.unbilled_sum(db.session, current_user, unit=unit, supplier=supplier),
        unit=unit,
        sees_all=current_user.role in SEE_ALL,
    )


def _ages(rows: list[queries.Ageing]) -> list[int]:
    """Return the sum of each column of the ages."""
    by_age = [sum(row.by_age[age] for row in rows) for age in Age]
    return [*by_age, sum(row.unbilled_fen for row in rows), sum(row.owed_fen for row in rows)]


def _head(one: Statement) -> list[tuple[str, str]]:
    """Return the facts above the lines of a statement's documents."""
    payee = settings()
    return [
        ("往来单位", f"{one.unit.name}（付款） / {one.supplier.name}（供货）"),
        ("编号", one.number),
        ("单据日期", one.issued_on.isoformat()),
        ("结算月份", f"{one.year} 年 {one.month} 月"),
        ("收款户名", payee.payee_name),
        ("开户行", payee.payee_bank),
        ("收款账号", payee.payee_account),
        ("结款方式", f"银行转账，附言填写 {one.number}"),
        ("付款账户", " ".join((one.unit.bank_name, one.unit.bank_account)).strip() or "—"),
        ("付款期限", one.due_on.isoformat()),
        ("摘要", f"{one.year} 年 {one.month} 月验收货款（先货后款）"),
        ("电话", f"{one.unit.phone or '—'} / {one.supplier.phone or '—'}"),
    ]


def _rows(lines: list[ShownLine]) -> list[list[Any]]:
    return [
        [
            place,
            shown.number,
            shown.line.kind.label,
            shown.line.happened_on,
            None if shown.is_deduction else shown.line.amount_fen,
            shown.reason,
            DEDUCTION if shown.is_deduction else "",
            -shown.line.amount_fen if shown.is_deduction else None,
            shown.line.amount_fen,
        ]
        for place, shown in enumerate(lines, start=1)
    ]


def _total(lines: list[ShownLine]) -> list[Any]:
    deducted_fen = -sum(one.line.amount_fen for one in lines if one.line.kind is LineKind.CLAIM)
    total_fen = sum(one.line.amount_fen for one in lines)
    return ["合计", None, None, None, total_fen + deducted_fen, None, None, deducted_fen, total_fen]


def _signs(one: Statement) -> list[tuple[str, str]]:
    """Return who handled it for the unit, and who made it out."""
    return [
        ("经办人", one.unit_confirmed_by.name if one.unit_confirmed_by else ""),
        ("供应商确认", one.supplier_confirmed_by.name if one.supplier_confirmed_by else ""),
        ("制单人", one.made_by.name if one.made_by else "系统"),
    ]


def _notes(one: Statement) -> list[str]:
    notes = [f"状态：{one.state.label}。"]
    if one.extended_on:
        notes.append(f"付款期限已于 {one.extended_on} 延长：{one.extension_reason}")
    return notes


def _printed(row: list[Any]) -> list[str]:
    """Write a row as it is printed; amounts are fen."""
    return [
        "" if cell is None else money.yuan(cell) if place in AMOUNTS else str(cell)
        for place, cell in enumerate(row)
    ]


def _file(content: bytes, kind: str, name: str) -> Response:
    return send_file(io.BytesIO(content), mimetype=kind, download_name=name, as_attachment=True)
