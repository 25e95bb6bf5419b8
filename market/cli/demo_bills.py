"""The bills of the demonstration world: statements month by month, agreed, paid and invoiced."""

import itertools
import random
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.payments import queries, services
from market.payments.models import Statement, StatementState
from market.units.models import Unit

Later = Callable[[float, float, Callable[[], None]], None]
DAY_HOURS = 24
YUAN = 100
DOZEN, OBJECTED, SLOW = 12, 5, 9


class Bills:
    """What becomes of a year's orders on account, through the real services.

    Of each dozen statements one is objected to and one is paid beyond its day; of a
    finished year all is paid.
    """

    def __init__(
        self, session: Session, world: Any, year: int, chance: random.Random, later: Later
    ) -> None:
        self._session = session
        self._world = world
        self._year = year
        self._chance = chance
        self._later = later
        self._numbers = itertools.count(1)

    def make(self, month: int) -> None:
        """Make the month's statements, as cron does, and plan what becomes of each."""
        for statement in services.make_statements(self._session, self._year, month):
            self._plan(statement)

    def _plan(self, statement: Statement) -> None:
        place = next(self._numbers)
        if place % DOZEN == OBJECTED:
            self._later(30, 90, lambda: self._object(statement))
            return
        self._agree(statement)
        if place % DOZEN == SLOW and self._year == self._world.this_year:
            self._later(5 * DAY_HOURS, 9 * DAY_HOURS, lambda: self._extend(statement))
            self._later(58 * DAY_HOURS, 85 * DAY_HOURS, lambda: self._pay(statement))
        else:
            self._later(8 * DAY_HOURS, 26 * DAY_HOURS, lambda: self._pay(statement))
        if place % 3:
            self._later(4 * DAY_HOURS, 7 * DAY_HOURS, lambda: self._invoice(statement))

    def _agree(self, statement: Statement) -> None:
        self._later(20, 60, lambda: self._confirm(statement, self._lead(statement.unit)))
        self._later(20, 90, lambda: self._confirm(statement, self._seller(statement)))

    def _confirm(self, statement: Statement, by: Person) -> None:
        services.confirm_statement(self._session, statement, by=by)

    def _object(self, statement: Statement) -> None:
        words = "有一批货的过秤记录与本单位的台账不一致，请核对（演示）"
        services.object_to_statement(
            self._session, statement, words=words, by=self._lead(statement.unit)
        )
        # Of this year's, the latest waits for its answer yet.
        soon = self._year < self._world.this_year
        least, most = (40, 90) if soon else (26 * DAY_HOURS, 32 * DAY_HOURS)
        self._later(least, most, lambda: self._uphold(statement))

    def _uphold(self, statement: Statement) -> None:
        words = "已与双方核对过秤单，金额无误（演示）"
        services.uphold_statement(
            self._session, statement, words=words, by=self._world.people["coordinator"]
        )
        self._agree(statement)
        self._later(8 * DAY_HOURS, 20 * DAY_HOURS, lambda: self._pay(statement))

    def _extend(self, statement: Statement) -> None:
        if queries.outstanding_fen(self._session, statement):
            services.extend_statement(
                self._session,
                statement,
                reason="预算追加尚未下达（演示）",
                by=self._seller(statement),
            )

    def _pay(self, statement: Statement) -> None:
        owed_fen = queries.outstanding_fen(self._session, statement)
        if owed_fen < YUAN or statement.state is StatementState.DISPUTED:
            return
        if statement.unit.carry_limit_fen and self._year == self._world.this_year:
            owed_fen -= owed_fen % YUAN  # The odd fen go on the next statement.
        services.record_statement_transfer(
            self._session,
            statement,
            amount_fen=owed_fen,
            bank_serial=f"演示结算流水{self._year}{next(self._numbers):06d}",
            paid_on=clock.today(),
            once_key=f"demo-bill-{statement.number}",
            by=self._world.people["coordinator"],
        )

    def _invoice(self, statement: Statement) -> None:
        amount_fen = sum(line.amount_fen for line in statement.lines)
        if amount_fen > 0:
            services.record_invoice(
                self._session,
                statement,
                code="",
                number=f"{self._year}{next(self._numbers):016d}",
                issued_on=clock.today(),
                amount_fen=amount_fen,
                attachment=None,
                once_key=f"demo-invoice-{statement.number}",
                by=self._seller(statement),
            )

    def _lead(self, unit: Unit) -> Person:
        lead: Person = self._world.staff(unit, Role.LEAD)[0]
        return lead

    def _seller(self, statement: Statement) -> Person:
        seller: Person = self._world.seller(statement.supplier_id)
        return seller
