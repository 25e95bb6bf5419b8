"""The marketing budget: its earmark, its lines, its activities, and how far the money of each is."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.funds.models import (
    Account,
    Activity,
    ActivityOrder,
    Document,
    DocumentState,
    Earmark,
)
from market.funds.queries.figures import Figures, total
from market.plan.models import Project

CATEGORY = "产业资助"  # The annex's word for the one row that pays for marketing.


@dataclass(frozen=True)
class Line:
    """One line of the budget, with what agreements of it bind and what became of that."""

    name: str
    activities: int
    figures: Figures


@dataclass(frozen=True)
class Cost:
    """An activity with the figures of its agreement and the orders linked to it."""

    activity: Activity
    figures: Figures
    order_ids: Sequence[int]

    @property
    def orders(self) -> int:
        """Return how many orders are linked."""
        return len(self.order_ids)


def marketing_earmark(session: Session) -> Earmark | None:
    """Return the earmark of the plan's 20 万元, where the ledger is open."""
    return session.scalar(
        sa.select(Earmark)
        .join(Project, Project.id == Earmark.project_id)
        .where(Project.category == CATEGORY)
        .options(joinedload(Earmark.project, innerjoin=True).joinedload(Project.clause))
    )


def activities(session: Session) -> list[Cost]:
    """Return the activities with their figures, the latest first; discarded ones are not among them."""
    found = session.scalars(
        sa.select(Activity)
        .join(Document, Document.id == Activity.agreement_id)
        .where(Document.state.not_in((DocumentState.DISCARDED, DocumentState.REJECTED)))
        .options(
            joinedload(Activity.agreement, innerjoin=True),
            joinedload(Activity.made_by, innerjoin=True),
        )
        .order_by(Activity.starts_on.desc(), Activity.id.desc())
    ).all()
    by_agreement = _figures(session)
    linked = linked_orders(session, [one.id for one in found])
    return [
        Cost(one, by_agreement.get(one.agreement_id, Figures()), linked[one.id]) for one in found
    ]


def lines(earmark: Earmark, costs: Sequence[Cost]) -> list[Line]:
    """Return each line of the budget with the sum of its activities, those without any as well."""
    found = []
    for name in earmark.cost_types:
        of_line = [cost for cost in costs if cost.activity.agreement.cost_type == name]
        figures = total(cost.figures for cost in of_line)
        found.append(Line(name, len(of_line), figures))
    return found


def activity(session: Session, number: str) -> Activity | None:
    """Return the activity whose agreement has this number."""
    return session.scalar(
        sa.select(Activity)
        .join(Document, Document.id == Activity.agreement_id)
        .where(Document.number == number)
        .options(
            joinedload(Activity.agreement, innerjoin=True).joinedload(Document.earmark),
            joinedload(Activity.made_by, innerjoin=True),
        )
    )


def figures_of(session: Session, activity: Activity) -> Figures:
    """Return what stands under an activity's agreement."""
    return _figures(session).get(activity.agreement_id, Figures())


def linked_orders(session: Session, activity_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return the ids of the orders linked to each activity."""
    found: dict[int, list[int]] = {id_: [] for id_ in activity_ids}
    rows = session.execute(
        sa.select(ActivityOrder.activity_id, ActivityOrder.order_id)
        .where(ActivityOrder.activity_id.in_(activity_ids))
        .order_by(ActivityOrder.id)
    )
    for activity_id, order_id in rows:
        found[activity_id].append(order_id)
    return found


def documents_under(session: Session, agreement: Document) -> Sequence[Document]:
    """Return what was written under an agreement, oldest first."""
    return session.scalars(
        sa.select(Document).where(Document.agreement_id == agreement.id).order_by(Document.id)
    ).all()


def _figures(session: Session) -> dict[int, Figures]:
    """Return what stands under each agreement of the marketing money."""
    found: dict[int, Figures] = {}
    rows = session.execute(
        sa.select(Account.agreement_id, Account.stage, Account.is_held, Account.balance_fen)
        .join(Activity, Activity.agreement_id == Account.agreement_id)
        .where(Account.balance_fen > 0)
    )
    for agreement_id, stage, is_held, fen in rows:
        assert agreement_id is not None
        found.setdefault(agreement_id, Figures()).add(stage, is_held, fen)
    return found
