"""Read bulletins: the months of a year, one as a paper, the rows behind its figures, its files."""

from typing import Any

from flask import abort, current_app, render_template, request, url_for
from flask_login import current_user

from market.adapters.downloads import download, download_table, stored
from market.core import clock
from market.core.access import DESK, OVERSEERS, UNIT_BUYERS, Role, allow, public
from market.core.db import db
from market.core.paging import page_of
from market.ordering.queries import SEE_ALL
from market.reports.forms import AnswerForm
from market.reports.models import Bulletin, BulletinState, FileKind, Section
from market.reports.queries import year_in
from market.reports.queries.bulletins import (
    SHOWN,
    Line,
    Measure,
    Only,
    Orders,
    Part,
    WantedBehind,
    bulletin_for,
    bulletin_table,
    bulletins_of_unit,
    corrections,
    credits_of_figure,
    entries_of_figure,
    figure_of_lines,
    file_name,
    lines_of_figure,
    months_with_bulletins,
    note_of,
    orders_of_figure,
    paragraphs,
    proof_of,
    published,
    report_for,
    sum_of_lines,
)
from market.reports.views.bp import bp
from market.reports.views.groups import paged


@bp.get("/bulletins")
@allow(*UNIT_BUYERS, *DESK)
def bulletins() -> Any:
    """List the months of a year with their bulletins; to a unit those that it stands in."""
    if current_user.role in UNIT_BUYERS:
        page = page_of(
            db.session,
            bulletins_of_unit(current_user.unit_id or 0),
            request.args.get("page", 1, int),
        )
        return render_template(
            "reports/bulletins_of_unit.html",
            page=page,
            corrected=corrections(db.session, page.items),
        )
    year = year_in(request.args)
    present = clock.today().year
    months = months_with_bulletins(db.session, year)
    sees_all = current_user.role in OVERSEERS
    return render_template(
        "reports/bulletins.html",
        year=year,
        years=sorted({present, present - 1, 2020, year}, reverse=True),
        months=months,
        sees_all=sees_all,
        makes=current_user.role is Role.COORDINATOR,
        corrected={
            one.corrects_id: one
            for month in months
            for one in month.bulletins
            if one.corrects_id and one.state is BulletinState.ISSUED
        },
    )


@bp.get("/bulletins/<ref>")
@allow(*UNIT_BUYERS, *DESK)
def bulletin(ref: str) -> Any:
    """Show a bulletin as a paper, with what may be done next."""
    return bulletin_page(bulletin_or_404(ref))


@bp.get("/bulletins/<ref>/rows")
@allow(*UNIT_BUYERS, *DESK)
def bulletin_rows(ref: str) -> Any:
    """List the rows behind a figure of a bulletin; they sum to it.

    Single orders are for those who see every order; a unit's people see its own credits.
    """
    one, wanted = bulletin_or_404(ref), WantedBehind.read(request.args)
    if not _opens(wanted.figure, wanted.unit):
        abort(404)
    report = report_for(db.session, one)
    number = request.args.get("page", 1, int)
    page: Any
    given: dict[str, Any] = {
        "bulletin": one,
        "wanted": wanted,
        "report": report,
        "about": report.line_of(wanted.unit),
        "names": {line.code: line.name for line in report.lines},
    }
    match wanted.figure:
        case "credits":
            page, fen = credits_of_figure(
                db.session, one, wanted, reader=current_user, number=number
            )
        case "targets":
            page, fen = entries_of_figure(db.session, one, wanted, number=number)
        case "orders":
            rows, fen = orders_of_figure(report, wanted)
            page = paged(rows)
        case "units":
            lines = lines_of_figure(report, wanted)
            page, fen = paged(lines), 0
            given |= {
                "total": sum_of_lines(lines, report.time),
                "gap_fen": sum(line.gap_fen for line in lines),
                "figure": figure_of_lines(report, wanted, lines),
            }
        case _:
            abort(404)
    return render_template("reports/bulletin_rows.html", page=page, sum_fen=fen, **given)


@bp.get("/bulletins/<ref>/proof")
@allow(*DESK)
def bulletin_proof(ref: str) -> Any:
    """Compute an issued bulletin again from the ledgers, and compare it with what is kept."""
    one = bulletin_or_404(ref)
    if one.state is not BulletinState.ISSUED:
        abort(404)
    proof = proof_of(db.session, current_app.extensions["files"], one)
    return render_template("reports/bulletin_proof.html", bulletin=one, proof=proof)


@bp.get("/bulletins/<ref>/file.<any(pdf, xlsx, csv):form>")
@allow(*UNIT_BUYERS, *DESK)
def bulletin_file(ref: str, form: str) -> Any:
    """Give an issued bulletin's file as it was kept, or its table; of a draft only the table."""
    one = bulletin_or_404(ref)
    if one.state is BulletinState.ISSUED and form != "csv":
        return _kept(one, FileKind(form))
    table = bulletin_table(report_for(db.session, one))
    return download_table(table, form, file_name(one, form).removesuffix(f".{form}"))


@bp.get("/published")
@public
def published_bulletins() -> Any:
    """List the bulletins that are for everyone."""
    page = page_of(db.session, published(), request.args.get("page", 1, int))
    return render_template(
        "reports/published.html", page=page, corrected=corrections(db.session, page.items)
    )


@bp.get("/published/<ref>")
@public
def published_bulletin(ref: str) -> Any:
    """Show a bulletin to everyone: without what is unpaid, which is between a unit and its suppliers."""
    one = _published_or_404(ref)
    return render_template("reports/published_one.html", **_paper(one, is_public=True))


@bp.get("/published/<ref>/file.<any(pdf, xlsx):form>")
@public
def published_file(ref: str, form: str) -> Any:
    """Give the public file of a bulletin."""
    return _kept(_published_or_404(ref), FileKind(f"public_{form}"))


def bulletin_page(one: Bulletin, form: AnswerForm | None = None, deed: str = "") -> Any:
    """Show a bulletin; ``form`` is what was typed for a ``deed`` (return, correct) that was refused."""
    coordinates = current_user.role is Role.COORDINATOR
    writers = (one.made_by_id, one.edited_by_id, one.submitted_by_id)
    state = one.state
    given = _paper(one)
    corrected = given["corrected"]
    stands = state is BulletinState.ISSUED and (
        corrected is None or corrected.state is not BulletinState.ISSUED
    )
    return render_template(
        "reports/bulletin.html",
        **given,
        form=form or AnswerForm(formdata=None),
        deed=deed,
        edits=coordinates and one.is_editable,
        submits=coordinates and one.is_editable and one.month_is_over(clock.today()),
        issues=coordinates and state is BulletinState.SUBMITTED and current_user.id not in writers,
        waits=coordinates and state is BulletinState.SUBMITTED and current_user.id in writers,
        returns=coordinates and state is BulletinState.SUBMITTED,
        sends=coordinates and stands and one.sent_at is None,
        corrects=coordinates and state is BulletinState.ISSUED and corrected is None,
        desk=current_user.role in DESK,
    )


def bulletin_or_404(ref: str) -> Bulletin:
    """Return a bulletin that this person may read."""
    return bulletin_for(db.session, current_user, ref) or abort(404)


def _published_or_404(ref: str) -> Bulletin:
    return db.session.scalars(published(ref)).unique().one_or_none() or abort(404)


def _paper(one: Bulletin, *, is_public: bool = False) -> dict[str, Any]:
    """Return what the page of a bulletin is made of, its figures with the addresses behind them."""
    report = report_for(db.session, one)
    desk = not is_public and current_user.role in DESK
    corrected = corrections(db.session, [one]).get(one.id)
    if corrected is not None and corrected.state is not BulletinState.ISSUED and not desk:
        corrected = None
    own = None if is_public else current_user.unit
    return {
        "bulletin": one,
        "report": report,
        "sections": [
            (section, _linked(one, paragraphs(report, one.text[section]), desk))
            for section in Section
        ],
        "page": paged(list(report.lines)),
        "note": note_of(report, with_unpaid=not is_public),
        "channels": SHOWN,
        "corrected": corrected,
        "behind": _address(one, is_public=is_public),
        "own": own.code if own and not desk else "",
        "rate": Measure.RATE,
        "difference": Measure.DIFFERENCE,
        "rank": Measure.RANK,
        "only": Only,
        "unpaid": Orders.UNPAID,
    }


def _linked(
    one: Bulletin, lines: list[list[Part]], desk: bool
) -> list[list[tuple[str, str | None]]]:
    return [
        [
            (
                part.text,
                _rows_url(one, dict(part.behind))
                if part.behind and desk and _opens(part.behind["figure"], "")
                else None,
            )
            for part in parts
        ]
        for parts in lines
    ]


def _opens(figure: str, code: str) -> bool:
    """Whether this person may open the rows behind a figure of a unit, or without a code of all."""
    if current_user.role in DESK:
        return figure != "orders" or current_user.role in SEE_ALL
    return figure == "credits" and code == current_user.unit.code


def _rows_url(one: Bulletin, words: dict[str, Any]) -> str:
    return url_for(".bulletin_rows", ref=one.ref, **words)


def _address(one: Bulletin, *, is_public: bool) -> Any:
    """Return how a table names the address behind a figure: to a unit its own credits alone."""

    def address(line: Line, figure: str, **words: Any) -> str | None:
        if is_public or not _opens(figure, line.code):
            return None
        return _rows_url(one, {"figure": figure, "unit": line.code or None, **words})

    return address


def _kept(one: Bulletin, kind: FileKind) -> Any:
    """Give a file's bytes as they were kept."""
    kept = next((file.attachment for file in one.files if file.kind is kind), None) or abort(404)
    return download(stored(kept.file.sha256), file_name(one, kind.suffix))
