"""Change the state of what one reports and another decides, and keep when it was changed."""

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from market.core.states import move_seen
from market.plan.models import (
    IndicatorRecord,
    Milestone,
    MilestoneStep,
    Pair,
    PairStep,
    ProjectReport,
    RecordStep,
    ReportStep,
)

# What each is called in a refusal.
NAMES = {IndicatorRecord: "这条记录", ProjectReport: "这份月报"}


def move_seen_step(
    session: Session,
    made: IndicatorRecord | ProjectReport,
    to: Any,
    *,
    version: int,
    at: dt.datetime,
    **also: Any,
) -> None:
    """Move something that is still what was seen, or refuse; keep when it was moved."""
    move_seen(session, made, to, version=version, called=NAMES[type(made)], **also)
    keep_step(session, made, at)


def keep_step(
    session: Session, thing: IndicatorRecord | ProjectReport | Milestone | Pair, at: dt.datetime
) -> None:
    """Add a row that says what something is from an instant on; it must have been flushed."""
    match thing:
        case ProjectReport():
            session.add(ReportStep(report_id=thing.id, became=thing.state, at=at))
        case IndicatorRecord():
            session.add(RecordStep(record_id=thing.id, became=thing.state, year=thing.year, at=at))
        case Milestone():
            session.add(
                MilestoneStep(
                    milestone_id=thing.id,
                    became=thing.state,
                    met_on=thing.met_on,
                    note=thing.note,
                    at=at,
                )
            )
        case _:
            session.add(
                PairStep(
                    pair_id=thing.id,
                    unit_id=thing.unit_id,
                    township=thing.township,
                    village=thing.village,
                    at=at,
                )
            )
    session.flush()
