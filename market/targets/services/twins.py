"""Keep one purchase from counting twice."""

import datetime as dt

from sqlalchemy.orm import Session

from market.core.errors import Refused
from market.targets.models import Channel
from market.targets.queries.twins import RIVALS, counted_twins
from market.targets.services.issuing import take_units

MOST_REASON = 200


def check_twins(
    session: Session,
    *,
    unit_id: int,
    channel: Channel,
    amount_fen: int,
    happened_on: dt.date,
    receipt_no: str,
    reason: str,
) -> str:
    """Return why a purchase is another than one like it that counts already; empty where none is like it.

    Whoever makes something count for the unit at this moment waits, or was first and is
    seen. Refuses a receipt that counts by the other way or outside the shop already, and one that
    is only like another (same day, give or take one, same amount) until somebody has said why it is not that one.
    """
    if channel not in RIVALS:
        return ""
    take_units(session, [unit_id])
    found = counted_twins(
        session,
        unit_id=unit_id,
        channel=channel,
        amount_fen=amount_fen,
        happened_on=happened_on,
        receipt_no=receipt_no,
    )
    for twin in found:
        if twin.is_same:
            raise Refused(
                f"同一张小票已由{twin}计入，一次采购只能计入一次：请退回这一条；"
                "如果小票号填错了，退回改正后再核实。"
            )
    reason = reason.strip()
    if found and not 1 <= len(reason) <= MOST_REASON:
        raise Refused(
            f"与已计入的{'、'.join(map(str, found))}单位、金额相同，日期相差不到两天，可能是同一次采购："
            f"重复的请退回；不是同一次的，请写明理由（最多 {MOST_REASON} 个字）再核实。",
            field="apart_reason",
        )
    return reason if found else ""
