"""Make what bulletins need: units with targets and purchases, locked months, two coordinators."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.ordering.models import BuyingFor
from market.reports.models import Bulletin
from market.reports.services import draft_bulletin, issue_bulletin, submit_bulletin, write_bulletin
from market.targets.services import lock_period
from tests import make
from tests.kept import kept_world
from tests.reports.test_queries import on_the_way
from tests.targets import world

JULY = dt.datetime(2026, 7, 2, 4, tzinfo=dt.UTC)


@dataclass
class Desk:
    """Who drafts and who issues, and who buys for three units."""

    author: Person
    other: Person
    buyers: list[Person]

    @property
    def units(self) -> list[Any]:
        return [person.unit for person in self.buyers]


def desk(session: Session) -> Desk:
    """Three units: one that is done, one far behind, one that has bought nothing; all since January."""
    author, other, *buyers = kept_world(session, "three units and two coordinators", _desk)
    return Desk(author, other, buyers)


def _desk(session: Session) -> list[Person]:
    author = make.person(session, name="李梅", role=Role.COORDINATOR)
    other = make.person(session, name="张伟", role=Role.COORDINATOR)
    units = [make.unit(session, code=code, name=f"{code}街道办事处") for code in "ABC"]
    buyers = [make.person(session, unit=unit) for unit in units]
    with clock.set_to(JULY.replace(month=1)):
        for unit in units:
            world.target(session, unit, 2_000_000_00, by=author)
    bought = (
        (0, 4, 1_500_000_00, BuyingFor.CANTEEN),
        (0, 6, 600_004_99, BuyingFor.UNION),
        (1, 6, 100_005_55, BuyingFor.SELF),
    )
    for place, month, fen, buying_for in bought:
        at = JULY.replace(month=month)
        with clock.set_to(at):
            world.credited(session, buyers[place], fen, buying_for=buying_for)
    with clock.set_to(JULY.replace(month=6)):
        on_the_way(session, buyers[1], 70_000_00)
    session.flush()
    lock_period(session, 2026, 4, by=author)
    return [author, other, *buyers]


def submitted(session: Session, given: Desk, *, is_public: bool = False) -> Bulletin:
    """Lock June, draft its bulletin and submit it; what is public says nothing of payments."""
    lock_period(session, 2026, 6, by=given.author)
    made = draft_bulletin(session, 2026, 6, by=given.author)
    if is_public:
        text = {
            name: "\n".join(line for line in words.splitlines() if "未付款" not in line) or "没有。"
            for name, words in made.text.items()
        }
        write_bulletin(session, made, text, is_public=True, seen_version=1, by=given.author)
    submit_bulletin(session, made, seen_version=made.version, by=given.author)
    return made


def issued(session: Session, files: Any, given: Desk, *, is_public: bool = False) -> Bulletin:
    """Issue June's bulletin."""
    made = submitted(session, given, is_public=is_public)
    issue_bulletin(session, files, made, seen_version=made.version, by=given.other)
    return made
