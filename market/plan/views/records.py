"""Report something done for an indicator, and decide it as another person."""

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask_login import current_user

from market.core.access import DESK, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.evidence.services import attach
from market.plan import queries, services
from market.plan.forms import DecideForm, RecordForm
from market.plan.models import Indicator, IndicatorRecord, Pair, RecordState
from market.plan.queries import Told
from market.plan.views.bp import bp
from market.plan.views.deeds import done

REPORTERS = (Role.COORDINATOR, Role.COUNTY)


def people_key() -> bytes:
    """Return the secret that people's digests are keyed with."""
    return str(current_app.secret_key).encode()


@bp.route("/indicators/<code>/new", methods=["GET", "POST"])
@allow(*REPORTERS)
def new_record(code: str) -> Any:
    """Report something done for an indicator."""
    indicator = queries.indicator_by_code(db.session, code) or abort(404)
    if not queries.may_report(indicator, current_user):
        abort(403)
    form = RecordForm()
    pairs = _pairs(form)

    def submit() -> tuple[str, str]:
        made = services.submit_record(
            db.session,
            indicator,
            _told(indicator, form, pairs),
            attached(form.files.data),
            once_key=form.once.data or "",
            by=current_user,
        )
        return f"已填报 {made.number}，核实后计入。", url_for(".record", number=made.number)

    return done(form, submit) or _form_page(code, form)


@bp.get("/records/<number>")
@allow(*DESK)
def record(number: str) -> Any:
    """Show one record with its evidence, and to whom it falls the buttons to decide it."""
    return _record_page(_record_or_404(number), DecideForm(formdata=None))


@bp.route("/records/<number>/edit", methods=["GET", "POST"])
@allow(*REPORTERS)
def edit_record(number: str) -> Any:
    """Correct a returned record and put it before the verifier again."""
    made = _record_or_404(number)
    if made.made_by_id != current_user.id:
        abort(403)
    if made.state is not RecordState.RETURNED:
        flash("只有被退回的记录可以修改。", "warning")
        return redirect(url_for(".record", number=number))
    form = RecordForm()
    pairs = _pairs(form)

    def resubmit() -> tuple[str, str]:
        told = _told(made.indicator, form, pairs)
        files = attached(form.files.data)
        services.resubmit_record(db.session, made, told, files, by=current_user)
        return f"{number} 已重新提交，核实后计入。", url_for(".record", number=number)

    if not form.is_submitted():
        _fill(form, made)
    return done(form, resubmit) or _form_page(made.indicator.our_code, form, made)


@bp.post("/records/<number>/verify")
@allow(Role.COORDINATOR)
def verify(number: str) -> Any:
    """Say that a record is true."""
    return _decide(
        number,
        "已核实，计入完成数。",
        lambda made, form: services.verify_record(
            db.session, made, version=form.version.data or 0, by=current_user
        ),
    )


@bp.post("/records/<number>/return")
@allow(Role.COORDINATOR)
def return_(number: str) -> Any:
    """Send a record back to its maker."""
    return _decide(
        number,
        "已退回，并通知填报人。",
        lambda made, form: services.return_record(
            db.session,
            made,
            version=form.version.data or 0,
            answer=form.answer.data or "",
            by=current_user,
        ),
    )


@bp.post("/records/<number>/reverse")
@allow(Role.COORDINATOR)
def reverse(number: str) -> Any:
    """Take a verified record back by a row of its own."""
    return _decide(
        number,
        "已冲销：原记录保留，另记一行相反的数。",
        lambda made, form: services.reverse_record(
            db.session, made, reason=form.answer.data or "", by=current_user
        ),
    )


def attached(uploads: Any, *, field: str = "files", images_only: bool = False) -> list[Attachment]:
    """Keep the files of a form, or refuse one of them beside its field."""
    found = []
    for upload in uploads or []:
        if not getattr(upload, "filename", ""):
            continue
        try:
            found.append(
                attach(
                    db.session,
                    current_app.extensions["files"],
                    upload.read(),
                    name=upload.filename,
                    by=current_user,
                    images_only=images_only,
                )
            )
        except Refused as refusal:
            raise Refused(f"“{upload.filename}”：{refusal}", field=field) from None
    return found


def _decide(number: str, said: str, deed: Any) -> Any:
    made, form = _record_or_404(number), DecideForm()

    def decide() -> tuple[str, str]:
        deed(made, form)
        return said, url_for(".record", number=number)

    return done(form, decide) or (_record_page(_record_or_404(number), form), 422)


def _record_page(made: IndicatorRecord, form: DecideForm) -> str:
    form.version.data = made.version
    return render_template(
        "plan/record.html",
        made=made,
        form=form,
        reversal=queries.reversal_of(db.session, made),
        repeated=queries.repeated_files(db.session, made),
        decides=queries.may_decide(made, current_user) and made.reverses_id is None,
        is_maker=made.made_by_id == current_user.id,
    )


def _record_or_404(number: str) -> IndicatorRecord:
    return queries.record_by_number(db.session, number) or abort(404)


def _pairs(form: RecordForm) -> list[Pair]:
    pairs = list(queries.every_pair(db.session))
    form.offer(pairs)
    return pairs


def _told(indicator: Indicator, form: RecordForm, pairs: list[Pair]) -> Told:
    happened_on = form.happened_on.data
    assert happened_on is not None  # The form requires it.
    people: str = form.people.data or ""
    return Told(
        happened_on=happened_on,
        value=form.value.data or 0,
        amount_fen=form.amount_fen.data or 0,  # type: ignore[arg-type]
        place=form.place.data or "",
        note=form.note.data or "",
        pair=next((p for p in pairs if f"{p.year}-{p.position}" == form.pair.data), None),
        digests=queries.digests_of(indicator, happened_on.year, people, key=people_key()),
        people=people,
    )


def _fill(form: RecordForm, made: IndicatorRecord) -> None:
    pair = made.pair
    form.fill(
        {
            "happened_on": made.happened_on,
            "pair": f"{pair.year}-{pair.position}" if pair else "",
            "value": made.value,
            "amount_fen": made.amount_fen or None,
            "place": made.place,
            "note": made.note,
        }
    )


def _form_page(code: str, form: RecordForm, made: IndicatorRecord | None = None) -> Any:
    indicator = queries.indicator_by_code(db.session, code)
    page = render_template("plan/record_form.html", indicator=indicator, form=form, made=made)
    return page, 422 if form.is_submitted() else 200
