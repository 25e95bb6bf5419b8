"""Invitations, by which employees join their unit."""

import datetime as dt
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import MOST_DAYS, MOST_USES, Invitation, Person
from market.audit.services import record
from market.core import clock
from market.core.access import UNIT_BUYERS, Role
from market.core.errors import Refused
from market.units.models import Unit, UnitState

_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # Without those that look alike.


def make_invitation(
    session: Session, unit: Unit, *, days: int, most: int, by: Person
) -> Invitation:
    """Make a code that ``most`` employees may use within ``days``.

    A lead or canteen buyer may for their own unit, an administrator for any that is not closed.
    """
    _check_may(by, unit.id)
    if unit.state is UnitState.CLOSED:
        raise Refused(f"“{unit.name}”已撤销，不能邀请人员。", field="unit")
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"有效期应为 1 到 {MOST_DAYS} 天。", field="days")
    if not 1 <= most <= MOST_USES:
        raise Refused(f"可用次数应为 1 到 {MOST_USES}。", field="most")
    invitation = Invitation(
        code="-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2)),
        unit=unit,
        by_id=by.id,
        expires_at=clock.now() + dt.timedelta(days=days),
        most=most,
    )
    session.add(invitation)
    session.flush()
    record(session, "invitation.made", invitation, by=by, unit=unit.code, days=days, most=most)
    return invitation


def revoke_invitation(session: Session, invitation: Invitation, *, by: Person) -> None:
    """Let a code expire now; who has joined by it stays."""
    _check_may(by, invitation.unit_id)
    now = clock.now()
    ended = (
        sa.update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.expires_at > now)
        .values(expires_at=now)
    )
    if session.scalar(ended.returning(Invitation.id)) is None:
        raise Refused("这个邀请码已经过期，不需要作废。")
    session.refresh(invitation)
    record(session, "invitation.revoked", invitation, by=by)


def join(session: Session, code: str, *, by: Person) -> Unit:
    """Let a shopper without a unit join the one that a code invites to.

    The uses left and the time are checked in the UPDATE that counts the use, so that the
    last use is given once. Refuses codes that are unknown, expired or used up, and
    people who belong to a unit already.
    """
    if by.role is not Role.SHOPPER:
        raise Refused(f"{by.role.label}的单位由管理员设定，不能用邀请码加入。", field="code")
    code = code.strip().upper()
    active = sa.select(Unit.id).where(Unit.state == UnitState.ACTIVE)
    used = (
        sa.update(Invitation)
        .where(
            Invitation.code == code,
            Invitation.used < Invitation.most,
            Invitation.expires_at > clock.now(),
            Invitation.unit_id.in_(active),
        )
        .values(used=Invitation.used + 1)
    )
    invitation = session.execute(used.returning(Invitation.id, Invitation.unit_id)).one_or_none()
    if invitation is None:
        raise Refused(_why_not(session, code), field="code")
    joined = (
        sa.update(Person)
        .where(Person.id == by.id, Person.role == Role.SHOPPER, Person.unit_id.is_(None))
        .values(unit_id=invitation.unit_id)
    )
    if session.scalar(joined.returning(Person.id)) is None:
        raise Refused("您已经属于一个单位；如需更换，请联系单位负责人或系统管理员。", field="code")
    session.refresh(by, ["unit_id", "unit"])
    assert by.unit is not None
    record(session, "person.joined", by, by=by, unit=by.unit.code, invitation=invitation.id)
    return by.unit


def _check_may(by: Person, unit_id: int) -> None:
    if by.role is Role.ADMIN or (by.role in UNIT_BUYERS and by.unit_id == unit_id):
        return
    raise Refused("只有本单位的负责人、食堂管理员和系统管理员可以管理邀请码。")


def _why_not(session: Session, code: str) -> str:
    invitation = session.scalar(sa.select(Invitation).where(Invitation.code == code))
    if invitation is None:
        return "邀请码不存在，请核对后重新输入；邀请码由单位负责人或食堂管理员发放。"
    if invitation.expires_at <= clock.now():
        return "邀请码已过期，请向单位负责人要一个新的。"
    if invitation.used >= invitation.most:
        return "邀请码的次数已用完，请向单位负责人要一个新的。"
    return "发放邀请码的单位已撤销，请联系系统管理员。"
