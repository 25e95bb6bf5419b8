"""Take a bank's file over: first see what it would do, then all of it or nothing.

Nobody is told anything of what a file brings: that waits until a person has confirmed
what it was paid for.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.files import Files
from market.audit.services import record, record_all
from market.core import clock, money
from market.core.db import count_anew, upsert
from market.core.errors import Refused
from market.core.steps import Step, Steps, result_of
from market.evidence.services import attach_sheet
from market.payments.models import BankFile, BankFormat, Method, Payment, PaymentCode
from market.payments.queries.bank import Known, bank_file_of, known_serials
from market.payments.queries.codes import codes_in
from market.payments.services.bank_reading import BankRow, BankSheet
from market.payments.services.transfers import check_recorder

AT_ONCE = 1000
COMPARED_AT_ONCE = 5000


@dataclass(frozen=True)
class FilePreview:
    """What importing a file would do; it does nothing while there is a problem.

    ``differing`` are known rows whose amount or date is not the one that was recorded:
    for a person to look at, since what is recorded is never changed.
    """

    sheet: BankSheet
    new: Sequence[BankRow]
    known_count: int
    differing: Sequence[tuple[BankRow, Known]]

    @property
    def new_fen(self) -> int:
        """What comes in that is new, in fen."""
        return sum(row.amount_fen for row in self.new)

    @property
    def coded_count(self) -> int:
        """How many new rows name an order or a statement."""
        return sum(bool(codes_in(row.remark)) for row in self.new)


def preview_file(session: Session, content: bytes, sheet: BankSheet, *, by: Person) -> FilePreview:
    """Say what importing a file would do that was read already; changes nothing.

    Refuses one that was imported before (it says by whom and when), and anyone but those
    who take the money.
    """
    return result_of(preview_steps(session, content, sheet, by=by))


def preview_steps(
    session: Session, content: bytes, sheet: BankSheet, *, by: Person
) -> Steps[FilePreview]:
    """Do what ``preview_file`` does, stopping now and then to say how far it is."""
    check_recorder(by)
    _check_unread(session, hashlib.sha256(content).hexdigest())
    known: dict[str, Known] = {}
    count = len(sheet.rows)
    for start in range(0, count, COMPARED_AT_ONCE):
        yield Step(f"已与以前的登记比对 {start} / {count} 笔", start, count)
        some = sheet.rows[start : start + COMPARED_AT_ONCE]
        known |= known_serials(session, [row.serial for row in some])
    return FilePreview(
        sheet,
        new=[row for row in sheet.rows if row.serial not in known],
        known_count=sheet.twice_count + sum(row.serial in known for row in sheet.rows),
        differing=[
            (row, known[row.serial])
            for row in sheet.rows
            if row.serial in known and not _is_same(row, known[row.serial])
        ],
    )


def import_file(
    session: Session,
    files: Files,
    content: bytes,
    sheet: BankSheet,
    form: BankFormat,
    *,
    name: str,
    by: Person,
) -> BankFile:
    """Write down every new row of money in of a bank's file, as a payment put to nothing.

    ``sheet`` is what was read of it by its format, before the transaction. All of it or
    nothing: refuses a file with any problem, and what ``preview_file`` refuses. Of two
    imports at once of one file the second is refused; of two files with the same row one
    writes it, and to the other it is known.
    """
    return result_of(import_steps(session, files, content, sheet, form, name=name, by=by))


def import_steps(
    session: Session,
    files: Files,
    content: bytes,
    sheet: BankSheet,
    form: BankFormat,
    *,
    name: str,
    by: Person,
) -> Steps[BankFile]:
    """Do what ``import_file`` does, stopping now and then to say how many rows are written down."""
    check_recorder(by)
    sha256 = hashlib.sha256(content).hexdigest()
    _check_unread(session, sha256)
    if sheet.problems:
        raise Refused(
            f"文件有 {len(sheet.problems)} 处问题，没有导入任何一笔。{sheet.problems[0]}。"
        )
    file = _new_file(session, files, content, sha256, form, name, by)
    # In one order, so that two files with the same rows don't wait for each other.
    rows = sorted(sheet.rows, key=lambda row: row.serial)
    new_fen = new_count = 0
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        ids = _write(session, file, some, by)
        new = [row for row in some if row.serial in ids]
        record_all(
            session,
            "payment.recorded",
            Payment,
            [(ids[row.serial], {"amount_fen": row.amount_fen, "file": file.id}) for row in new],
            by=by,
        )
        new_count += len(new)
        new_fen += sum(row.amount_fen for row in new)
        done = start + len(some)
        yield Step(f"已登记到账并认出编号 {done} / {len(rows)} 笔", done, len(rows))
    file.new_count, file.new_fen = new_count, new_fen
    file.known_count = len(rows) - new_count + sheet.twice_count
    file.out_count, file.empty_count = sheet.out_count, sheet.empty_count
    count_anew(session, Payment, PaymentCode)
    session.flush()
    record(
        session,
        "bank_file.read",
        file,
        by=by,
        sha256=sha256,
        format=form.name,
        new_count=new_count,
        amount_fen=new_fen,
        known_count=file.known_count,
    )
    return file


def _new_file(
    session: Session,
    files: Files,
    content: bytes,
    sha256: str,
    form: BankFormat,
    name: str,
    by: Person,
) -> BankFile:
    """Write the file down; whoever writes the same one at this moment comes second."""
    new = upsert(session, BankFile).values(
        sha256=sha256, name=name[:200], format_id=form.id, read_by_id=by.id
    )
    made = session.scalar(new.on_conflict_do_nothing().returning(BankFile.id))
    if made is None:
        _check_unread(session, sha256)
    file = session.get_one(BankFile, made)
    attachment = attach_sheet(session, files, content, name=name, by=by)
    file.attachment_id = attachment.id
    return file


def _write(session: Session, file: BankFile, rows: Sequence[BankRow], by: Person) -> dict[str, int]:
    """Insert the rows that nobody has written down, with their codes; return their ids by serial."""
    given: list[dict[str, Any]] = [
        {
            "once_key": f"bank-{hashlib.sha256(row.serial.encode()).hexdigest()[:40]}",
            "amount_fen": row.amount_fen,
            "bank_serial": row.serial,
            "digest": row.digest,
            "paid_on": row.paid_on,
            "payer_name": row.payer_name,
            "payer_account": row.payer_account,
            "remark": row.remark,
        }
        for row in rows
    ]
    # The table itself, and the rows beside the statement: it is put together once, not per row.
    # What all rows share is written into it, so that the driver has half as much to carry.
    table = Payment.__table__
    shared = {
        "method": f"'{Method.TRANSFER.value}'",
        "allocated_fen": "0",
        "refunded_fen": "0",
        "aside_reason": "''",
        "recorded_by_id": str(by.id),
        "file_id": str(file.id),
    }
    new = (
        upsert(session, table)
        .values({name: sa.literal_column(sql) for name, sql in shared.items()})
        .on_conflict_do_nothing()
        .returning(table.c.id, table.c.bank_serial)
    )
    ids = {serial: id_ for id_, serial in session.connection().execute(new, given)}
    codes = [
        {"payment_id": ids[row.serial], "code": code}
        for row in rows
        if row.serial in ids
        for code in codes_in(row.remark)
    ]
    if codes:
        session.execute(sa.insert(PaymentCode), codes)
    return ids


def _is_same(row: BankRow, known: Known) -> bool:
    return (row.amount_fen, row.paid_on) == (known.amount_fen, known.paid_on)


def _check_unread(session: Session, sha256: str) -> None:
    read = bank_file_of(session, sha256)
    if read is not None:
        at = read.read_at.astimezone(clock.CHINA)
        raise Refused(
            f"这个文件已由{read.read_by.name}在 {at:%Y-%m-%d %H:%M} 导入"
            f"（新增 {read.new_count} 笔，{money.yuan(read.new_fen)} 元），不能重复导入。",
            field="file",
        )
