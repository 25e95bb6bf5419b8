"""The result sheet of a fair (成果表): on screen and to take away, submitted and checked."""

from typing import Any

from flask import abort, render_template, request, url_for
from flask_login import current_user

from market.adapters.downloads import download_table
from market.core.access import DESK, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.fairs import queries, services
from market.fairs.forms import AnswerForm, SubmitForm
from market.fairs.models import Fair, FairResult, FairState, ResultState
from market.fairs.views.bp import bp, done, fair_or_404, refused
from market.funds.queries import marketing
from market.funds.queries.figures import Figures
from market.reports.queries import goods_words, kept_of, result_table


@bp.get("/<number>/result")
@allow(*DESK)
def result(number: str) -> Any:
    """Show the result sheet, or give it as Excel, CSV or PDF."""
    return _page(fair_or_404(number), wanted=request.args.get("format"))


@bp.post("/<number>/result/submit")
@allow(Role.COORDINATOR)
def submit_result(number: str) -> Any:
    """Put the sheet before another coordinator."""
    here = url_for(".result", number=number)
    try:
        services.submit_result(db.session, fair_or_404(number), by=current_user)
    except Refused as refusal:
        return refused(refusal, here)
    return done("成果表已提交，由另一位统筹协调人员核对。", here)


@bp.post("/<number>/result/check")
@allow(Role.COORDINATOR)
def check_result(number: str) -> Any:
    """Say that the sheet is right, as it was seen."""
    fair, form = fair_or_404(number), SubmitForm()
    here = url_for(".result", number=number)
    try:
        services.check_result(
            db.session, fair, _submitted(fair), digest=form.digest.data or "", by=current_user
        )
    except Refused as refusal:
        return refused(refusal, here)
    return done("成果已核定，照片和成果向所有人公布。", here)


@bp.post("/<number>/result/return")
@allow(Role.COORDINATOR)
def return_result(number: str) -> Any:
    """Send the sheet back."""
    fair, form = fair_or_404(number), SubmitForm()
    if form.validate_on_submit():
        try:
            services.return_result(
                db.session, fair, _submitted(fair), answer=form.answer.data or "", by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done("已退回，并通知了提交人。", url_for(".result", number=number))
    return _page(fair_or_404(number), deciding=form), 422


@bp.post("/<number>/result/correct")
@allow(Role.COORDINATOR)
def correct_result(number: str) -> Any:
    """Open a checked result again."""
    fair, form = fair_or_404(number), AnswerForm()
    if form.validate_on_submit():
        try:
            services.correct_result(
                db.session, fair, reason=form.answer.data or "", by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            said = "已重新打开：改正后再次提交、核定；原来的成果表保留。"
            return done(said, url_for(".result", number=number))
    return _page(fair_or_404(number), correcting=form), 422


def _page(fair: Fair, *, wanted: str | None = None, **forms: Any) -> Any:
    outcome = queries.outcomes(db.session, [fair.id])[fair.id]
    rows = queries.stand_rows(db.session, fair)
    kept = kept_of(db.session, [fair.id])
    figures = marketing.figures_of(db.session, fair.activity) if fair.activity else Figures()
    if wanted in ("xlsx", "csv", "pdf"):
        return download_table(result_table(fair, outcome, rows, kept, figures), wanted)
    if wanted is not None:
        abort(404)
    fulfilled: dict[int, int] = {}
    for one in kept:
        stand_id = one.intention.stand_id
        fulfilled[stand_id] = fulfilled.get(stand_id, 0) + one.fulfilled_fen
    sheets = queries.results_kept(db.session, fair)
    last = sheets[0] if sheets else None
    waits = last if last and last.state is ResultState.SUBMITTED else None
    coordinates = current_user.role is Role.COORDINATOR
    return render_template(
        "fairs/result.html",
        fair=fair,
        outcome=outcome,
        rows=[(row, goods_words(row), fulfilled.get(row.stand.id, 0)) for row in rows],
        fulfilled_fen=sum(fulfilled.values()),
        kept=kept,
        buyers=queries.buyer_rows(db.session, fair),
        figures=figures,
        days=queries.days_of(db.session, fair),
        photos=queries.photos_of(db.session, fair),
        sheets=sheets,
        waits=waits,
        submits=coordinates and fair.state is FairState.CLOSED,
        checks=coordinates and waits is not None and waits.submitted_by_id != current_user.id,
        corrects=coordinates and fair.state is FairState.REPORTED,
        **{
            "deciding": SubmitForm(formdata=None, digest=waits.digest if waits else ""),
            "correcting": AnswerForm(formdata=None),
            **forms,
        },
    )


def _submitted(fair: Fair) -> FairResult:
    for sheet in queries.results_kept(db.session, fair):
        if sheet.state is ResultState.SUBMITTED:
            return sheet
    raise Refused("没有待核对的成果表，请刷新页面。")
