"""The stand-in's back office, in the place of the processor's dashboard: refunds and disputes made there."""

from typing import Any

from flask import redirect, render_template_string, request

from market.adapters.stripe.standin.page import LOOKS
from market.adapters.stripe.standin.till import Till
from market.adapters.stripe.standin.wire import Wrong
from market.core import money
from market.core.errors import Refused

STATUSES = {
    "succeeded": "已完成",
    "processing": "在途",
    "pending": "处理中",
    "failed": "失败",
    "requires_payment_method": "失败",
    "needs_response": "待答复",
    "under_review": "审核中",
    "won": "胜诉",
    "lost": "败诉",
}

OFFICE = (
    """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>演示支付后台</title>
"""
    + LOOKS
    + """
</head>
<body>
<div class="mark">演示支付后台 · 不会真的动钱</div>
<main>
<h1>收到的付款</h1>
<p class="hint">代替支付机构的后台。这里办的退款和争议，像在真的后台一样只通知商城；重启后清空。</p>
{% if problem %}<p class="problem" role="alert">{{ problem }}</p>{% endif %}
{% for intent in intents %}
<section class="card">
<h2>{{ intent.metadata["order"] }} · {{ yuan(intent.amount) }} 元 · {{ statuses[intent.status] }}</h2>
<p class="hint">{{ intent.id }}；还可退 {{ yuan(left[intent.id]) }} 元</p>
{% for refund in refunds if refund.payment_intent == intent.id %}
<form method="post"><p>退款 {{ yuan(refund.amount) }} 元：{{ statuses[refund.status] }} <span class="hint">{{ refund.id }}</span></p>
<input type="hidden" name="thing" value="{{ refund.id }}">
{% if refund.status != "failed" %}<button class="plain" name="deed" value="fail">让这笔退款失败</button>{% endif %}</form>
{% endfor %}
{% for dispute in disputes if dispute.payment_intent == intent.id %}
<form method="post"><p>争议 {{ yuan(dispute.amount) }} 元：{{ statuses[dispute.status] }} <span class="hint">{{ dispute.id }}</span></p>
<input type="hidden" name="thing" value="{{ dispute.id }}">
{% if dispute.status in undecided %}<button class="plain" name="deed" value="under_review">已提交证据</button>
<button class="plain" name="deed" value="won">商城胜诉</button>
<button class="plain" name="deed" value="lost">商城败诉</button>{% endif %}</form>
{% endfor %}
{% if left[intent.id] %}
<form method="post">
<input type="hidden" name="thing" value="{{ intent.id }}">
<label>金额（元） <input name="yuan" inputmode="decimal" value="{{ yuan(left[intent.id]) }}"></label>
<button class="plain" name="deed" value="refund">在后台退款</button>
<button class="plain" name="deed" value="dispute">付款人提出争议</button>
</form>
{% endif %}
</section>
{% else %}<p>还没有付款。先在商城下单，选择在线支付。</p>{% endfor %}
</main>
</body>
</html>
"""
)


class Office(Till):
    """The till with a back office: a page on which a person does what the dashboard can."""

    def _office(self) -> Any:
        """Show every payment, and do what a button asks for."""
        problem = ""
        if request.method == "POST":
            try:
                with self._lock:
                    self._do(request.form.get("deed", ""), request.form.get("thing", ""))
                return redirect(request.path, 303)
            except Refused as refusal:
                problem = f"没有办成：{refusal}"
            except (Wrong, KeyError):
                problem = (
                    "没有办成：这笔付款正在争议中、已经退完，或已不在这里。请看下面现在的情况。"
                )
        with self._lock:
            page = render_template_string(
                OFFICE,
                intents=list(reversed(self._intents.values())),
                left={id_: self._left_of(intent) for id_, intent in self._intents.items()},
                refunds=list(self.refunds.values()),
                disputes=list(self.disputes.values()),
                undecided=("needs_response", "under_review"),
                statuses=STATUSES,
                yuan=money.yuan,
                problem=problem,
            )
        return page, 422 if problem else 200

    def _do(self, deed: str, thing: str) -> None:
        if deed == "refund":
            self.give_back(thing, self._asked_fen())
        elif deed == "dispute":
            self.dispute(thing, self._asked_fen())
        elif deed == "fail":
            self.finish(thing, ok=False)
        elif deed in ("under_review", "won", "lost"):
            self.judge(thing, deed)

    def _asked_fen(self) -> int:
        fen = money.parse_yuan(request.form.get("yuan", ""))
        if not 0 < fen <= self._left_of(self._intents[request.form["thing"]]):
            raise Refused("金额要大于 0，不超过还可退的金额。")
        return fen
