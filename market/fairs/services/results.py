"""Submit what came of a fair; a second coordinator checks it, and from then on it stands."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role
from market.audit.services import record
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.core.states import move
from market.evidence.services import publish
from market.fairs.models import (
    Fair,
    FairResult,
    FairSale,
    FairState,
    ResultState,
    SaleState,
)
from market.fairs.queries import digest_of, figures_of, outcomes, photos_of
from market.fairs.services.turns import check_coordinator, words
from market.notices.services import tell

WAITING = (SaleState.SUBMITTED, SaleState.RETURNED)


def submit_result(session: Session, fair: Fair, *, by: Person) -> FairResult:
    """Put the result sheet of a closed fair before another coordinator, as it stands now.

    From now on nothing of the fair changes. Refuses while a sale still waits to be
    verified or mended, so that what is reported is what was verified.
    """
    check_coordinator(by)
    move(session, fair, FairState.SUBMITTED)
    left = session.scalar(
        sa.select(sa.func.count()).where(FairSale.fair_id == fair.id, FairSale.state.in_(WAITING))
    )
    if left:
        raise Refused(f"还有 {left} 笔现场销售没有核实或作废，办完后再提交成果。")
    figures = figures_of(fair, outcomes(session, [fair.id])[fair.id])
    last = sa.select(sa.func.max(FairResult.version)).where(FairResult.fair_id == fair.id)
    result = FairResult(
        version=(session.scalar(last) or 0) + 1,
        figures=figures,
        digest=digest_of(figures),
        fair_id=fair.id,
        submitted_by=by,
    )
    session.add(result)
    session.flush()
    record(
        session,
        "fair.result_submitted",
        fair,
        by=by,
        version=result.version,
        amount_fen=figures["sold_fen"],
        signed_fen=figures["signed_fen"],
        sha256=result.digest,
    )
    others = [one for one in people_in_role(session, Role.COORDINATOR) if one.id != by.id]
    tell(
        session,
        others,
        f"展销“{fair.name}”的成果表待核对。",
        path=f"/fairs/{fair.number}/result",
    )
    return result


def check_result(
    session: Session, fair: Fair, result: FairResult, *, digest: str, by: Person
) -> None:
    """Say that a result is right, as it was seen; its photos are for everyone from now on.

    Refuses whoever submitted it, and figures that are not those submitted.
    """
    _check_other(result, by)
    if result.digest != digest:
        raise Refused("成果表与您看到的不是同一份，请刷新页面，看过再核定。")
    move(session, fair, FairState.REPORTED)
    _decide(session, result, ResultState.CHECKED, by)
    publish(session, [photo.attachment for photo in photos_of(session, fair)], by=by)
    record(
        session,
        "fair.result_checked",
        fair,
        by=by,
        version=result.version,
        sha256=result.digest,
    )
    tell(
        session,
        [result.submitted_by],
        f"展销“{fair.name}”的成果表已核定。",
        path=f"/fairs/{fair.number}/result",
    )


def return_result(
    session: Session, fair: Fair, result: FairResult, *, answer: str, by: Person
) -> None:
    """Send a result back with what is wrong; the fair may be worked on again."""
    _check_other(result, by)
    answer = words(answer, "退回原因", field="answer")
    move(session, fair, FairState.CLOSED)
    _decide(session, result, ResultState.RETURNED, by, answer=answer)
    record(session, "fair.result_returned", fair, by=by, version=result.version, reason=answer)
    tell(
        session,
        [result.submitted_by],
        f"展销“{fair.name}”的成果表被退回：{answer}"[:300],
        path=f"/fairs/{fair.number}/result",
    )


def correct_result(session: Session, fair: Fair, *, reason: str, by: Person) -> None:
    """Open a checked result again because something in it is wrong; what was checked is kept."""
    check_coordinator(by)
    reason = words(reason, "更正原因", field="answer")
    if fair.state is not FairState.REPORTED:
        raise Refused(f"“{fair.name}”{fair.state.label}，成果核定之后才谈得上更正。")
    move(session, fair, FairState.CLOSED)
    record(session, "fair.result_reopened", fair, by=by, reason=reason)


def _decide(
    session: Session, result: FairResult, to: ResultState, by: Person, **also: object
) -> None:
    move(session, result, to, checked_by_id=by.id, checked_at=clock.now(), **also)


def _check_other(result: FairResult, by: Person) -> None:
    check_coordinator(by)
    if result.submitted_by_id == by.id:
        raise Refused("成果表是您提交的，请由另一位统筹协调人员核对。")
