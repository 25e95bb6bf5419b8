"""How a unit settles what it buys on account."""

from sqlalchemy.orm import Session

from market.audit.services import record
from market.core import money
from market.core.db import Model
from market.core.errors import Refused
from market.units.models import Unit

MOST_CARRIED_FEN = 100_000  # 1 000 元: more is no small difference.


def set_settlement(
    session: Session,
    unit: Unit,
    *,
    bank_name: str,
    bank_account: str,
    carry_limit_fen: int,
    by: Model | None,
) -> None:
    """Set from which account a unit pays, and up to what a statement's rest goes on the next one.

    A limit of zero carries nothing. Refuses one below zero or above ``MOST_CARRIED_FEN``.
    """
    if not 0 <= carry_limit_fen <= MOST_CARRIED_FEN:
        raise Refused(
            f"结转上限是 0 到 {money.yuan(MOST_CARRIED_FEN)} 元；0 表示不结转，每张结算单单独付清。",
            field="carry_limit_fen",
        )
    old_fen = unit.carry_limit_fen
    unit.bank_name, unit.bank_account = bank_name.strip(), bank_account.strip()
    unit.carry_limit_fen = carry_limit_fen
    session.flush()
    record(session, "unit.settlement_set", unit, by=by, carry_limit_fen=[old_fen, carry_limit_fen])
