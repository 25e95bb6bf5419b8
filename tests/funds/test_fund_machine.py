"""The plan's money in any order, with a rogue, period ends, crashes and two workers: no fen is lost.

A story is drawn from one seed, which the failure prints. After each step the balances are
exactly what a second, plain bookkeeping says, and all that ``Watch`` looks after holds
(``test_watch`` plants a fault for each of its checks); at the end of each story everything
that ``verify`` proves is proved. ``MARKET_FUND_STEPS`` says how many steps; make test takes
few of them, docs/guarantees.md says how many were run.

A crash is a transaction that ends before it is committed. The workers' sessions keep what
they read, so that one acts on what the other has changed. The clock goes on by hours and jumps by
months, over the ends of years.
"""

import contextlib
import datetime as dt
import os
import random
from collections import Counter

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.funds import services
from market.funds.models import (
    RULES,
    Decision,
    Document,
    DocumentState,
    Earmark,
    Kind,
    Stage,
    steps_of,
)
from market.funds.queries import checks
from market.funds.queries.figures import figures, total
from tests import make
from tests.conftest import empty
from tests.funds import papers
from tests.funds.papers import WAN
from tests.funds.watch import LATE, PLAN_FEN, WAYS, Watch

STEPS = int(os.environ.get("MARKET_FUND_STEPS", "1200"))
STORY = 400
FIRST = (Kind.APPROPRIATION, *[Kind.AGREEMENT] * 3, Kind.REALLOCATION)
BOUND = (
    *FIRST,
    Kind.AMENDMENT,
    Kind.DECOMMITMENT,
    *[Kind.DISBURSEMENT] * 5,
    *[Kind.CLAIM] * 4,
    *[Kind.ACCEPTANCE] * 3,
    Kind.RETURN,
)
AMOUNTS = (1, 3 * WAN, 3 * WAN, 20 * WAN, 20 * WAN, 55 * WAN, 120 * WAN)
CODES = ("01", "02")
DEEDS = (
    *["somebody_writes"] * 7,
    *["somebody_signs"] * 18,
    *["somebody_pays"] * 5,
    "somebody_takes_back",
    "somebody_submits_again",
    "somebody_reverses",
    *["a_rogue_tries"] * 3,
    "a_year_ends",
    "months_pass",
)


class Book:
    """A second bookkeeping: what stands where, by (earmark, year, agreement, stage, held)."""

    def __init__(self, amounts):
        self.stands = Counter()
        for earmark_id, fen in amounts.items():
            self.stands[earmark_id, 2020, None, Stage.PLANNED, False] = fen

    def shift(self, moves, source_held, target_held):
        for (source, target), fen in moves:
            self.stands[(*source, source_held)] -= fen
            self.stands[(*target, target_held)] += fen


@pytest.fixture
def machine(app, session):
    """The machine's class, on the test's database."""
    # So that each worker goes on with what it read before the other changed it.
    session.expire_on_commit = False
    other = Session(session.get_bind(), expire_on_commit=False)

    class Funds(RuleBasedStateMachine):
        @initialize(seed=st.integers(0, 2**64))
        def a_plan_and_its_people(self, seed):
            note(f"seed {seed}")
            self.chance = random.Random(seed)
            self.at = clock.start_of(dt.date(2020, 3, 2))
            session.rollback()
            other.rollback()
            session.expunge_all()
            other.expunge_all()
            empty(session.connection())
            # Not in the past: other tests are given the same rows.
            earmarks = papers.open_ledger(session)
            with clock.set_to(self.at):
                self.begin(earmarks)

        def begin(self, earmarks):
            people = papers.offices(session)
            rogue = make.person(session, name="某人", role=self.chance.choice(list(Role)[4:]))
            session.flush()
            self.people = [one.id for one in vars(people).values()] + [rogue.id]
            self.files = [papers.file(session, people.clerk).id for _ in range(4)]
            self.earmarks = [earmarks[code].id for code in CODES]
            self.book = Book({one.id: one.amount_fen for one in earmarks.values()})
            self.asked, self.done, self.number, self.held = {}, {}, 0, []
            for one in (earmarks[code] for code in CODES):
                given = papers.effective(
                    session, people, Kind.APPROPRIATION, one.amount_fen - 5 * WAN, earmark=one
                )
                self.done[given.id] = self.moves(given)
                self.book.shift(self.done[given.id], False, False)
            self.watch = Watch(session)
            session.commit()

        @rule()
        def something_happens(self):
            # Two workers, each with a session that holds what may be stale by now.
            self.worker = self.chance.choice((session, other))
            self.at += dt.timedelta(minutes=self.chance.randint(1, 600))
            with clock.set_to(self.at):
                getattr(self, self.chance.choice(DEEDS))()
            self.worker.commit()

        # What people do.

        def somebody_writes(self):
            bound = self.some(DocumentState.EFFECTIVE, Kind.AGREEMENT) is not None
            kind = self.chance.choice(BOUND if bound else FIRST)
            self.write(kind, self.chance.choice(self.earmarks), self.year())

        def write(self, kind, earmark_id, year):
            by = self.of_role(*RULES[kind].makers)
            said = {"year": year, "amount_fen": self.chance.choice(AMOUNTS)}
            if RULES[kind].under_agreement:
                said["agreement"] = self.some(DocumentState.EFFECTIVE, Kind.AGREEMENT)
            elif kind is Kind.REVERSAL:
                said["target"] = self.some(DocumentState.EFFECTIVE)
            else:
                said["earmark"] = self.worker.get(Earmark, earmark_id)
            if kind is Kind.REALLOCATION:
                others = [one for one in self.earmarks if one != earmark_id]
                said["to_earmark"] = self.worker.get(Earmark, others[0])
            if kind is Kind.CLAIM:
                same = f"{self.chance.randint(0, 9) if self.chance.random() < 0.2 else self.next()}"
                said["invoices"] = [
                    papers.invoice(said["amount_fen"], invoice_number=same, invoice_code="1")
                ]

            def draft_and_submit():
                document = services.draft(
                    self.worker,
                    kind,
                    papers.content(kind, **{"fen": 1} | said),
                    once_key=f"m{self.next()}",
                    by=by,
                )
                for place, purpose in enumerate(RULES[kind].evidence):
                    attachment = self.worker.get(Attachment, self.files[place])
                    services.attach(self.worker, document, attachment, purpose, by=by)
                services.submit(self.worker, document, by=by)
                return document

            document = self.tries(draft_and_submit)
            if document is not None:
                self.hold(document)

        def somebody_signs(self):
            document = self.some(DocumentState.SUBMITTED)
            if document is None:
                return
            by = self.worker.get(Person, self.chance.choice(self.people))
            if self.chance.random() < 0.8:
                by = self.of_role(*steps_of(document.kind, document.amount_fen))
            decision = self.chance.choice([*[Decision.APPROVE] * 12, *Decision])

            def sign():
                services.decide(
                    self.worker,
                    document,
                    decision,
                    seen_sha256=document.body_sha256,
                    note="因故",
                    duplicates_seen=self.chance.random() < 0.9,
                    by=by,
                )
                return document

            self.follow(self.tries(sign))

        def somebody_pays(self):
            document = self.some(DocumentState.APPROVED)
            if document is None:
                return
            by = self.of_role(Role.FUND_OFFICER)
            if self.chance.random() < 0.2:
                done = self.tries(
                    lambda: (
                        services.call_off(self.worker, document, reason="因故", by=by) or document
                    )
                )
            else:
                serial = f"S{self.chance.randint(0, 400)}"
                paid_on = clock.today()
                done = self.tries(
                    lambda: (
                        services.pay(
                            self.worker, document, paid_on=paid_on, bank_serial=serial, by=by
                        )
                        or document
                    )
                )
            self.follow(done)

        def somebody_takes_back(self):
            document = self.some(DocumentState.SUBMITTED)
            if document is not None:
                self.follow(
                    self.tries(
                        lambda: (
                            services.recall(self.worker, document, by=document.made_by) or document
                        )
                    )
                )

        def somebody_submits_again(self):
            document = self.some(DocumentState.DRAFT, DocumentState.RETURNED)
            if document is not None:
                self.follow(
                    self.tries(
                        lambda: (
                            services.submit(self.worker, document, by=document.made_by) or document
                        )
                    )
                )

        def somebody_reverses(self):
            self.write(Kind.REVERSAL, None, 2020)

        def months_pass(self):
            """The clock jumps, now and then over the end of a year, which moves no money by itself."""
            self.at += dt.timedelta(days=self.chance.randint(20, 120))

        def a_year_ends(self):
            kind = self.chance.choice((Kind.CARRY_OVER, Kind.SETTLEMENT, Kind.SURRENDER))
            if self.chance.random() < 0.3:
                self.write(kind, self.chance.choice(self.earmarks), self.year())

        def a_rogue_tries(self):
            """Somebody does what is not theirs: signs their own, signs twice, another body, an old state."""
            document = self.some(*DocumentState)
            if document is None:
                return
            by = self.chance.choice([document.made_by, self.worker.get(Person, self.people[-1])])
            deed = self.chance.choice(
                [
                    lambda: services.decide(
                        self.worker,
                        document,
                        Decision.APPROVE,
                        seen_sha256=document.body_sha256,
                        duplicates_seen=True,
                        by=by,
                    ),
                    lambda: services.decide(
                        self.worker, document, Decision.APPROVE, seen_sha256="0" * 64, by=by
                    ),
                    lambda: services.pay(
                        self.worker,
                        document,
                        paid_on=clock.today(),
                        bank_serial="R",
                        by=document.made_by,
                    ),
                    lambda: services.submit(
                        self.worker, document, by=self.worker.get(Person, self.people[-1])
                    ),
                    lambda: services.discard(
                        self.worker, document, by=self.worker.get(Person, self.people[-1])
                    ),
                ]
            )
            self.follow(self.tries(lambda: (deed(), document)[1]))

        # How it is done, and kept in the second book.

        def tries(self, deed):
            """Do something in a transaction of its own; a refusal or a crash changes nothing."""
            crash = self.chance.random() < 0.1
            with contextlib.suppress(Refused):
                done = deed()
                if crash:
                    self.worker.rollback()
                    return None
                self.worker.commit()
                return done
            self.worker.rollback()
            return None

        def hold(self, document):
            moves = self.done[document.id] = self.moves(document)
            self.asked[document.id] = (document.version, moves)
            self.book.shift(moves, False, True)
            for (source, _), fen in moves:
                # A hold stands beside the place that it came from.
                self.book.stands[(*source, True)] += fen
            for (_, target), fen in moves:
                self.book.stands[(*target, True)] -= fen

        def follow(self, document):
            """Keep in the second book what became of a document."""
            if document is None:
                return
            if document.id not in self.asked:
                # Its own maker may submit again what was returned.
                if document.state is DocumentState.SUBMITTED:
                    self.hold(document)
                return
            if document.state in (DocumentState.SUBMITTED, DocumentState.APPROVED):
                return
            _, moves = self.asked.pop(document.id)
            if document.state is DocumentState.EFFECTIVE:
                self.book.shift(moves, True, False)
            else:
                for (source, _), fen in moves:
                    self.book.stands[(*source, True)] -= fen
                    self.book.stands[(*source, False)] += fen

        def moves(self, document):
            """Say by the words of the plan what a document asks for: not by the code under test."""
            year, earmark = document.year, document.earmark_id
            under = document.id if document.kind is Kind.AGREEMENT else document.agreement_id

            def at(stage, earmark=earmark, year=year):
                return (earmark, year, under if stage in LATE else None, stage)

            if document.kind is Kind.CARRY_OVER:
                return [
                    (((*place[:4],), (place[0], year + 1, *place[2:4])), fen)
                    for place, fen in self.book.stands.items()
                    if fen
                    and place[0] == earmark
                    and place[1] == year
                    and not place[4]
                    and place[3] not in (Stage.ACCEPTED, Stage.SURRENDERED)
                ]
            if document.kind is Kind.SETTLEMENT:
                return []
            if document.kind is Kind.REVERSAL:
                return [
                    ((target, source), fen)
                    for (source, target), fen in self.done[document.target_id]
                ]
            source, target = WAYS[document.kind]
            there = document.to_earmark_id or earmark
            return [((at(source), at(target, there)), document.amount_fen)]

        def year(self):
            """The first year, and once money was carried over as often the next."""
            next_year = any(place[1] > 2020 for place in self.book.stands)
            return 2021 if next_year and self.chance.random() < 0.5 else 2020

        def some(self, *states_and_kinds):
            states = [one for one in states_and_kinds if isinstance(one, DocumentState)]
            kinds = [one for one in states_and_kinds if isinstance(one, Kind)]
            found = self.worker.scalars(
                sa.select(Document.id)
                .where(Document.state.in_(states), Document.kind.in_(kinds or list(Kind)))
                .order_by(Document.id)
            ).all()
            if not found:
                return None
            document = self.worker.get(Document, self.chance.choice(found))
            self.held.append(document)
            self.worker.commit()
            return document

        def of_role(self, *roles):
            found = [self.worker.get(Person, one) for one in self.people]
            self.held += found
            fitting = [one for one in found if one.role in roles] or found
            return self.chance.choice(fitting)

        def next(self):
            self.number += 1
            return self.number

        # What holds after each step.

        @invariant()
        def all_holds_and_the_balances_are_those_of_the_second_book(self):
            if not hasattr(self, "book"):
                return
            other.commit()
            self.watch.look(session)
            session.commit()
            assert self.watch.stands == {
                place: fen for place, fen in self.book.stands.items() if fen
            }

        def teardown(self):
            """At the end of a story, prove all that ``verify`` proves."""
            session.rollback()
            other.rollback()
            session.expunge_all()
            faults = [
                *checks.verify_earmarks(session),
                *checks.verify_balances(session),
                *checks.verify_moves(session),
                *checks.verify_holds(session),
                *checks.verify_documents(session),
            ]
            assert faults == []
            for one in figures(session).values():
                chain = (
                    one.budget_fen,
                    one.appropriated_fen,
                    one.committed_fen,
                    one.disbursed_fen,
                    one.spent_fen,
                    one.accepted_fen,
                )
                assert list(chain) == sorted(chain, reverse=True)
            assert total(figures(session).values()).budget_fen == PLAN_FEN
            for document in session.scalars(
                sa.select(Document).where(Document.state == DocumentState.EFFECTIVE)
            ):
                assert steps_of(document.kind, document.amount_fen)
            session.rollback()

    yield Funds
    other.close()


def test_no_fen_is_lost_whatever_happens(machine):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max(1, STEPS // STORY),
            stateful_step_count=STORY,
            suppress_health_check=list(HealthCheck),
            # One seed is the whole story: it can't be made simpler.
            phases=[Phase.generate],
            print_blob=True,
        ),
    )
