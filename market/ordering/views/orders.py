"""Pages that show orders to those who placed them and those who oversee them."""

import datetime as dt
import io
from collections.abc import Mapping
from typing import Any

from flask import (
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_login import current_user

from market.adapters.spreadsheets import Table, to_xlsx
from market.core import clock, money
from market.core.access import BUYERS, DESK, OVERSEERS, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import page_of
from market.ordering import queries, services
from market.ordering.forms.buyers import CancelForm
from market.ordering.models import (
    BuyingFor,
    Consignment,
    ConsignmentState,
    Order,
    OrderState,
    Terms,
)
from market.ordering.queries.effects import effect_on
from market.ordering.views.bp import bp
from market.payments.forms import CreditForm
from market.payments.models import Method, Refund
from market.payments.queries import (
    Ledger,
    Paid,
    acts_for,
    details_of,
    disputes_of,
    fate_of,
    ledger_of,
    owed_again_of,
    payable_of,
    running_checkouts,
    takeable_lines,
)
from market.payments.services import RECORDERS, forget, settle
from market.targets.queries import FIRST_YEAR, LAST_YEAR

MOST_ROWS = 20_000
FILTER = ("q", "state", "purpose", "month")
READERS = (*BUYERS, *OVERSEERS, Role.FUND_OFFICER)


@bp.get("/orders")
@allow(*READERS)
def index() -> Any:
    """List the orders this person may see, with their sum."""
    wanted = wanted_of(request.args)
    select = queries.orders_for(db.session, current_user, wanted)
    return render_template(
        "ordering/index.html",
        page=page_of(db.session, select, request.args.get("page", 1, int)),
        total_fen=queries.sum_for(db.session, current_user, wanted),
        wanted=wanted,
        states=[(state.value, state.label) for state in OrderState],
        purposes=[(purpose.value, purpose.label) for purpose in BuyingFor],
        shown_state=queries.shown_state,
        kept={word: request.args[word] for word in FILTER if word in request.args},
    )


@bp.get("/orders.xlsx")
@allow(*READERS)
def export() -> Any:
    """Give the orders that the list shows as a workbook, with their sum."""
    wanted = wanted_of(request.args)
    select = queries.orders_for(db.session, current_user, wanted)
    orders = db.session.scalars(select.limit(MOST_ROWS)).unique().all()
    today = clock.today()
    made = io.BytesIO(to_xlsx(_table(orders, today)))
    return send_file(made, download_name=f"订单_{today:%Y%m%d}.xlsx", as_attachment=True)


@bp.get("/orders/<number>")
@allow(*READERS)
def show(number: str) -> Any:
    """Show one order: where it stands, its goods, its money, and what it does for the target."""
    return _order_page(_order_or_404(number), CancelForm())


@bp.post("/orders/<number>/cancel")
@allow(*BUYERS)
def cancel(number: str) -> Any:
    """Call the order off."""
    order = _order_or_404(number)
    form = CancelForm()
    if not form.validate_on_submit():
        return _order_page(order, form), 422
    try:
        services.cancel_order(db.session, order, reason=form.reason.data or "", by=current_user)
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _order_page(_order_or_404(number), form), 422
    db.session.commit()
    _close_pages(order)
    flash("订单已取消，库存已退回；已付的款项将原路退回。", "success")
    return redirect(url_for(".show", number=number))


@bp.post("/orders/<number>/reorder")
@allow(*BUYERS)
def reorder(number: str) -> Any:
    """Copy the order's lines to the cart."""
    left_out = services.reorder(db.session, _order_or_404(number), by=current_user)
    db.session.commit()
    for sentence in left_out:
        flash(sentence, "warning")
    flash("已按这个订单加入购物车，价格以今天为准，请核对后提交。", "info")
    return redirect(url_for(".cart"))


def wanted_of(given: Mapping[str, str]) -> queries.Wanted:
    """Return what the filter of a list asks for; words it doesn't know are left out."""
    state, purpose = given.get("state", ""), given.get("purpose", "")
    return queries.Wanted(
        state=OrderState(state) if state in set(OrderState) else None,
        buying_for=BuyingFor(purpose) if purpose in set(BuyingFor) else None,
        month=_month(given.get("month", "")),
        search=queries.typed_number(given.get("q", ""))[:20],
    )


def next_step(order: Order) -> str:
    """Return in words what happens next, and who does it."""
    state = queries.shown_state(order)
    if state is OrderState.OPEN:
        return _next_of_parts({part.state for part in order.consignments})
    return {
        OrderState.SUBMITTED: "等待本单位负责人审批，通过后供应商开始备货。",
        OrderState.AWAITING_PAYMENT: "请在截止时间前付款，收款确认后供应商开始备货。",
        OrderState.COMPLETED: "订单已完成；验收后发现问题，可以在期限内申请售后。",
        OrderState.RETURNED: f"审批退回：{order.decision_reason}。修改后可以再次购买。",
        OrderState.EXPIRED: "超过付款期限，订单已关闭，库存已退回；可以再次购买。",
        OrderState.CANCELLED: f"订单已取消：{order.closed_reason}。",
    }[state]


def _next_of_parts(states: set[ConsignmentState]) -> str:
    for state, words in (
        (ConsignmentState.SHIPPED, "已发货，到货后请逐项验收。"),
        (ConsignmentState.INSPECTED, "已验收，等待本单位另一位人员复核签字。"),
        (ConsignmentState.WAITING, "等待供应商接单。"),
        (ConsignmentState.ACCEPTED, "供应商已接单，正在备货。"),
    ):
        if state in states:
            return words
    return "各供应商部分均已处理完毕。"


def _close_pages(order: Order) -> None:
    """Close the pages on which an order that was called off could still be paid.

    No transaction stands open while the processor is asked; whatever it can't be told
    now is left to ``expire-orders``. What was paid in between waits to go back.
    """
    cards = current_app.extensions["cards"]
    left = [(one, one.session_id or "") for one in running_checkouts(db.session, order)]
    db.session.commit()
    for checkout, session_id in left if cards else []:
        try:
            seen = cards.close(session_id)
            if seen is None:
                forget(db.session, checkout)
            else:
                settle(db.session, seen)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            current_app.logger.warning("a page to pay on was left open: %s", refusal)


def _order_page(order: Order, form: CancelForm) -> Any:
    ledger = ledger_of(db.session, order)
    counting = [line for part in order.consignments for line in part.lines if line.counts]
    pending_fen = sum(
        queries.expected_of(line)
        for line in counting
        if line.consignment.state not in queries.FINAL
    )
    if queries.shown_state(order) not in queries.ALIVE:
        pending_fen = 0
    return render_template(
        "ordering/show.html",
        order=order,
        state=queries.shown_state(order),
        next_step=next_step(order),
        stages=_stages(order),
        events=_events(order, ledger),
        ledger=ledger,
        disputes=_disputes(ledger),
        form=form,
        claims=queries.claims_by_line(
            db.session, [line for part in order.consignments for line in part.lines]
        ),
        may_receive=queries.may_receive(order, current_user),
        claim_deadline=queries.claim_deadline,
        counted_fen=sum((line.accepted_fen or 0) - line.claimed_fen for line in counting),
        pending_fen=pending_fen,
        effect=effect_on(db.session, order.unit_id, pending_fen) if counting else None,
        **_money_of(order, ledger),
        **_permissions(order),
    )


def _disputes(ledger: Ledger) -> Any:
    """Return the disputes about an order's payments, for those who answer them."""
    online = [
        paid.payment for paid in ledger.payments if paid.payment.method is not Method.TRANSFER
    ]
    return disputes_of(db.session, online) if online and current_user.role in DESK else []


def _money_of(order: Order, ledger: Ledger) -> dict[str, Any]:
    """Return the rows of an order's money, and what of it this person may move."""
    details = details_of(db.session, order, ledger)
    theirs = acts_for(current_user, order)
    owed_fen = payable_of(order, ledger) if theirs else 0
    credit_fen = details.credit_fen
    covers = credit_fen >= owed_fen or order.terms is Terms.ON_ACCOUNT
    return {
        "rows": details.rows,
        "may_pay": owed_fen > 0,
        "from_credit_fen": min(credit_fen, owed_fen) if covers else 0,
        "may_keep": theirs or current_user.role in RECORDERS,
        "may_refund": _may_refund(order, ledger),
        "owed_again_fen": owed_again_of(order, ledger),
        "keep_form": CreditForm(formdata=None),
    }


def _may_refund(order: Order, ledger: Ledger) -> bool:
    """Whether this person could give anything back of an order now: too much, or accepted goods."""
    if current_user.role not in RECORDERS:
        return False
    takes_back = bool(ledger.applied_fen or owed_again_of(order, ledger))
    takes_back = takes_back and current_user.role is Role.COORDINATOR
    return bool(ledger.give_back_fen) or (takes_back and bool(takeable_lines(order)))


def _permissions(order: Order) -> dict[str, bool]:
    """Return which of the page's buttons this person may press now."""
    alive = queries.shown_state(order) in queries.ALIVE
    return {
        "may_cancel": alive
        and queries.may_cancel(order, current_user)
        and queries.is_unshipped(order),
        "may_decide": order.state is OrderState.SUBMITTED
        and queries.may_decide(order, current_user),
        "may_record": current_user.role in RECORDERS,
        "may_reorder": current_user.role in BUYERS,
    }


def _stages(order: Order) -> tuple[list[str], int] | None:
    """Return the way of an order that is still on it, and how much of it is behind."""
    state = queries.shown_state(order)
    if state not in {*queries.ALIVE, OrderState.COMPLETED}:
        return None
    names = ["提交", "接单", "发货", "验收"]
    if order.terms is Terms.PREPAID:
        names.insert(1, "付款")
    elif order.decided_at or state is OrderState.SUBMITTED:
        names.insert(1, "审批")
    past = 1
    if state in (OrderState.OPEN, OrderState.COMPLETED):
        way = [
            ConsignmentState.WAITING,
            ConsignmentState.ACCEPTED,
            ConsignmentState.SHIPPED,
            ConsignmentState.RECEIVED,
        ]
        reached = [
            way.index(ConsignmentState.SHIPPED)
            if part.state is ConsignmentState.INSPECTED
            else way.index(part.state)
            for part in order.consignments
            if part.state not in queries.UNDELIVERED
        ]
        past = len(names) - 3 + min(reached, default=0)
    return names, past


def _events(order: Order, ledger: Ledger) -> list[dict[str, Any]]:
    """Return what happened to an order, oldest first."""
    events = [_event(order.placed_at, "提交订单", order.placed_by.name)]
    if order.decided_at:
        returned = order.state is OrderState.RETURNED
        by = order.decided_by.name if order.decided_by else ""
        title = "审批退回" if returned else "审批通过"
        events.append(_event(order.decided_at, title, by, order.decision_reason))
    events += [_payment_event(payment, order) for payment in ledger.payments]
    events += [_refund_event(refund) for refund in ledger.refunds]
    for part in order.consignments:
        events += _part_events(part)
    if order.closed_at:
        title = "超时关闭" if order.state is OrderState.EXPIRED else "订单取消"
        by = order.closed_by.name if order.closed_by else "系统"
        events.append(_event(order.closed_at, title, by, order.closed_reason))
    return sorted(events, key=lambda event: event["at"])


def _part_events(part: Consignment) -> list[dict[str, Any]]:
    happened = [
        (part.accepted_at, "供应商接单", ""),
        (part.shipped_at, "供应商发货", f"，{part.carrier} {part.tracking}"),
        (part.received_at, "验收完成", ""),
    ]
    return [_event(at, title, "", part.supplier.name + text) for at, title, text in happened if at]


def _payment_event(paid: Paid, order: Order) -> dict[str, Any]:
    payment, state = paid.payment, fate_of(paid, order)
    text = f"{money.yuan(payment.amount_fen)} 元，{state.label}"
    return _event(
        payment.recorded_at,
        f"{payment.method.label}登记"
        if payment.recorded_by
        else f"在线付款：{payment.method.label}",
        payment.recorded_by.name if payment.recorded_by else "系统",
        text,
    )


def _refund_event(refund: Refund) -> dict[str, Any]:
    text = f"{money.yuan(refund.amount_fen)} 元，{refund.cause.label}，{refund.state.label}"
    return _event(refund.made_at, f"退款 {refund.number}", "", text)


def _event(at: dt.datetime, title: str, by: str, text: str = "") -> dict[str, Any]:
    return {"at": at, "title": title, "by": by, "text": text}


def _table(orders: Any, today: dt.date) -> Table:
    return Table(
        title="订单",
        note=f"截至 {today}，金额单位：元；共 {len(orders)} 个订单",
        columns=[
            ("订单编号", "text"),
            ("下单时间", "instant"),
            ("采购单位", "text"),
            ("采购用途", "text"),
            ("下单人", "text"),
            ("状态", "text"),
            ("付款方式", "text"),
            ("下单金额（元）", "yuan"),
        ],
        rows=[
            [
                order.number,
                order.placed_at,
                order.unit.name if order.unit else "社会购买者",
                order.buying_for.label,
                order.placed_by.name,
                queries.shown_state(order).label,
                order.terms.label,
                order.total_fen,
            ]
            for order in orders
        ],
        total=["合计", None, None, None, None, None, None, sum(o.total_fen for o in orders)],
    )


def _month(text: str) -> dt.date | None:
    try:
        first = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    # At either end of the calendar a month has no beginning or no end in UTC.
    return first if FIRST_YEAR <= first.year <= LAST_YEAR else None


def _order_or_404(number: str) -> Order:
    return queries.order_for(db.session, current_user, number) or abort(404)
