"""Sign in, register, and change one's own password."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person, new_stamp
from market.accounts.queries import person_by_login
from market.accounts.services import passwords
from market.accounts.services.people import make_person, plain_login
from market.audit.services import record
from market.core.access import Role
from market.core.errors import Refused


def sign_in(session: Session, *, login: str, password: str, production: bool) -> Person:
    """Return the person with this login and password.

    One sentence, in the same time, for an unknown login and a wrong password. Refuses
    disabled people, and in production the demonstration accounts. Passwords kept at an
    older cost are kept anew, which is recorded with the signing in.
    """
    person = person_by_login(session, login)
    if not passwords.matches(person.password_hash if person else None, password) or person is None:
        raise Refused("登录名或密码不正确，请核对后重试；忘记密码请联系单位负责人或系统管理员。")
    if not person.is_enabled:
        raise Refused("这个账号已停用，请联系单位负责人或系统管理员。")
    if person.is_demo and production:
        raise Refused("演示账号不能在正式环境登录，请使用自己的账号。")
    kept_anew = passwords.is_outdated(person.password_hash) and not person.must_change_password
    if kept_anew:
        person.password_hash = passwords.hashed(password)
    _note_signing_in(session, by=person, kept_anew=kept_anew)
    return person


def register(session: Session, *, login: str, name: str, password: str, phone: str = "") -> Person:
    """Make an account for a social buyer, who belongs to no unit.

    Refuses a login that is taken and a weak password.
    """
    passwords.check_new(password, plain_login(login))
    person = make_person(session, login=login, name=name, role=Role.SHOPPER, phone=phone, by=None)
    person.password_hash = passwords.hashed(password)
    session.flush()
    return person


def change_password(session: Session, *, old: str, new: str, by: Person) -> None:
    """Change one's own password; every session ends, the caller renews its own.

    Refuses a wrong old password, the old one again, a weak new one, and demonstration
    accounts, whose password is public.
    """
    if by.is_demo:
        raise Refused("演示账号的密码是公开的，不能修改；请用自己注册的账号修改密码。")
    if not passwords.matches(by.password_hash, old):
        raise Refused("原密码不正确，请重新输入。", field="old")
    passwords.check_new(new, by.login, field="new")
    if new == old:
        raise Refused("新密码不能与原密码相同，请换一个。", field="new")
    changed = (
        sa.update(Person)
        .where(Person.id == by.id, Person.password_hash == by.password_hash)
        .values(password_hash=passwords.hashed(new), must_change_password=False, stamp=new_stamp())
    )
    if session.scalar(changed.returning(Person.id)) is None:
        raise Refused("密码刚刚在别处修改过，请重新登录。", field="old")
    session.refresh(by)
    record(session, "person.password_changed", by, by=by)


def end_sessions(session: Session, *, by: Person) -> None:
    """End all of one's sessions, on every device; the caller renews its own."""
    by.stamp = new_stamp()
    session.flush()
    record(session, "person.sessions_ended", by, by=by)


def _note_signing_in(session: Session, *, by: Person, kept_anew: bool) -> None:
    facts = {"password_kept_anew": True} if kept_anew else {}
    record(session, "person.signed_in", by, by=by, **facts)
