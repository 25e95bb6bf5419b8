"""Whatever is typed into an address or a form, nobody is answered that it is our fault.

The real pages are walked as each kind of person, every form on them is sent with one
field at a time filled in oddly, and every address is asked for with odd words.
"""

import datetime as dt
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from market.accounts.models import Person
from market.app.protection import PlainRequest
from market.core.access import Role
from market.core.limits import limiter
from market.evidence.services import attach
from market.funds.models import Kind
from market.funds.services import propose
from market.ordering import services
from market.ordering.models import BuyingFor, ConsignmentState
from market.targets.models import AllocationRun, Basis
from market.targets.services import Frame, check_run, issue_run, make_run, submit_run
from tests import make, make_orders
from tests.browser.desk import ON_POSTGRES
from tests.fairs.held import fairs
from tests.funds import papers
from tests.funds.test_marketing import proposal
from tests.plan.papers import plan_in_every_state
from tests.targets import world

# Beyond 64 bits, and below nothing: each database has its own answer.
JUDGED_BY_BOTH = ("9" * 5000, "99999999999999999999", "-1")
# Too long for any column, no finite number, dates at both ends of the calendar, bytes that are no
# UTF-8, one letter that becomes eighteen: PostgreSQL is strict, SQLite takes them all.
STRICT: tuple[str | bytes, ...] = (
    "a\0b",
    b"\xff\xfe",
    "x" * 400,
    "1e400",
    "0001-01-01",
    "9999-12-31",
    "ﷺ" * 40,
)
# What is decided before a database is asked is tried on one of them.
PLAIN = ("", "  ", "0", "²", "0001-01", "9999-12", "//[", "😀")
ODD = (*JUDGED_BY_BOTH, *(STRICT if ON_POSTGRES else PLAIN))
SEARCHED = {"q", "name", "about"}
PARTS = ("0", "99999999999999999999", "9" * 5000, "x" * 300, "..", "a\0b", "😀", b"\xff", "²")
SEEN_OF_EACH = 6  # Pages of one kind that a person looks at: in other states they have other forms.

ANYONE = "anyone"


@dataclass(frozen=True)
class Filled:
    """A form as a page shows it."""

    path: str
    pairs: tuple[tuple[str, str], ...]


@pytest.fixture
def people(app: Flask, session: Any, sign_in: Any) -> dict[str, FlaskClient]:
    """A world with something to do for everybody, and everybody in it, signed in."""
    buyer = make.person(session)
    lead = make.person(session, role=Role.LEAD, unit=buyer.unit)
    make.person(session, unit=buyer.unit)
    shopper = make.person(session, role=Role.SHOPPER, unit=buyer.unit)
    supplier = make.supplier(session)
    vendor = make.supplier_person(session, supplier)
    sku = make.sku(
        session, product=make.product(session, supplier=supplier), stock_milli=900_000_000
    )
    weighed = make.weighed_sku(session, product=make.product(session, supplier=supplier))
    for state in ConsignmentState:
        if state not in (ConsignmentState.DECLINED, ConsignmentState.CANCELLED):
            part = make_orders.consignment(
                session, buyer, (sku, 2000), (weighed, 5000), state=state
            )
    for answered in (False, True):
        claim = services.make_claim(
            session,
            part.lines[0],
            milli=1000,
            reason="破损",
            photo=None,
            once_key=make_orders.once(),
            by=buyer,
        )
        if answered:
            services.answer_claim(session, claim, agree=False, answer="完好", by=vendor)
            services.escalate_claim(session, claim, by=buyer)
    make_orders.order(session, buyer, (sku, 300_000), opened=False)
    make_orders.order(session, shopper, (sku, 1000), opened=False)
    for person in (buyer, shopper):
        services.set_line(session, by=person, sku=sku, milli=1000)
    services.choose_buying_for(session, BuyingFor.CANTEEN, by=buyer)
    named = {"canteen": buyer, "lead": lead, "shopper": shopper, "supplier": vendor}
    named["county"] = money_of_the_plan(session)
    fairs(session, vendor, lead)
    named["coordinator"] = plan_in_every_state(session, named["county"])
    for role in Role:
        if role.value not in named:
            named[role.value] = make.person(session, role=role)
    targets_divided(app, session, named["coordinator"])
    world.counted_in_every_state(session, buyer, named["coordinator"])
    return {ANYONE: app.test_client(), **{word: sign_in(one) for word, one in named.items()}}


def targets_divided(app: Flask, session: Any, maker: Person) -> None:
    """Leave a run that its maker may calculate, one to check, one to issue, and one issued."""
    colleague = make.person(session, role=Role.COORDINATOR)
    units = [make.unit(session) for _ in range(2)]
    frame = Frame(1_000_00, 100_00, dt.date(2026, 1, 1), "统一分解")
    paper = attach(session, app.extensions["files"], b"%PDF-1.7 x", name="x.pdf", by=maker)

    def run(by: Person) -> AllocationRun:
        return make_run(session, frame, year=2026, basis=Basis.DINERS, units=units, by=by)

    issued, draft, other, checked = run(maker), run(maker), run(colleague), run(maker)
    assert draft.version == 1
    for one, by in ((issued, maker), (other, colleague), (checked, maker)):
        submit_run(session, one, by=by)
    for one in (issued, checked):
        check_run(session, one, seen_version=1, by=colleague)
    issue_run(
        session,
        issued,
        document_no="演示〔2026〕1号",
        document_on=dt.date(2026, 1, 1),
        attachment=paper,
        by=maker,
    )


def money_of_the_plan(session: Any) -> Person:
    """Leave documents of the plan's money in the states that have forms; return who wrote them."""
    earmarks, offices = papers.open_ledger(session), papers.offices(session)
    agreement = papers.ready(session, offices, earmarks["01"], 100 * papers.WAN)
    papers.effective(session, offices, Kind.DISBURSEMENT, 60 * papers.WAN, agreement=agreement)
    papers.drafted(session, offices, Kind.CLAIM, agreement=agreement)
    papers.submitted(session, offices, Kind.CLAIM, agreement=agreement)
    approved = papers.submitted(session, offices, Kind.DISBURSEMENT, agreement=agreement)
    papers.approve(session, approved, offices)
    propose(session, proposal(), once_key="odd", by=offices.lead)
    return offices.clerk


class Noting(PlainRequest.parameter_storage_class):  # type: ignore[misc]
    """What was typed, which notes the words that a page asks it for."""

    asked: ClassVar[set[str]] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)

    def getlist(self, key: str, type: Any = None) -> Any:
        self.asked.add(key)
        return super().getlist(key, type)


class NotingRequest(PlainRequest):
    """A request whose page's words are noted."""

    parameter_storage_class = Noting


def test_odd_words_in_an_address_do_no_harm(app, people, broken, monkeypatch):
    """Each page is given the words that it asks for, until it asks for no other."""
    monkeypatch.setattr(app, "request_class", NotingRequest)
    found = set[str]()
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint == "static":
            continue
        client = people[_first_allowed(app, rule.endpoint)]
        path = re.sub(r"<[^>]*>", "1", rule.rule)
        known = set[str]()
        Noting.asked.clear()
        broken(client.get(path), f"GET {rule.rule}")
        while not Noting.asked <= known:
            known |= Noting.asked
            for odd in ODD:
                words = urlencode([(word, odd) for word in sorted(known)])
                broken(client.get(f"{path}?{words}"), f"GET {rule.rule} with {odd[:20]!r}")
            for word in sorted(known & SEARCHED):  # SQLite looks for no pattern as long as this.
                answer = client.get(f"{path}?{word}={'_' * 60_000}")
                broken(answer, f"GET {rule.rule} with a very long {word}")
        found |= known
    assert len(found) > 40, "few words were found"


def test_odd_parts_of_an_address_do_no_harm(app, people, broken):
    for rule in app.url_map.iter_rules():
        if not rule.arguments or rule.endpoint == "static":
            continue
        client = people[_first_allowed(app, rule.endpoint)]
        method = "GET" if "GET" in rule.methods else "POST"
        for odd in PARTS:
            path = re.sub(r"<[^>]*>", lambda _, odd=odd: quote(odd), rule.rule)
            broken(client.open(path, method=method), f"{method} {rule.rule} with {odd[:20]!r}")


def test_odd_values_in_a_form_do_no_harm(app, people, broken):
    sent, tried = 0, set[Any]()
    for client, form in _forms(app, people):
        endpoint = _endpoint(app, form.path, "POST")
        for place, (name, _) in enumerate(form.pairs):
            # Of a form with many fields each gets half of them, its neighbour the others; what
            # such a form with other fields beside was sent is not sent again.
            for odd in ODD if len(form.pairs) < 3 else ODD[place % 2 :: 2]:
                if (endpoint, _kind(name), odd) in tried:
                    continue
                tried.add((endpoint, _kind(name), odd))
                limiter.reset()
                pairs = [pair for pair in form.pairs if pair[0] != name]
                pairs += [(name, odd), (name, odd)] if place % 2 else [(name, odd)]
                answer = client.post(
                    form.path,
                    data=urlencode(pairs),
                    content_type="application/x-www-form-urlencoded",
                    headers={"Referer": "http://["},
                )
                broken(answer, f"POST {form.path} with {name}={odd[:20]!r}")
                sent += 1
        # What a form lacks is decided before a database is asked.
        for left_out in set() if ON_POSTGRES else {name for name, _ in form.pairs}:
            pairs = [pair for pair in form.pairs if pair[0] != left_out]
            broken(client.post(form.path, data=dict(pairs)), f"POST {form.path} without {left_out}")
        names = {name: "x" for name, _ in form.pairs}
        strange = names | {f"{name.partition('-')[0]}-²-{name}": "x" for name in names}
        broken(client.post(form.path, data=strange), f"POST {form.path} with strange names")
    assert sent > 1000, "few forms were found"


@pytest.fixture
def broken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that notes an answer that says it is our fault; none may be noted."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    faults: list[str] = []

    def note(answer: Any, what: str) -> None:
        if answer.status_code >= 500:
            faults.append(f"{answer.status_code} {what}")
        answer.close()

    yield note
    assert not faults, "\n".join(faults)


def _first_allowed(app: Flask, endpoint: str) -> str:
    roles = app.view_functions[endpoint].roles  # type: ignore[attr-defined]
    if roles is None:
        return ANYONE
    # Whoever writes, where anyone may: an inspector only reads.
    order = [Role.COORDINATOR, *(role for role in Role if role is not Role.INSPECTOR)]
    return next(role.value for role in order if role in roles)


def _forms(app: Flask, people: dict[str, FlaskClient]) -> Iterator[tuple[FlaskClient, Filled]]:
    """Find the forms on all pages that each person reaches by links, each kind of form once."""
    known, files = set[Any](), set[Any]()
    for role, client in people.items():
        if role == Role.INSPECTOR.value:
            continue  # Who only reads has nothing to send: tests/test_access.py.
        for path, page in _pages(app, client, files):
            for form in _forms_on(path, page):
                names = tuple(sorted(_kind(name) for name, _ in form.pairs))
                kind = (_endpoint(app, form.path, "POST"), names)
                if kind not in known and kind[0] != "accounts.sign_out":
                    known.add(kind)
                    yield client, form


def _kind(name: str) -> str:
    """Return a field's name without the number of what it belongs to."""
    return re.sub(r"\d{2,}|(?<=[A-Z])\d+|(?<=-)\d+(?=-)", "N", name)


def _pages(app: Flask, client: FlaskClient, files: set[Any]) -> Iterator[tuple[str, str]]:
    """Give what links lead this person to; what is a file, in one form, is for all."""
    rules = [rule for rule in app.url_map.iter_rules() if not rule.arguments]
    ahead = [rule.rule for rule in rules if "GET" in rule.methods]
    known, seen = set(ahead), dict[str, int]()
    while ahead:
        path = ahead.pop(0)
        endpoint = _endpoint(app, path, "GET")
        seen[endpoint] = seen.get(endpoint, 0) + 1
        form = (endpoint, "format=" in path)
        if seen[endpoint] > SEEN_OF_EACH or form in files:
            continue
        answer = client.get(path)
        if answer.mimetype != "text/html" or answer.status_code != 200:
            if answer.status_code == 200:
                files.add(form)
            answer.close()
            continue
        yield path, answer.text
        for link in re.findall(r'<a\b[^>]*\bhref="(/[^"#]*)', answer.text):
            if html.unescape(link) not in known:
                known.add(html.unescape(link))
                ahead.append(html.unescape(link))


def _forms_on(path: str, page: str) -> Iterator[Filled]:
    for attributes, inside in re.findall(r"<form\b([^>]*)>(.*?)</form>", page, re.DOTALL):
        if _attribute(attributes, "method").lower() != "post":
            continue
        pairs = []
        for kind, given, text in re.findall(
            r"<(input|select|button|textarea)\b([^>]*)>([^<]*)", inside
        ):
            name = _attribute(given, "name")
            if name and name != "csrf_token":  # Tests turn its check off.
                value = text.strip() if kind == "textarea" else _attribute(given, "value")
                # What is empty is filled in, so that the one odd value gets past the others.
                likely = "2026-01-01" if _attribute(given, "type") == "date" else "1"
                pairs.append((name, html.unescape(value) or likely))
        yield Filled(_attribute(attributes, "action") or path, tuple(pairs))


def _attribute(attributes: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', attributes)
    return html.unescape(found[1]) if found else ""


def _endpoint(app: Flask, path: str, method: str) -> str:
    return str(app.url_map.bind("").match(urlsplit(path).path, method=method)[0])
