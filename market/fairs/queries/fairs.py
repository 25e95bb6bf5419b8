"""Ask about fairs, their days, photos and checked results."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.core.access import DESK
from market.fairs.models import Fair, FairDay, FairPhoto, FairResult, FairStand, FairState
from market.funds.models import Activity


def fairs_for(person: Person | None, *, state: FairState | None = None) -> sa.Select[Any]:
    """Return a select of the fairs somebody may see, the latest first; ``None`` is the public.

    The desk sees all, a supplier those it was invited to, everyone those announced.
    """
    select = (
        sa.select(Fair)
        .where(_seen_by(person))
        .options(joinedload(Fair.made_by, innerjoin=True))
        .order_by(Fair.starts_on.desc(), Fair.id.desc())
    )
    return select.where(Fair.state == state) if state is not None else select


def fair_for(session: Session, person: Person | None, number: str) -> Fair | None:
    """Return the fair with this number if the person may see it, its activity loaded."""
    return session.scalar(
        sa.select(Fair)
        .where(Fair.number == number, _seen_by(person))
        .options(
            joinedload(Fair.made_by, innerjoin=True),
            joinedload(Fair.activity).joinedload(Activity.agreement, innerjoin=True),
        )
    )


def days_of(session: Session, fair: Fair) -> Sequence[FairDay]:
    """Return who came, day by day."""
    return session.scalars(
        sa.select(FairDay).where(FairDay.fair_id == fair.id).order_by(FairDay.held_on)
    ).all()


def fair_of_activity(session: Session, activity_id: int) -> Fair | None:
    """Return the fair that an activity of the marketing money pays for, if it pays for one."""
    return session.scalar(sa.select(Fair).where(Fair.activity_id == activity_id))


def photos_of(session: Session, fair: Fair, *, public: bool = False) -> Sequence[FairPhoto]:
    """Return the photos of a fair in the order they came; for the public only those of a checked result."""
    if public and fair.state is not FairState.REPORTED:
        return ()
    return session.scalars(
        sa.select(FairPhoto)
        .where(FairPhoto.fair_id == fair.id)
        .options(joinedload(FairPhoto.attachment, innerjoin=True))
        .order_by(FairPhoto.id)
    ).all()


def results_kept(session: Session, fair: Fair) -> Sequence[FairResult]:
    """Return the result sheets of a fair as they were submitted, the latest first."""
    return session.scalars(
        sa.select(FairResult)
        .where(FairResult.fair_id == fair.id)
        .options(
            joinedload(FairResult.submitted_by, innerjoin=True), joinedload(FairResult.checked_by)
        )
        .order_by(FairResult.version.desc())
    ).all()


def _seen_by(person: Person | None) -> sa.ColumnElement[bool]:
    announced = Fair.announced_at.is_not(None)
    if person is None:
        return announced
    if person.role in DESK:
        return sa.true()
    invited = sa.select(FairStand.fair_id).where(FairStand.supplier_id == person.supplier_id)
    return sa.or_(announced, Fair.id.in_(invited))
