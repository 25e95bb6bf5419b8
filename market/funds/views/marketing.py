"""The marketing desk: the 20 万元 by line and activity, what they brought, and asking for more."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.core import clock
from market.core.access import allow
from market.core.db import db
from market.core.errors import Refused
from market.fairs.queries import fair_of_activity, outcomes
from market.funds import services
from market.funds.forms import ActivityForm, LinkForm, ReportForm
from market.funds.models import Activity
from market.funds.queries import marketing
from market.funds.queries.figures import Figures, figures
from market.funds.views.bp import READERS, WRITERS, bp
from market.ordering.queries import order_for, orders_of, results_of, typed_number

ALL = 0  # Stands for all activities together; no activity has this id.


@bp.get("/marketing")
@allow(*READERS)
def marketing_desk() -> Any:
    """Show the marketing budget: what is left, line by line, and what each activity brought for its cost."""
    earmark = marketing.marketing_earmark(db.session)
    costs = marketing.activities(db.session)
    linked = {cost.activity.id: cost.order_ids for cost in costs}
    every = [one for ids in linked.values() for one in ids]
    brought = results_of(db.session, {ALL: every, **linked})
    whole = figures(db.session).get(earmark.id, Figures()) if earmark else Figures()
    return render_template(
        "funds/marketing.html",
        earmark=earmark,
        whole=whole,
        lines=marketing.lines(earmark, costs) if earmark else [],
        costs=costs,
        brought=brought,
        every=brought[ALL],
        chart=_chart(marketing.lines(earmark, costs)) if earmark and costs else None,
        per_yuan=per_yuan,
        writes=current_user.role in WRITERS,
    )


@bp.route("/marketing/new", methods=["GET", "POST"])
@allow(*WRITERS)
def new_activity() -> Any:
    """Plan an activity and ask for its money; the agreement is then submitted like any other."""
    form = ActivityForm(starts_on=clock.today(), ends_on=clock.today())
    earmark = marketing.marketing_earmark(db.session)
    form.line.choices = [
        ("", "请选择"),
        *((name, name) for name in (earmark.cost_types if earmark else ())),
    ]
    if form.validate_on_submit():
        try:
            made = services.propose(
                db.session,
                services.Proposal(
                    name=form.name.data or "",
                    line=form.line.data or "",
                    starts_on=form.starts_on.data or clock.today(),
                    ends_on=form.ends_on.data or clock.today(),
                    amount_fen=int(form.amount_fen.data or 0),
                    document_no=form.document_no.data or "",
                    is_online=form.is_online.data,
                    place=form.place.data or "",
                    purpose=form.purpose.data or "",
                ),
                once_key=form.once.data or "",
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash("活动已登记；请上传活动方案，核对后提交审批。", "success")
            return redirect(url_for(".document", number=made.agreement.number), 303)
    page = render_template("funds/activity_new.html", form=form, earmark=earmark)
    return (page, 422) if request.method == "POST" else page


@bp.get("/marketing/<number>")
@allow(*READERS)
def activity(number: str) -> Any:
    """Show an activity: its money step by step, its report, and the orders it brought."""
    return _page(_activity_or_404(number))


@bp.post("/marketing/<number>/report")
@allow(*WRITERS)
def report_activity(number: str) -> Any:
    """Say what came of an activity."""
    one, form = _activity_or_404(number), ReportForm()
    if form.validate_on_submit():
        try:
            services.report(
                db.session,
                one,
                form.report.data or "",
                visitors=form.visitors.data or 0,
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash("总结已保存。", "success")
            return redirect(url_for(".activity", number=number), 303)
    return _page(_activity_or_404(number), report=form), 422


@bp.post("/marketing/<number>/orders")
@allow(*WRITERS)
def link_order(number: str) -> Any:
    """Say that an order came from an activity."""
    one, form = _activity_or_404(number), LinkForm()
    if form.validate_on_submit():
        order = order_for(db.session, current_user, typed_number(form.order.data or ""))
        try:
            if order is None:
                raise Refused("没有这个订单号，请到订单页面核对后重新填写。", field="order")
            services.link_order(db.session, one, order.id, by=current_user)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(f"订单 {order.number} 已挂到本活动。", "success")
            return redirect(url_for(".activity", number=number), 303)
    return _page(_activity_or_404(number), link=form), 422


@bp.post("/marketing/<number>/orders/<int:order_id>/remove")
@allow(*WRITERS)
def unlink_order(number: str, order_id: int) -> Any:
    """Take an order off an activity."""
    services.unlink_order(db.session, _activity_or_404(number), order_id, by=current_user)
    db.session.commit()
    flash("订单已取下。", "success")
    return redirect(url_for(".activity", number=number), 303)


def per_yuan(part: int, cost_fen: int) -> str:
    """Say how much came of each yuan that was spent, to a hundredth; a dash where none was."""
    return f"{part * 100 // cost_fen / 100:.2f}" if cost_fen else "—"


def _page(one: Activity, report: ReportForm | None = None, link: LinkForm | None = None) -> Any:
    ids = marketing.linked_orders(db.session, [one.id])[one.id]
    found = marketing.figures_of(db.session, one)
    fair = fair_of_activity(db.session, one.id)
    return render_template(
        "funds/activity.html",
        activity=one,
        figures=found,
        fair=fair,
        came=outcomes(db.session, [fair.id])[fair.id] if fair else None,
        documents=marketing.documents_under(db.session, one.agreement),
        orders=orders_of(db.session, ids),
        results=results_of(db.session, {ALL: ids})[ALL],
        report=report
        or ReportForm(formdata=None, report=one.report, visitors=one.visitors or None),
        link=link or LinkForm(formdata=None),
        per_yuan=per_yuan,
        writes=current_user.role in WRITERS,
    )


def _activity_or_404(number: str) -> Activity:
    return marketing.activity(db.session, number) or abort(404)


def _chart(lines: list[marketing.Line]) -> dict[str, Any]:
    """Draw what became of the money of each line: the parts make what is bound."""
    parts: tuple[tuple[str, str, Callable[[Figures], int]], ...] = (
        ("已验收", "done", lambda one: one.accepted_fen),
        ("已使用、未验收", "way", lambda one: one.spent_fen - one.accepted_fen),
        ("已签约、未使用", "target", lambda one: one.committed_fen - one.spent_fen),
    )
    return {
        "kind": "columns",
        "measure": "wan",
        "categories": [line.name for line in lines],
        "series": [
            {"name": name, "tone": tone, "values": [of(line.figures) for line in lines]}
            for name, tone, of in parts
        ],
    }
