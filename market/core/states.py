"""The one way to change a state."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from market.core.errors import Refused


def move(
    session: Session, thing: Any, to: Any, *conditions: sa.ColumnElement[bool], **also: Any
) -> None:
    """Move ``thing`` to state ``to`` if its table of moves allows, or refuse.

    The condition is part of the UPDATE, so of two people who act at the same
    moment on the same row, one succeeds and the other is refused. Further
    ``conditions`` on the row (a deadline, say) are checked in the same UPDATE, and
    columns that change with the state (``accepted_at=…``) are written by it.
    """
    kind, start = type(thing), thing.state
    if to in kind.MOVES[start]:
        step = sa.update(kind).where(kind.id == thing.id, kind.state == start, *conditions)
        # What the session holds is told below; it need not search all of it.
        step = step.execution_options(synchronize_session=False)
        written = {"state": to, **also}
        if session.scalar(step.values(**written).returning(kind.id)):
            for name, value in written.items():
                set_committed_value(thing, name, value)
            return
        session.refresh(thing)
    raise Refused(
        f"当前状态是“{thing.state.label}”，不能改为“{to.label}”，请刷新页面查看最新情况。"
    )


def move_seen(
    session: Session, thing: Any, to: Any, *, version: int, called: str, **also: Any
) -> None:
    """Move ``thing`` as ``move`` does if it still is the version that was seen, or refuse.

    ``called`` is what the refusal calls it: “这条记录”.
    """
    if thing.version != version:
        raise Refused(f"{called}刚刚被修改后重新提交，请刷新页面，看过新的内容再办理。")
    move(session, thing, to, type(thing).version == version, **also)
