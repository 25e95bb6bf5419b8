"""Importing a bank's file: look at what it would do, then do it; and the files that were read."""

from collections.abc import Callable
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask import request as asked
from flask_login import current_user
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from market.core import money
from market.core.access import Role, allow
from market.core.db import db, one_moment
from market.core.errors import Refused
from market.core.paging import page_of
from market.core.steps import Steps, result_of
from market.core.streaming import onward, streamed
from market.payments import services
from market.payments.forms import BankFileForm, HeldForm, uploaded
from market.payments.models import BankFormat
from market.payments.queries.bank import (
    bank_file_of,
    bank_files,
    bank_format_named,
    bank_formats,
    left_of_file,
)
from market.payments.services.bank_formats import Mapping
from market.payments.services.bank_import import FilePreview, import_steps, preview_steps
from market.payments.services.bank_reading import reading_steps
from market.payments.views.bp import bp

HELD_SECONDS = 3600
LONG_BYTES = 200_000  # About two thousand rows: what takes longer than a person waits.
SEEN_BY = (*services.RECORDERS, Role.INSPECTOR)


@bp.get("/payments/bank-files")
@allow(*SEEN_BY)
def files() -> Any:
    """List the files that were read, with what became of their rows."""
    page = page_of(db.session, bank_files(), asked.args.get("page", 1, int))
    return render_template(
        "payments/bank_files.html", page=page, may_read=current_user.role in services.RECORDERS
    )


@bp.get("/payments/bank-files/<sha256>")
@allow(*SEEN_BY)
def file(sha256: str) -> Any:
    """Show what came of one file, and how much of it still waits to be matched."""
    found = bank_file_of(db.session, sha256) or abort(404)
    left_count, left_fen = left_of_file(db.session, found)
    return render_template(
        "payments/bank_file.html", file=found, left_count=left_count, left_fen=left_fen
    )


@bp.route("/payments/bank-files/new", methods=["GET", "POST"])
@allow(*services.RECORDERS)
def read_file() -> Any:
    """Look at an uploaded file: what importing it would do, and what is wrong with it.

    A long one shows on the page how far it is read.
    """
    form = _upload_form()
    if not form.validate_on_submit():
        return _upload_page(form), 422 if form.errors else 200
    try:
        name, content = uploaded(form.file)
        bank = _copy_of(form.format.data or "")
        if len(content) > LONG_BYTES:
            return _streamed(lambda: _previewed(content, name, bank), "导入预览")
        preview = result_of(_looked_at(content, bank))
    except Refused as refusal:
        db.session.rollback()
        form.refuse(Refused(str(refusal), field="file"))
        return _upload_page(form), 422
    shown = _shown(preview, content, name, bank)
    page = render_template("payments/bank_preview.html", **shown)
    return page, 422 if preview.sheet.problems else 200


@bp.post("/payments/bank-files/apply")
@allow(*services.RECORDERS)
def apply_file() -> Any:
    """Import the file that was previewed: all of it, or nothing; a long one shows how far it is."""
    try:
        sha256, name, bank_name = _held(HeldForm().held.data)
        content = _held_content(sha256)
        bank = _copy_of(bank_name)
        address = url_for(".file", sha256=sha256)
        if len(content) > LONG_BYTES:
            return _streamed(lambda: _gone_on(content, name, bank, address), "正在导入银行流水")
        said = result_of(_imported(content, name, bank))
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        form = _upload_form()
        form.refuse(Refused(str(refusal), field="file"))
        return _upload_page(form), 422
    flash(said, "success")
    return redirect(address, 303)


def _held_content(sha256: str) -> bytes:
    try:
        content: bytes = current_app.extensions["files"].get(sha256)
    except FileNotFoundError:
        raise Refused("预览过的文件已不在服务器上，请重新上传。") from None
    return content


def _looked_at(content: bytes, bank: BankFormat) -> Steps[FilePreview]:
    """Read a file and compare it with what is known; nothing waits for it meanwhile."""
    # Reading takes seconds, and nothing is asked of the database meanwhile.
    db.session.rollback()
    sheet = yield from reading_steps(content, bank)
    with one_moment(db.session):
        return (yield from preview_steps(db.session, content, sheet, by=current_user))


def _imported(content: bytes, name: str, bank: BankFormat) -> Steps[str]:
    """Read a file and write down what is new; return what came of it, for the caller to commit."""
    db.session.rollback()
    sheet = yield from reading_steps(content, bank)
    files, saved = current_app.extensions["files"], _saved(bank.name)
    made = yield from import_steps(
        db.session, files, content, sheet, saved, name=name, by=current_user
    )
    return f"已导入 {made.new_count} 笔，共 {money.yuan(made.new_fen)} 元；核对确认后才会入账。"


def _previewed(content: bytes, name: str, bank: BankFormat) -> Steps[str]:
    preview = yield from _looked_at(content, bank)
    return render_template("payments/_preview.html", **_shown(preview, content, name, bank))


def _gone_on(content: bytes, name: str, bank: BankFormat, address: str) -> Steps[str]:
    said = yield from _imported(content, name, bank)
    end = onward(address, "查看导入结果", said)
    db.session.commit()
    return end


def _streamed(work: Callable[[], Steps[str]], heading: str) -> Any:
    back = url_for(".read_file")
    return streamed(work, lambda: db.session, heading=heading, back=back, back_label="导入银行流水")


def _shown(preview: FilePreview, content: bytes, name: str, bank: BankFormat) -> dict[str, Any]:
    """Return what a preview shows; a file without problems is held, to be imported as it is."""
    held = HeldForm(held="")
    if not preview.sheet.problems:
        sha256 = current_app.extensions["files"].put(content)
        held.held.data = _signer().dumps([sha256, name, bank.name])
    return {"preview": preview, "name": name, "bank": bank, "form": held}


def _upload_form() -> BankFileForm:
    form = BankFileForm()
    form.offer([one.name for one in bank_formats(db.session)])
    return form


def _upload_page(form: BankFileForm) -> Any:
    form.offer([one.name for one in bank_formats(db.session)])
    return render_template("payments/bank_import.html", form=form)


def _copy_of(name: str) -> BankFormat:
    """Return a format apart from the database, so that it can be read without asking it."""
    return Mapping.of(_saved(name)).form()


def _saved(name: str) -> BankFormat:
    saved = bank_format_named(db.session, name)
    if saved is None:
        raise Refused("这个银行格式刚刚被改名，请重新选择。")
    return saved


def _held(token: str | None) -> list[str]:
    try:
        sha256, name, bank_name = _signer().loads(token or "", max_age=HELD_SECONDS)
    except SignatureExpired:
        raise Refused("预览已超过 1 小时，请重新上传文件。") from None
    except (BadSignature, ValueError):
        raise Refused("预览内容无效，请重新上传文件。") from None
    return [sha256, name, bank_name]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        current_app.secret_key or "", salt=f"bank-file:{current_user.get_id()}"
    )
