"""Stop the plan's money when ``verify`` finds that it doesn't add up, and let it go on again."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role
from market.audit.services import record
from market.core import clock
from market.core.access import OVERSEERS
from market.funds.models import Earmark, Halt
from market.funds.queries.halts import standing_halt
from market.funds.services.ledger import take_earmarks
from market.notices.services import tell

MOST_KEPT = 50  # Findings that a halt keeps; ``verify`` names them all again.


def raise_halt(session: Session, findings: Sequence[str]) -> Halt | None:
    """Stop the plan's money, and tell those who oversee; nothing where it stands still already.

    All earmarks' rows are taken first: whoever moves money has theirs, so that what began
    before is done when this is written, and what comes after finds it.
    """
    _take_all(session)
    if standing_halt(session) is not None:
        return None
    halt = Halt(count=len(findings), findings=list(findings[:MOST_KEPT]))
    session.add(halt)
    session.flush()
    record(session, "ledger.halted", halt, by=None, count=halt.count)
    text = (
        f"资金账核对发现 {halt.count} 处差异，已停止记账；查询、导出照常。"
        "请系统管理员查明更正，再运行 verify，核对无误后自动恢复。"
    )
    tell(session, _overseers(session), text, path="/funds")
    return halt


def lift_halt(session: Session) -> Halt | None:
    """Let the plan's money move again, because all of it adds up; nothing where no halt stands."""
    _take_all(session)
    halt = standing_halt(session)
    if halt is None:
        return None
    halt.is_standing, halt.lifted_at = False, clock.now()
    session.flush()
    record(session, "ledger.resumed", halt, by=None)
    text = f"资金账核对无误，{halt.since} 起的停账已解除，可以继续记账。"
    tell(session, _overseers(session), text, path="/funds")
    return halt


def _take_all(session: Session) -> None:
    take_earmarks(session, session.scalars(sa.select(Earmark.id)))


def _overseers(session: Session) -> Iterable[Person]:
    return [person for role in OVERSEERS for person in people_in_role(session, role)]
