"""Saved formats of banks: made from a sample file, whose headings are the choices."""

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer

from market.adapters.spreadsheets import Grid, read_grid, shown
from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.payments import services
from market.payments.forms import BankFormatForm, SampleForm, uploaded
from market.payments.models import BankFormat, Encoding
from market.payments.queries.bank import bank_format_named, bank_formats
from market.payments.services.bank_formats import (
    Mapping,
    check_mapping,
    guess,
    header_of,
    save_format,
)
from market.payments.services.bank_reading import (
    HEADER_WITHIN,
    MOST_ROWS,
    BankSheet,
    columns_of,
    understand,
)
from market.payments.views.bp import bp

SHOWN = 5
MOST_CELL = 80  # So much of a cell is kept of a sample.


@bp.get("/payments/bank-formats")
@allow(*services.RECORDERS, Role.INSPECTOR)
def formats() -> Any:
    """List the saved formats."""
    return render_template(
        "payments/bank_formats.html",
        formats=bank_formats(db.session),
        columns=columns_of,
        may_save=current_user.role in services.RECORDERS,
    )


@bp.route("/payments/bank-formats/new", methods=["GET", "POST"])
@allow(*services.RECORDERS)
def new_format() -> Any:
    """Make a format: a sample first, then what its columns are."""
    return _edit(None)


@bp.route("/payments/bank-formats/edit", methods=["GET", "POST"])
@allow(*services.RECORDERS)
def edit_format() -> Any:
    """Change a format, with a new sample or with the headings it has."""
    saved = bank_format_named(db.session, request.args.get("name", "")) or abort(404)
    return _edit(saved)


def _edit(saved: BankFormat | None) -> Any:
    """Take a sample, show what the columns are and what is understood, or save it."""
    if request.method == "GET" and saved is None:
        return render_template("payments/bank_sample.html", form=SampleForm(), saved=None)
    if request.method == "POST" and "file" in request.files:
        return _sampled(saved)
    form = BankFormatForm()
    grid = _unpacked(form.sample.data)
    if request.method == "GET" and saved is not None:
        form.process(data=_typed(Mapping.of(saved)))
    form.offer(_offered(grid, saved))
    if not form.is_submitted():
        return _page(form, grid, saved)
    if not form.validate():
        return _page(form, grid, saved), 422
    mapping = _mapping(form)
    try:
        check_mapping(mapping)
        if "save" not in request.form:
            return _page(form, grid, saved)
        save_format(db.session, mapping, form=saved, by=current_user)
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _page(form, grid, saved), 422
    db.session.commit()
    flash(f"已保存“{mapping.name}”，可以导入这家银行的流水了。", "success")
    return redirect(url_for(".formats"))


def _sampled(saved: BankFormat | None) -> Any:
    """Show the choices that a sample gives, guessed."""
    sample = SampleForm()
    if not sample.validate():
        return render_template("payments/bank_sample.html", form=sample, saved=saved), 422
    try:
        name, content = uploaded(sample.file)
        grid = read_grid(content, most=MOST_ROWS)
        guessed = guess(grid)
    except Refused as refusal:
        sample.refuse(Refused(str(refusal), field="file"))
        return render_template("payments/bank_sample.html", form=sample, saved=saved), 422
    words = {"name": name.rpartition(".")[0][:60] or name[:60], "encoding": Encoding.AUTO.value}
    form = BankFormatForm(formdata=None, data=words | guessed)
    if saved is not None:
        kept = _typed(Mapping.of(saved))
        form = BankFormatForm(formdata=None, data=guessed | {"name": kept["name"]})
    form.sample.data = _packed(grid)
    form.offer(_offered(grid, None))
    return _page(form, grid, saved)


def _page(form: BankFormatForm, grid: Grid | None, saved: BankFormat | None) -> Any:
    sheet: BankSheet | None = None
    unread = ""
    if grid is not None:
        try:
            mapping = _mapping(form)
            check_mapping(mapping)
            sheet = understand(grid, mapping.form())
        except Refused as refusal:
            unread = str(refusal)
    return render_template(
        "payments/bank_format.html",
        form=form,
        saved=saved,
        sheet=sheet,
        unread=unread,
        most=SHOWN,
        has_sample=grid is not None,
    )


def _mapping(form: BankFormatForm) -> Mapping:
    given = {
        field.name: (field.data or "").strip()
        for field in form
        if field.name in Mapping.__dataclass_fields__ and field.name != "remark_columns"
    }
    encoding = Encoding(given.pop("encoding") or Encoding.AUTO)
    return Mapping(**given, encoding=encoding, remark_columns=tuple(form.remark_columns.data or ()))


def _typed(mapping: Mapping) -> dict[str, Any]:
    words = {name: getattr(mapping, name) for name in Mapping.__dataclass_fields__}
    return words | {"encoding": mapping.encoding.value}


def _offered(grid: Grid | None, saved: BankFormat | None) -> list[str]:
    """Return the headings to choose among: the sample's, else those that a format names."""
    if grid is not None:
        return list(header_of(grid)[1])
    return columns_of(saved) if saved is not None else []


def _packed(grid: Grid) -> str:
    """Return the beginning of a sample, signed, to come back with the form."""
    lines = [
        [None if cell is None else shown(cell)[:MOST_CELL] for cell in line]
        for line in grid.lines[: HEADER_WITHIN + SHOWN]
    ]
    return str(_signer().dumps(lines))


def _unpacked(token: str | None) -> Grid | None:
    try:
        return Grid(_signer().loads(token)) if token else None
    except BadSignature:
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(
        current_app.secret_key or "", salt=f"bank-sample:{current_user.get_id()}"
    )
