"""What must hold of the plan's money after each step: a second reading of its tables, by other means.

A ``Watch`` replays the entries and transfers that came since it last looked, and compares all
that is kept with what came out. It asks neither the rules nor the queries under test, but for
who signs (``steps_of``).
"""

import datetime as dt
from collections import Counter, defaultdict

import sqlalchemy as sa

from market.core import clock
from market.funds.models import (
    Account,
    Act,
    Approval,
    Decision,
    Document,
    DocumentState,
    Earmark,
    EarmarkYear,
    Kind,
    LedgerEntry,
    Stage,
    Transfer,
    YearState,
    steps_of,
)

PLAN_FEN = 5_487_000_000
LATE = (Stage.COMMITTED, Stage.DISBURSED, Stage.SPENT, Stage.ACCEPTED)
CLOSED = (Stage.ACCEPTED, Stage.SURRENDERED)
WAITING = (DocumentState.SUBMITTED, DocumentState.APPROVED)
STANDING = (DocumentState.EFFECTIVE, DocumentState.REVERSED)

# From which stage to which a kind leads, by the words of the plan.
WAYS = {
    Kind.APPROPRIATION: (Stage.PLANNED, Stage.AVAILABLE),
    Kind.AGREEMENT: (Stage.AVAILABLE, Stage.COMMITTED),
    Kind.AMENDMENT: (Stage.AVAILABLE, Stage.COMMITTED),
    Kind.DECOMMITMENT: (Stage.COMMITTED, Stage.AVAILABLE),
    Kind.DISBURSEMENT: (Stage.COMMITTED, Stage.DISBURSED),
    Kind.CLAIM: (Stage.DISBURSED, Stage.SPENT),
    Kind.ACCEPTANCE: (Stage.SPENT, Stage.ACCEPTED),
    Kind.RETURN: (Stage.DISBURSED, Stage.COMMITTED),
    Kind.REALLOCATION: (Stage.AVAILABLE, Stage.AVAILABLE),
    Kind.SURRENDER: (Stage.AVAILABLE, Stage.SURRENDERED),
}


def of(table, *names):
    """Select columns of a table in the order of its ids."""
    return sa.select(table.id, *[getattr(table, name) for name in names]).order_by(table.id)


ACCOUNTS = of(Account, "earmark_id", "year", "agreement_id", "stage", "is_held", "balance_fen")
DOCUMENTS = of(
    Document,
    "kind",
    "state",
    "version",
    "amount_fen",
    "year",
    "earmark_id",
    "to_earmark_id",
    "agreement_id",
    "target_id",
    "made_by_id",
    "payee_person_id",
    "body_sha256",
)
ENTRIES = of(
    LedgerEntry, "act", "document_id", "resolves_id", "reverses_id", "body_sha256", "recorded_at"
)
TRANSFERS = of(
    Transfer, "entry_id", "from_id", "to_id", "amount_fen", "from_earmark_id", "to_earmark_id"
)
APPROVALS = of(Approval, "document_id", "version", "step", "role", "decision", "checker_id")
YEARS = of(EarmarkYear, "earmark_id", "year", "state")
WRITTEN = sa.select(
    sa.func.count(Transfer.id),
    sa.func.coalesce(sa.func.sum(Transfer.amount_fen), 0),
    sa.select(sa.func.count(LedgerEntry.id)).scalar_subquery(),
    sa.select(sa.func.count(Approval.id)).scalar_subquery(),
)


class Watch:
    """Look after each step; ``stands`` is then what stands where, by place."""

    def __init__(self, session):
        self.amounts = dict(session.execute(sa.select(Earmark.id, Earmark.amount_fen)).all())
        self.replayed, self.reallocated = Counter(), Counter()
        self.entries, self.transfers, self.last_approval = {}, defaultdict(list), 0
        self.signed, self.recorded_at = defaultdict(list), clock.start_of(dt.date(2020, 1, 1))
        self.ended, self.mirrored, self.effects = set(), set(), {}
        self.closed, self.last_transfer, self.stands, self.read = set(), 0, {}, None

    def look(self, session):
        """Read what is kept, replay what is new, and assert each of the invariants by its name."""
        read = [session.execute(one).all() for one in (ACCOUNTS, DOCUMENTS, YEARS, WRITTEN)]
        if read == self.read:
            return  # What was looked at is what it was when all of it held.
        self.read = read
        accounts, documents, years, [written] = read
        self.accounts = {row.id: row for row in accounts}
        self.documents = {row.id: row for row in documents}
        self.places = {id_: tuple(row)[1:6] for id_, row in self.accounts.items()}
        self._take_in(session)
        self._balances()
        self._holds()
        self._earmarks()
        self._agreements()
        self._signatures(session)
        self._years(years)
        told = (
            sum(map(len, self.transfers.values())),
            sum(fen for moves in self.transfers.values() for _, _, fen in moves),
            len(self.entries),
            sum(map(len, self.signed.values())),
        )
        assert tuple(written) == told, "kept rows"

    def _take_in(self, session):
        last = max(self.entries, default=0)
        new = session.execute(ENTRIES.where(LedgerEntry.id > last)).all()
        for row in session.execute(TRANSFERS.where(Transfer.id > self.last_transfer)):
            _, entry_id, source, target, fen, *earmarks = row
            self.last_transfer = row.id
            assert type(fen) is int, "whole fen"
            assert fen > 0, "whole fen"
            assert source != target, "whole fen"
            assert [self.places[source][0], self.places[target][0]] == earmarks, "earmark"
            self.transfers[entry_id].append((source, target, fen))
            self.replayed[source] -= fen
            self.replayed[target] += fen
        for entry in new:
            if entry.act is not Act.OPEN:  # Which a test may have been given from another day.
                assert entry.recorded_at >= self.recorded_at, "order"
                self.recorded_at = entry.recorded_at
            self.entries[entry.id] = entry
            self._follow(entry)

    def _follow(self, entry):
        """Assert that an entry does what its act and its document allow, and keep it in mind."""
        moves = [
            (self.places[source], self.places[target], fen)
            for source, target, fen in self.transfers[entry.id]
        ]
        if entry.act is Act.OPEN:
            ways = {(a[3], b[3], a[0] == b[0]) for a, b, _ in moves}
            assert ways == {(Stage.SOURCE, Stage.PLANNED, True)}, "stage"
            return
        document = self.documents[entry.document_id]
        if entry.act is Act.HOLD:
            assert all(a[:4] == b[:4] and (a[4], b[4]) == (False, True) for a, b, _ in moves), (
                "hold beside"
            )
            assert sum(fen for *_, fen in moves) == self._asked(document), "amount"
            return
        assert entry.resolves_id not in self.ended, "hold ended once"
        self.ended.add(entry.resolves_id)
        hold = self.entries.get(entry.resolves_id, entry)
        assert (hold.act, hold.document_id) == (Act.HOLD, document.id), "hold ended once"
        taken, held = Counter(), Counter()
        for source, _, fen in self.transfers[entry.id]:
            taken[source] += fen
        for _, target, fen in self.transfers[hold.id]:
            held[target] += fen
        assert taken == held, "hold emptied exactly"
        if entry.act is Act.VOID:
            back = Counter((b, a, fen) for a, b, fen in self.transfers[hold.id])
            assert Counter(self.transfers[entry.id]) == back, "void gives back"
            return
        assert document.id not in self.effects, "effect once"
        assert entry.body_sha256 == document.body_sha256, "body"
        self.effects[document.id] = entry.id
        self._effect(entry, document, moves)

    def _effect(self, entry, document, moves):
        assert all(a[4] and not b[4] for a, b, _ in moves), "stage"
        plain = [(a[:4], b[:4], fen) for a, b, fen in moves]
        kind = document.kind
        if kind is Kind.REVERSAL:
            assert entry.reverses_id == self.effects[document.target_id], "mirror"
            assert entry.reverses_id not in self.mirrored, "mirror"
            self.mirrored.add(entry.reverses_id)
            done = Counter(
                (self.places[b][:4], self.places[a][:4], fen)
                for a, b, fen in self.transfers[entry.reverses_id]
            )
            assert Counter(plain) == done, "mirror"
            kind = self.documents[document.target_id].kind
        else:
            assert entry.reverses_id is None, "mirror"
            under = document.id if kind is Kind.AGREEMENT else document.agreement_id
            for source, target, _ in plain:
                assert source[0] == document.earmark_id, "earmark"
                assert target[0] == (document.to_earmark_id or document.earmark_id), "earmark"
                assert source[1] == document.year, "year"
                for place in (source, target):
                    if kind is not Kind.CARRY_OVER:
                        assert place[2] == (under if place[3] in LATE else None), "agreement"
                if kind is Kind.CARRY_OVER:
                    assert target == (source[0], source[1] + 1, *source[2:]), "year"
                    assert source[3] not in CLOSED, "stage"
                else:
                    assert (source[3], target[3]) == WAYS[kind], "stage"
                    assert source[1] == target[1], "year"
        for source, target, fen in plain:
            assert source[0] == target[0] or kind is Kind.REALLOCATION, "earmark"
            assert not {source[:2], target[:2]} & self.closed, "closed year"
            if source[0] != target[0]:
                self.reallocated[source[0]] -= fen
                self.reallocated[target[0]] += fen

    def _asked(self, document):
        """Return what a document holds; these two move nothing."""
        return 0 if document.kind in (Kind.SETTLEMENT, Kind.FRAMEWORK) else document.amount_fen

    def _balances(self):
        self.stands = {}
        for id_, account in self.accounts.items():
            fen = account.balance_fen
            assert fen >= 0 or account.stage is Stage.SOURCE, "never below nothing"
            assert fen == self.replayed[id_], "replay"
            if fen and account.stage is not Stage.SOURCE:
                self.stands[self.places[id_]] = fen
        assert self.replayed.keys() <= self.accounts.keys(), "replay"

    def _holds(self):
        holding = Counter(
            entry.document_id
            for id_, entry in self.entries.items()
            if entry.act is Act.HOLD and id_ not in self.ended
        )
        states = {id_: document.state for id_, document in self.documents.items()}
        waiting = Counter(id_ for id_, state in states.items() if state in WAITING)
        assert holding == waiting, "who waits holds"
        done = {id_ for id_, state in states.items() if state in STANDING}
        assert done == self.effects.keys(), "who stands took effect"
        gone = {id_ for id_, state in states.items() if state is DocumentState.REVERSED}
        assert {self.effects[id_] for id_ in gone} == self.mirrored, "reversed"

    def _earmarks(self):
        """Each is its amount ± reallocations; what went further went through what is before it."""
        at = defaultdict(Counter)
        for (earmark_id, _, _, stage, _), fen in self.stands.items():
            at[earmark_id][stage] += fen
        given_out = Counter()
        for one in self.documents.values():
            if (one.kind, one.state) == (Kind.APPROPRIATION, DocumentState.EFFECTIVE):
                given_out[one.earmark_id] += one.amount_fen
        for id_, amount in self.amounts.items():
            whole = amount + self.reallocated[id_]
            assert sum(at[id_].values()) == whole, "earmark's sum"
            handed = given_out[id_] + self.reallocated[id_]
            reached = [sum(at[id_][late] for late in LATE[place:]) for place in range(4)]
            given = at[id_][Stage.AVAILABLE] + at[id_][Stage.SURRENDERED] + reached[0]
            assert given == handed, "appropriated"
            chain = [whole, given, *reached]
            assert chain == sorted(chain, reverse=True), "order of stages"
        assert sum(self.stands.values()) == sum(self.amounts.values()) == PLAN_FEN, "plan's sum"
        assert self.reallocated.total() == 0, "plan's sum"

    def _agreements(self):
        """What documents say comes to what stands, and none goes beyond what the one before gave."""
        said, asked = defaultdict(Counter), defaultdict(Counter)
        for one in self.documents.values():
            under = one.id if one.kind is Kind.AGREEMENT else one.agreement_id
            if under is not None and one.state is DocumentState.EFFECTIVE:
                said[under][one.kind] += one.amount_fen
            if under is not None and one.state in WAITING:
                asked[under][one.kind] += one.amount_fen
        at = defaultdict(Counter)
        for (_, _, agreement_id, stage, _), fen in self.stands.items():
            if agreement_id is not None:
                at[agreement_id][stage] += fen
        documents = {}
        for id_ in said.keys() | asked.keys() | at.keys():
            did, asks = said[id_], asked[id_]
            agreed = did[Kind.AGREEMENT] + did[Kind.AMENDMENT] - did[Kind.DECOMMITMENT]
            disbursed = did[Kind.DISBURSEMENT] - did[Kind.RETURN]
            spent, accepted = did[Kind.CLAIM], did[Kind.ACCEPTANCE]
            assert disbursed + asks[Kind.DISBURSEMENT] <= agreed, "disbursed within agreed"
            assert spent + asks[Kind.CLAIM] <= disbursed, "claimed within disbursed"
            assert accepted + asks[Kind.ACCEPTANCE] <= spent, "accepted within spent"
            documents[id_] = [agreed, disbursed, spent, accepted]
        for id_, came_to in documents.items():
            reached = [sum(at[id_][late] for late in LATE[place:]) for place in range(4)]
            assert reached == came_to, "documents come to accounts"

    def _signatures(self, session):
        """Nobody signs what they made, are paid by or signed; what went on was signed by all."""
        for one in session.execute(APPROVALS.where(Approval.id > self.last_approval)):
            self.last_approval = one.id
            document, ours = self.documents[one.document_id], self.signed[one[1:3]]
            others = (
                document.made_by_id,
                document.payee_person_id,
                *[before.checker_id for before in ours],
            )
            assert one.checker_id not in others, "checker is not maker"
            ours.append(one)
        for document in self.documents.values():
            if document.state in (*STANDING, DocumentState.APPROVED):
                ours = self.signed.get((document.id, document.version), ())
                roles = [one.role for one in ours if one.decision is Decision.APPROVE]
                assert roles == list(steps_of(document.kind, document.amount_fen)), "all signed"

    def _years(self, years):
        """A year that is settled has nothing left to account for; nothing moves in it after."""
        known = {(row.earmark_id, row.year) for row in years}
        assert {place[:2] for place in self.stands} <= known, "year"
        self.closed = {row[1:3] for row in years if row.state is YearState.SETTLED}
        left = {place[:2] for place in self.stands if place[3] not in CLOSED}
        assert not left & self.closed, "closed year"
