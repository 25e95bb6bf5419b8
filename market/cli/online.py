"""Paying online, from the terminal: the stand-in beside the shop, and attempts left open."""

import os
from typing import Any

from sqlalchemy.orm import Session

from market.adapters.stripe import Cards, Rejected, StripeCards
from market.adapters.stripe.standin import StandIn
from market.cli.words import say
from market.core.errors import Refused
from market.payments import queries
from market.payments.services import (
    forget,
    reject_refund,
    settle,
    settle_refunds,
    wanted_refund,
)


def is_wanted(app: Any) -> bool:
    """Whether the demonstration has no other way to pay online."""
    return app.extensions["cards"] is None and not app.config["PRODUCTION"]


def start_standin(app: Any, *, host: str, port: str) -> StandIn:
    """Start the stand-in beside the shop, and let the shop take its payments there."""
    here = "127.0.0.1" if host in ("0.0.0.0", "::", "*") else host  # noqa: S104
    standin = StandIn(notify=f"http://{here}:{port}/payments/stripe/notices")
    standin.start(here, int(os.environ.get("MARKET_STANDIN_PORT", "8001")))
    app.extensions["cards"] = StripeCards(
        standin.key, standin.secret, base=standin.base, methods=app.config["ONLINE_METHODS"]
    )
    say(
        f"演示支付已启动：{standin.base} （代替收银台，不会真的扣款；打开它是演示支付后台，可以试退款和争议）"
    )
    return standin


def settle_left_open(session: Session, cards: Cards | None) -> None:
    """Ask the processor what came of the attempts whose time is over, and close their pages.

    One transaction each, and none while it is asked. An attempt that can't be asked
    about is tried again at the next run.
    """
    left = [(checkout, checkout.session_id) for checkout in queries.left_open(session)]
    session.commit()
    for checkout, session_id in left:
        if cards is None:
            say("有超时的在线支付待核对，但没有配置支付密钥。")
            return
        try:
            seen = cards.close(session_id) if session_id else None
            if seen is None:
                forget(session, checkout)
            else:
                settle(session, seen)
        except Refused as refusal:
            session.rollback()
            say(f"一次在线支付未能核对，下次再试：{refusal}")
        else:
            session.commit()


def send_refunds(session: Session, cards: Cards | None) -> int:
    """Send the refunds that go back online, and ask what came of those on their way; return how many.

    One transaction each, and none while the processor is asked. A run that broke off
    anywhere is made up for by the next: the processor makes each number once.
    """
    waiting = [(refund, wanted_refund(refund)) for refund in queries.refunds_to_send(session)]
    session.commit()
    if cards is None:
        if waiting:
            say("有在线退款待发出，但没有配置支付密钥。")
        return 0
    asked = 0
    for refund, wanted in waiting:
        try:
            settle_refunds(session, [cards.refund(wanted)])
        except Rejected as refusal:
            session.rollback()
            reject_refund(session, refund, str(refusal))
        except Refused as refusal:
            session.rollback()
            say(f"退款 {wanted.number} 未能发出，下次再试：{refusal}")
            continue
        session.commit()
        asked += 1
    return asked
