"""The projects' money beside their progress: read from the ledger, each figure leading to its rows."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for
from flask_login import current_user

from market.core.access import Role
from market.core.db import db
from market.funds.models import Halt
from market.funds.queries.halts import standing_halt
from market.funds.queries.projects import ProjectMoney, money_of_projects
from market.plan import queries
from market.plan.models import Project
from market.plan.queries import Money
from market.plan.views.indicators import at_desk

STAGES = (
    ("下达", "appropriated"),
    ("签约", "committed"),
    ("拨付", "disbursed"),
    ("使用", "spent"),
    ("验收", "accepted"),
)


def as_money(held: ProjectMoney) -> Money:
    """Return a project's money as the plan's rules look at it."""
    stages = {f"{stage}_fen": getattr(held.figures, f"{stage}_fen") for _, stage in STAGES}
    return Money(appropriated_on=held.appropriated_on, **stages)


@dataclass(frozen=True)
class Ledger:
    """What the ledger says of the projects by their numbers, now or as known on a past day."""

    held: Mapping[int, ProjectMoney]
    known_on: dt.date | None
    halt: Halt | None

    @property
    def money(self) -> dict[int, Money]:
        """Return the money of each project."""
        return {number: as_money(one) for number, one in self.held.items()}

    def link(self, project: Project, stage: str) -> str | None:
        """Return where rows stand that sum to a figure of a project; nothing for whom they don't.

        A county agency reads only its own earmarks, which may be a part of the project's.
        """
        if not self._opens(project):
            return None
        codes = self.held[project.number].codes
        if len(codes) > 1:
            return url_for("funds.index", project=project.number, known_on=self.known_on)
        return url_for(
            "funds.earmark",
            code=codes[0],
            measure=stage,
            known_on=self.known_on,
            _anchor="lines",
        )

    @property
    def whole(self) -> str | None:
        """Return where all earmarks stand with their sums, for those who read all of them."""
        if not self.held or not at_desk() or current_user.role is Role.COUNTY:
            return None
        return url_for("funds.index", known_on=self.known_on)

    def _opens(self, project: Project) -> bool:
        if project.number not in self.held or not at_desk():
            return False
        own = [current_user.agency]
        return current_user.role is not Role.COUNTY or queries.departments_of(project) == own


def ledger(known_on: dt.date | None) -> Ledger:
    """Read the ledger of all projects, and whether it stands still, in four queries."""
    return Ledger(money_of_projects(db.session, known_on), known_on, standing_halt(db.session))
