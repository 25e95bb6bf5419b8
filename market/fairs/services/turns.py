"""What every deed at a fair begins with: who may, and whether the fair still stands so."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core.access import Role
from market.core.errors import Refused
from market.fairs.models import Fair, FairState

SELLING = (FairState.OPEN, FairState.CLOSED)  # What was sold may be written down a little later.
PREPARING = (FairState.PLANNED, FairState.OPEN)
UNCHECKED = (*PREPARING, FairState.CLOSED)


def take_fair(
    session: Session, fair: Fair, *states: FairState, deed: str, alone: bool = False
) -> None:
    """Wait until nobody moves the fair, keep it where it is, and refuse unless it is in one of ``states``.

    Deeds share the row: only what moves the fair waits for them, and they for it. What
    writes into the row itself takes it ``alone``.
    """
    held = sa.select(Fair.state).where(Fair.id == fair.id).with_for_update(read=not alone)
    state = session.scalars(held).one()
    if state not in states:
        words = "、".join(one.label for one in states)
        raise Refused(f"“{fair.name}”{state.label}，{deed}只能在{words}时办理。")


def check_coordinator(by: Person) -> None:
    """Refuse whoever doesn't coordinate."""
    if by.role is not Role.COORDINATOR:
        raise Refused(f"展销由统筹协调人员办理，您的身份是{by.role.label}，请联系统筹协调。")


def words(given: str, what: str, *, most: int = 200, field: str, needed: bool = True) -> str:
    """Return words without blanks around them; refuses too many, or none where some are needed."""
    said = given.strip()
    if needed and not said:
        raise Refused(f"请填写{what}。", field=field)
    if len(said) > most:
        raise Refused(f"{what}最多 {most} 个字。", field=field)
    return said
