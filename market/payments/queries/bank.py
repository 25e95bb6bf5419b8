"""Ask about banks' formats, the files that were read, and which of a file's rows are known."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.payments.models import BankFile, BankFormat, Payment

AT_ONCE = 5000  # As many values as both databases take in one list.


@dataclass(frozen=True)
class Known:
    """A payment that a row of a file is, by its bank's serial number."""

    amount_fen: int
    paid_on: dt.date


def bank_formats(session: Session) -> Sequence[BankFormat]:
    """Return the saved formats, by name."""
    return session.scalars(
        sa.select(BankFormat).order_by(BankFormat.name).options(joinedload(BankFormat.saved_by))
    ).all()


def bank_format_named(session: Session, name: str) -> BankFormat | None:
    """Return the format that is called so."""
    return session.scalar(sa.select(BankFormat).where(BankFormat.name == name))


def bank_files() -> sa.Select[Any]:
    """Return the select of files that were read, the latest first."""
    return (
        sa.select(BankFile)
        .order_by(BankFile.id.desc())
        .options(
            joinedload(BankFile.read_by),
            joinedload(BankFile.format),
            joinedload(BankFile.attachment),
        )
    )


def bank_file_of(session: Session, sha256: str) -> BankFile | None:
    """Return the file with this content, if it was read."""
    return session.scalar(bank_files().where(BankFile.sha256 == sha256))


def left_of_file(session: Session, file: BankFile) -> tuple[int, int]:
    """Return how many payments of a file have free money, and how much, in fen."""
    free = (
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Payment.free_fen), 0))
        .where(Payment.file_id == file.id, Payment.aside_reason == "")
        .where(Payment.allocated_fen + Payment.refunded_fen < Payment.amount_fen)
    )
    count, free_fen = session.execute(free).one()
    return int(count), int(free_fen)


def known_serials(session: Session, serials: Collection[str]) -> dict[str, Known]:
    """Return which serial numbers were recorded before, by hand or from another file."""
    known: dict[str, Known] = {}
    wanted = sorted(serials)
    for start in range(0, len(wanted), AT_ONCE):
        rows = session.execute(
            sa.select(Payment.bank_serial, Payment.amount_fen, Payment.paid_on).where(
                Payment.bank_serial.in_(wanted[start : start + AT_ONCE])
            )
        )
        known |= {serial: Known(amount_fen, paid_on) for serial, amount_fen, paid_on in rows}
    return known
