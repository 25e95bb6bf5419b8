"""Passwords: how they are kept, and what a good one is."""

import functools
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from market.accounts.models import LEAST_LETTERS, MOST_LETTERS
from market.core.errors import Refused

# Published with the demonstration world; production refuses those who have it.
DEMO_PASSWORD = "demo-pengshui-2020"  # noqa: S105

# Argon2id as OWASP recommends it for a server that hashes while people wait.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# A one-time password is random and soon replaced, so guessing it is hopeless at any cost.
_QUICK = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # Without those that look alike.


def one_time_password() -> str:
    """Return a random password that can be read out: four groups of four."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return _demo_hash() if password == DEMO_PASSWORD else _HASHER.hash(password)


def quickly_hashed(password: str) -> str:
    """Return what is kept of a random one-time password, at a lower cost."""
    return _QUICK.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Tell whether a password is the kept one; takes as long where nothing is kept."""
    try:
        return _HASHER.verify(kept or _nobodys_hash(), password[:MOST_LETTERS]) and kept is not None
    except InvalidHashError:  # An account without a password.
        return matches(None, password)
    except VerificationError:
        return False


def is_outdated(kept: str) -> bool:
    """Tell whether a password was kept at another cost than today's."""
    return _HASHER.check_needs_rehash(kept)


def check_new(password: str, login: str, *, field: str = "password") -> None:
    """Refuse a new password that is too short, too long, the login, or the published one."""
    if len(password) < LEAST_LETTERS:
        raise Refused(
            f"密码至少 {LEAST_LETTERS} 个字符，现在是 {len(password)} 个，请加长。", field=field
        )
    if len(password) > MOST_LETTERS:
        raise Refused(f"密码最多 {MOST_LETTERS} 个字符，请缩短。", field=field)
    if password.strip().lower() == login.lower():
        raise Refused("密码不能与登录名相同，请换一个。", field=field)
    if password == DEMO_PASSWORD:
        raise Refused("这是公开的演示密码，请换一个。", field=field)


@functools.cache
def _demo_hash() -> str:
    return _HASHER.hash(DEMO_PASSWORD)


@functools.cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_urlsafe())
