"""Kept reports: one's own, and everybody's for those who oversee."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.core.access import Role
from market.evidence.models import Attachment
from market.reports.models import KeptReport
from market.reports.queries.tables import REPORTS

SEE_ALL = (Role.COORDINATOR, Role.INSPECTOR)


def kept_reports_for(person: Person, *, mine: bool = False) -> sa.Select[Any]:
    """Select the kept reports that a person may see, newest first, with who had them made."""
    select = (
        sa.select(KeptReport)
        .where(
            KeptReport.kind.in_([kind for kind, one in REPORTS.items() if person.role in one.roles])
        )
        .order_by(KeptReport.id.desc())
        .options(
            joinedload(KeptReport.by, innerjoin=True),
            joinedload(KeptReport.attachment, innerjoin=True).joinedload(
                Attachment.file, innerjoin=True
            ),
        )
    )
    if person.role in SEE_ALL and not mine:
        return select
    return select.where(KeptReport.by_id == person.id)


def kept_report_for(session: Session, person: Person, token: str) -> KeptReport | None:
    """Return a kept report by its file's token, if this person may see it."""
    named = sa.select(Attachment.id).where(Attachment.token == token).scalar_subquery()
    return session.scalar(kept_reports_for(person).where(KeptReport.attachment_id == named))
