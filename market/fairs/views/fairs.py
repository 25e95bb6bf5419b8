"""The list of fairs, and the page of one."""

from typing import Any

from flask import render_template, request, url_for
from flask_login import current_user

from market.core import clock
from market.core.access import DESK, Role, allow, public
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import page_of
from market.fairs import queries, services
from market.fairs.forms import (
    ActivityForm,
    DayForm,
    FairForm,
    InviteForm,
    MoneyForm,
    PhotoForm,
    ReasonForm,
    choices,
)
from market.fairs.models import Fair, FairState, StandState
from market.fairs.views.bp import bp, done, fair_or_404, kept, refused
from market.funds.queries import marketing
from market.funds.queries.figures import Figures
from market.ordering.queries import typed_number


@bp.get("")
@public
def index() -> Any:
    """List the fairs that whoever asks may see, with what each came to."""
    word = request.args.get("state", "")
    state = FairState(word) if word in set(FairState) else None
    person = current_user if current_user.is_authenticated else None
    page = page_of(
        db.session,
        queries.fairs_for(person, state=state),
        request.args.get("page", 1, int),
        size=12,
    )
    return render_template(
        "fairs/index.html",
        page=page,
        state=state,
        states=[(one.value, one.label) for one in FairState],
        outcomes=queries.outcomes(db.session, [fair.id for fair in page.items]),
        desk=person is not None and person.role in DESK,
        plans=person is not None and person.role is Role.COORDINATOR,
        published=FairState.REPORTED,
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.COORDINATOR)
def new() -> Any:
    """Plan a fair."""
    form = FairForm(starts_on=clock.today(), ends_on=clock.today())
    _offer(form)
    if form.validate_on_submit():
        try:
            fair = services.plan_fair(
                db.session, _planned(form), once_key=str(form.once.data), by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done("展销已立项，可以邀请供应商。", url_for(".show", number=fair.number))
    page = render_template("fairs/form.html", form=form, fair=None)
    return page, 422 if form.is_submitted() else 200


@bp.route("/<number>/edit", methods=["GET", "POST"])
@allow(Role.COORDINATOR)
def edit(number: str) -> Any:
    """Change a fair's plan before it opens."""
    fair = fair_or_404(number)
    form = FairForm(obj=fair)
    _offer(form)
    if form.validate_on_submit():
        try:
            services.change_fair(db.session, fair, _planned(form), by=current_user)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done("计划已修改。", url_for(".show", number=fair.number))
    page = render_template("fairs/form.html", form=form, fair=fair)
    return page, 422 if form.is_submitted() else 200


@bp.get("/<number>")
@public
def show(number: str) -> Any:
    """Show a fair: to everyone what is announced, to its people what is theirs to do."""
    return _page(fair_or_404(number))


@bp.post("/<number>/<any(announce, open, close):deed>")
@allow(Role.COORDINATOR)
def step(number: str, deed: str) -> Any:
    """Announce, open or close a fair."""
    fair = fair_or_404(number)
    here = url_for(".show", number=number)
    verb, said = {
        "announce": (services.announce, "已公布，所有人都能看到。"),
        "open": (services.open_fair, "已开幕，可以登记现场销售。"),
        "close": (services.close_fair, "已闭幕；补登销售、核实后提交成果表。"),
    }[deed]
    try:
        verb(db.session, fair, by=current_user)
    except Refused as refusal:
        return refused(refusal, here)
    return done(said, here)


@bp.post("/<number>/call-off")
@allow(Role.COORDINATOR)
def call_off(number: str) -> Any:
    """Call a fair off."""
    fair, form = fair_or_404(number), ReasonForm()
    if form.validate_on_submit():
        try:
            services.call_off(db.session, fair, form.reason.data or "", by=current_user)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done("已取消，并通知了供应商。", url_for(".show", number=number))
    return _page(fair_or_404(number), reason=form), 422


@bp.post("/<number>/money")
@allow(Role.COORDINATOR)
def ask_money(number: str) -> Any:
    """Ask for the fair's money as a marketing activity."""
    fair, form = fair_or_404(number), MoneyForm()
    if form.validate_on_submit():
        try:
            activity = services.propose_activity(
                db.session,
                fair,
                form.document_no.data or "",
                once_key=str(form.once.data),
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            to = url_for("funds.document", number=activity.agreement.number)
            return done("已生成经费申请草稿：上传活动方案，然后提交审批。", to)
    return _page(fair_or_404(number), money=form), 422


@bp.post("/<number>/activity")
@allow(Role.COORDINATOR)
def name_activity(number: str) -> Any:
    """Say which activity, asked for before, pays for the fair."""
    fair, form = fair_or_404(number), ActivityForm()
    if form.validate_on_submit():
        try:
            paper = typed_number(form.activity.data or "")
            activity = marketing.activity(db.session, paper)
            if activity is None:
                raise Refused("没有这个编号的营销活动，请到“营销经费”核对。", field="activity")
            services.name_activity(db.session, fair, activity, by=current_user)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done("经费活动已关联。", url_for(".show", number=number))
    return _page(fair_or_404(number), named=form), 422


@bp.post("/<number>/days")
@allow(Role.COORDINATOR)
def count_day(number: str) -> Any:
    """Say who came on a day."""
    fair, form = fair_or_404(number), DayForm()
    if form.validate_on_submit():
        assert form.held_on.data is not None
        try:
            services.count_day(
                db.session,
                fair,
                form.held_on.data,
                visitors=form.visitors.data or 0,
                purchasers=form.purchasers.data or 0,
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done("人次已登记。", url_for(".show", number=number, _anchor="days"))
    return _page(fair_or_404(number), day=form), 422


@bp.post("/<number>/photos")
@allow(Role.COORDINATOR)
def add_photo(number: str) -> Any:
    """Keep a photo of the fair."""
    fair, form = fair_or_404(number), PhotoForm()
    if form.validate_on_submit():
        try:
            photo = kept(form.photo.data, field="photo", images_only=True)
            services.add_photo(
                db.session, fair, photo, caption=form.caption.data or "", by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done("照片已上传。", url_for(".show", number=number, _anchor="photos"))
    return _page(fair_or_404(number), photo=form), 422


@bp.post("/<number>/photos/<token>/remove")
@allow(Role.COORDINATOR)
def remove_photo(number: str, token: str) -> Any:
    """Take a photo out of the result."""
    fair = fair_or_404(number)
    here = url_for(".show", number=number, _anchor="photos")
    try:
        services.remove_photo(db.session, fair, token, by=current_user)
    except Refused as refusal:
        return refused(refusal, here)
    return done("照片已移除。", here)


@bp.post("/<number>/stands")
@allow(Role.COORDINATOR)
def invite(number: str) -> Any:
    """Give a supplier a stand and ask it to come."""
    fair, form = fair_or_404(number), InviteForm()
    if form.validate_on_submit():
        asked = {one.code: one for one in queries.to_invite(db.session, fair)}
        try:
            supplier = asked.get(form.supplier.data or "")
            if supplier is None:
                raise Refused("请选择还没有邀请的供应商。", field="supplier")
            services.invite(
                db.session, fair, supplier, form.stand_number.data or "", by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done(
                "已邀请，并通知了供应商。", url_for(".show", number=number, _anchor="stands")
            )
    return _page(fair_or_404(number), invitation=form), 422


def _page(fair: Fair, **forms: Any) -> str:
    person = current_user if current_user.is_authenticated else None
    desk = person is not None and person.role in DESK
    coordinates = person is not None and person.role is Role.COORDINATOR
    open_to = fair.state is FairState.REPORTED
    rows = queries.stand_rows(db.session, fair)
    found = dict.fromkeys(("invitation", "reason", "money", "named", "day", "photo"))
    if coordinates:
        found = {
            "invitation": InviteForm(formdata=None),
            "reason": ReasonForm(formdata=None),
            "money": MoneyForm(formdata=None),
            "named": ActivityForm(formdata=None),
            "day": DayForm(formdata=None, held_on=clock.today()),
            "photo": PhotoForm(formdata=None),
        } | forms
        found["invitation"].supplier.choices = choices(
            [(one.code, one.name) for one in queries.to_invite(db.session, fair)], none="请选择"
        )
    return render_template(
        "fairs/show.html",
        fair=fair,
        rows=rows,
        stands=queries.stands_of(db.session, fair) if desk else (),
        own=queries.own_stand(db.session, person, fair) if person else None,
        outcome=queries.outcomes(db.session, [fair.id])[fair.id] if desk or open_to else None,
        days=queries.days_of(db.session, fair) if desk or open_to else (),
        photos=queries.photos_of(db.session, fair, public=not desk),
        figures=marketing.figures_of(db.session, fair.activity)
        if desk and fair.activity
        else Figures(),
        desk=desk,
        coordinates=coordinates,
        coming=StandState.ACCEPTED,
        **found,
    )


def _planned(form: FairForm) -> services.Planned:
    assert form.starts_on.data is not None
    assert form.ends_on.data is not None
    return services.Planned(
        name=form.name.data or "",
        starts_on=form.starts_on.data,
        ends_on=form.ends_on.data,
        host=form.host.data or "",
        co_host=form.co_host.data or "",
        is_online=bool(form.is_online.data),
        place=form.place.data or "",
        area_m2=form.area_m2.data or 0,
        line=form.line.data or "",
        asked_fen=int(form.asked_fen.data or 0),
    )


def _offer(form: FairForm) -> None:
    earmark = marketing.marketing_earmark(db.session)
    form.offer(list(earmark.cost_types) if earmark else [])
