"""The plan's money in the demonstration world: 2020 as it might have gone, through the real services."""

import datetime as dt
import functools
import heapq
import itertools
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.files import Files
from market.adapters.pdf import to_pdf
from market.core import clock
from market.core.access import Role
from market.evidence.services import attach as keep_file
from market.funds import services
from market.funds.models import (
    RULES,
    Activity,
    ActivityOrder,
    Decision,
    Document,
    DocumentState,
    Earmark,
    Kind,
    steps_of,
)
from market.notices.services import mark_read
from market.ordering.models import Order, OrderState
from market.plan.services.loading import fen

DATA = Path(__file__).parents[1] / "data" / "demo_funds.toml"
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
TWO_RATES_FEN = fen("400")  # From here on money is sent in two rates: 30 % to begin with.
LINKED = 12  # Orders that an activity is said to have brought.
SETTLED = ("01", "04", "13")  # Of the earmarks whose money was all accepted.
SETTLED_ON = dt.date(2021, 1, 20)

Deed = Callable[[], None]


class Funds:
    """What became of the 23 earmarks, deed by deed in the order of time."""

    def __init__(self, session: Session, files: Files, people: dict[str, Person]) -> None:
        self._session = session
        self._files = files
        self._people = people
        self._told = tomllib.loads(DATA.read_text("utf-8"))
        self._agenda: list[tuple[dt.datetime, int, Deed]] = []
        self._numbers = itertools.count(1)
        self._signed: dict[int, set[int]] = {}
        self.proof = to_pdf(
            "demo_proof",
            {
                "title": "演示附件",
                "text": "此处在实际使用时是加盖公章的原件扫描件。本文件为演示而制，不证明任何事项。",
            },
        )
        with clock.set_to(clock.start_of(self._told["opened"]) + 9 * HOUR):
            services.load_earmarks(session)
        found = session.scalars(sa.select(Earmark))
        self._earmarks = {earmark.code: earmark for earmark in found}
        self._plan()

    def deeds(self) -> Iterator[None]:
        """Do one deed after the other, each at its time."""
        while self._agenda:
            instant, _, deed = heapq.heappop(self._agenda)
            with clock.set_to(instant):
                deed()
            yield

    def _at(self, instant: dt.datetime, deed: Deed) -> None:
        heapq.heappush(self._agenda, (instant, next(self._numbers), deed))

    def _on(self, day: dt.date, deed: Deed) -> None:
        self._at(clock.start_of(day) + 9 * HOUR, deed)

    def _plan(self) -> None:
        frame, given, over = (
            self._told[name] for name in ("framework", "appropriation", "carry_over")
        )
        total_fen = sum(earmark.amount_fen for earmark in self._earmarks.values())
        self._on(
            frame["on"],
            lambda: self._write(
                Kind.FRAMEWORK,
                "两江新区与彭水自治县对口帮扶协议（演示）",
                total_fen,
                number=frame["number"],
            ),
        )
        for earmark in self._earmarks.values():
            self._on(given["on"], functools.partial(self._hand_down, earmark, given["number"]))
        for row in self._told["earmark"]:
            self._on(row["starts"], functools.partial(self._bind, row))
        for row in self._told["activity"]:
            self._on(row["on"] - 20 * DAY, functools.partial(self._propose, row))
        for code in ("06", "07"):
            self._on(over["on"], functools.partial(self._carry, code, over["number"]))
        for code in SETTLED:
            self._on(SETTLED_ON, functools.partial(self._settle, code))
        self._at(clock.now() - 4 * DAY, self._leave_work)

    # The way of one earmark's money.

    def _hand_down(self, earmark: Earmark, number: str) -> None:
        self._write(
            Kind.APPROPRIATION,
            f"下达{earmark.project.name}资金（演示）",
            earmark.amount_fen,
            number=number,
            earmark=earmark,
        )

    def _bind(self, row: dict[str, Any]) -> None:
        earmark = self._earmarks[row["code"]]
        bound, sent, spent, accepted = (
            earmark.amount_fen * percent // 100 for percent in row["percent"]
        )

        def go_on(agreement: Document) -> None:
            rates = [sent * 30 // 100, sent] if sent >= TWO_RATES_FEN else [sent]
            before = 0
            for place, upto in enumerate(rates):
                self._later(
                    6 + 40 * place,
                    Kind.DISBURSEMENT,
                    f"{earmark.project.name}第{'一二'[place]}笔拨付（演示）",
                    upto - before,
                    agreement=agreement,
                )
                before = upto
            last = 30 + 40 * len(rates)
            self._later(
                last, Kind.CLAIM, f"{earmark.project.name}报账（演示）", spent, agreement=agreement
            )
            self._later(
                last + 20,
                Kind.ACCEPTANCE,
                f"{earmark.project.name}验收（演示）",
                accepted,
                agreement=agreement,
            )

        self._write(
            Kind.AGREEMENT,
            f"{earmark.project.name}项目协议（演示）",
            bound,
            number=f"演示彭帮协〔2020〕{row['code']}号",
            earmark=earmark,
            then=go_on,
        )

    def _propose(self, row: dict[str, Any]) -> None:
        by = self._clerk(self._earmarks["17"])
        activity = services.propose(
            self._session,
            services.Proposal(
                name=row["name"],
                line=row["line"],
                starts_on=row["on"],
                ends_on=row["on"] + (row["days"] - 1) * DAY,
                amount_fen=fen(row["wan"]),
                document_no=f"演示彭商〔2020〕{next(self._numbers)}号",
                is_online=not row["place"],
                place=row["place"],
                purpose="帮助彭水农特产品销售（演示）",
            ),
            once_key=f"demo-{next(self._numbers)}",
            by=by,
        )
        agreement = activity.agreement

        def go_on(_: Document) -> None:
            spent, line = fen(row["spent_wan"]), row["line"]
            self._later(
                3, Kind.DISBURSEMENT, f"{row['name']}经费", fen(row["wan"]), agreement=agreement
            )
            self._later(
                36, Kind.CLAIM, f"{row['name']}报账", spent, agreement=agreement, cost_type=line
            )
            self._later(46, Kind.ACCEPTANCE, f"{row['name']}验收", spent, agreement=agreement)
            if row["report"]:
                self._at(clock.now() + 40 * DAY, lambda: self._report(activity, row))

        self._prove(agreement)
        self._go(agreement, go_on)

    def _report(self, activity: Activity, row: dict[str, Any]) -> None:
        """Say what came of it, and link some orders of those weeks to it."""
        begin, end = row["on"], row["on"] + (row["days"] + 30) * DAY
        orders = self._session.scalars(
            sa.select(Order.id)
            .where(
                Order.state == OrderState.COMPLETED,
                Order.placed_at >= clock.start_of(begin),
                Order.placed_at < clock.start_of(end),
                Order.id.not_in(sa.select(ActivityOrder.order_id)),
            )
            .order_by(Order.id)
            .limit(LINKED)
        ).all()
        for order_id in orders:
            services.link_order(self._session, activity, order_id, by=activity.made_by)
        services.report(
            self._session,
            activity,
            row["report"],
            visitors=row["visitors"],
            by=activity.made_by,
        )

    def _carry(self, code: str, number: str) -> None:
        earmark = self._earmarks[code]
        self._write(
            Kind.CARRY_OVER,
            f"{earmark.project.name}资金结转 2021 年（演示）",
            0,
            number=number,
            earmark=earmark,
            reason="项目完成时间为 2021 年，未完部分继续实施。",
        )

    def _settle(self, code: str) -> None:
        earmark = self._earmarks[code]
        self._write(
            Kind.SETTLEMENT,
            f"{earmark.project.name} 2020 年决算（演示）",
            0,
            number=f"演示彭财决〔2021〕{code}号",
            earmark=earmark,
        )

    def _leave_work(self) -> None:
        """Let something wait for each who works with the money; what was told before is read."""
        for person in self._people.values():
            if person.role in (Role.COUNTY, Role.FUND_OFFICER):
                mark_read(self._session, by=person)
        school = self._agreement("07")
        given: dict[str, Any] = {"agreement": school, "year": 2021}
        self._write(Kind.CLAIM, "县城两江小学装修工程报账（演示）", fen("60"), until=0, **given)
        self._write(Kind.DISBURSEMENT, "县城两江小学尾款拨付（演示）", fen("80"), until=1, **given)
        self._write(Kind.RETURN, "县城两江小学多拨款退回（演示）", fen("5"), until=9, **given)

    # How a document goes its way.

    def _later(self, days: int, kind: Kind, title: str, amount_fen: int, **given: Any) -> None:
        if amount_fen:
            instant = clock.now() + days * DAY
            self._at(instant, lambda: self._write(kind, title, amount_fen, **given))

    def _write(
        self,
        kind: Kind,
        title: str,
        amount_fen: int,
        *,
        number: str = "",
        then: Callable[[Document], None] | None = None,
        until: int | None = None,
        cost_type: str = "",
        **given: Any,
    ) -> None:
        """Write a document and let it go its way; ``until`` says after how many signatures it stops."""
        agreement, earmark = given.get("agreement"), given.get("earmark")
        owner = agreement.earmark if agreement else earmark
        if kind is Kind.CLAIM:
            assert owner is not None
            given["invoices"] = [
                services.Invoice(
                    cost_type=cost_type or owner.cost_types[0],
                    payee="彭水县某某公司（演示）",
                    invoice_code="050002000111",
                    invoice_number=f"{next(self._numbers):08}",
                    invoice_on=clock.today(),
                    amount_fen=amount_fen,
                )
            ]
        by = self._maker(kind, owner)
        content = services.Content(
            title=title,
            occurred_on=clock.today(),
            amount_fen=amount_fen,
            document_no=number,
            **{"reason": "演示"} | given,
        )
        document = services.draft(
            self._session, kind, content, once_key=f"demo-{next(self._numbers)}", by=by
        )
        self._prove(document)
        self._go(document, then, until=until)

    def _prove(self, document: Document) -> None:
        for purpose in RULES[document.kind].evidence:
            # A comment at the end of a PDF makes it another file.
            content = self.proof + f"\n% {document.number} {purpose}\n".encode()
            file = keep_file(
                self._session,
                self._files,
                content,
                name=f"{purpose.label}（演示）.pdf",
                by=document.made_by,
            )
            services.attach(self._session, document, file, purpose, by=document.made_by)

    def _go(
        self,
        document: Document,
        then: Callable[[Document], None] | None = None,
        *,
        until: int | None = None,
    ) -> None:
        services.submit(self._session, document, by=document.made_by)
        steps = steps_of(document.kind, document.amount_fen)
        for place, role in enumerate(steps[:until]):
            self._at(clock.now() + (place + 1) * DAY, functools.partial(self._sign, document, role))
        if until is None and RULES[document.kind].paid:
            self._at(clock.now() + (len(steps) + 1) * DAY, lambda: self._pay(document))
        if then is not None:
            self._at(clock.now() + (len(steps) + 2) * DAY, lambda: then(document))

    def _sign(self, document: Document, role: Role) -> None:
        signed = self._signed.setdefault(document.id, {document.made_by_id})
        by = next(
            person
            for person in self._people.values()
            if person.role is role and person.id not in signed
        )
        services.decide(
            self._session, document, Decision.APPROVE, seen_sha256=document.body_sha256, by=by
        )
        signed.add(by.id)

    def _pay(self, document: Document) -> None:
        officers = (one for one in self._people.values() if one.role is Role.FUND_OFFICER)
        services.pay(
            self._session,
            document,
            paid_on=clock.today(),
            bank_serial=f"演示{next(self._numbers):06}",
            by=next(one for one in officers if one.id != document.made_by_id),
        )

    def _maker(self, kind: Kind, earmark: Earmark | None) -> Person:
        makers = RULES[kind].makers
        if Role.COUNTY in makers and earmark is not None:
            return self._clerk(earmark)
        role = Role.COORDINATOR if Role.COORDINATOR in makers else Role.FUND_OFFICER
        return next(person for person in self._people.values() if person.role is role)

    def _clerk(self, earmark: Earmark) -> Person:
        return next(
            person
            for person in self._people.values()
            if person.role is Role.COUNTY and person.agency == earmark.department
        )

    def _agreement(self, code: str) -> Document:
        return self._session.scalars(
            sa.select(Document).where(
                Document.kind == Kind.AGREEMENT,
                Document.state == DocumentState.EFFECTIVE,
                Document.earmark_id == self._earmarks[code].id,
            )
        ).one()
