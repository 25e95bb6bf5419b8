"""Record the invoices for statements, and declare them void."""

import datetime as dt
import re
import unicodedata

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.services import record
from market.core import clock
from market.core.db import upsert
from market.core.errors import Refused
from market.core.states import move
from market.evidence.models import Attachment
from market.payments.models import Invoice, InvoiceState, Statement, StatementState
from market.payments.services.agreement import side_of

CODE = re.compile(r"([0-9]{10}|[0-9]{12})?")
OLD_LENGTH = 8  # Older invoices have a code beside their number.
NUMBER = re.compile(r"[0-9]{8}|[0-9]{20}")


def record_invoice(
    session: Session,
    statement: Statement,
    *,
    code: str,
    number: str,
    issued_on: dt.date,
    amount_fen: int,
    attachment: Attachment | None,
    once_key: str,
    by: Person,
) -> Invoice:
    """Write down an invoice for a statement, for either side; the same key gives the same invoice.

    A number of 8 digits stands with a code of 10 or 12, one of 20 (全电发票) alone. Code and
    number are used once among those that stand. Refuses dates in the future, sums
    that are not above zero, and void statements. The sum may differ from the
    statement's: the difference is shown.
    """
    made = _made_before(session, once_key)
    if made is not None:
        return _same(made, statement)
    if side_of(statement, by) is None:
        raise Refused("只有结算单双方（本单位的食堂管理员或负责人、供应商）可以登记发票。")
    # One that is being declared void waits, or is seen to be so.
    session.refresh(statement, ["state"], with_for_update={"key_share": True})
    if statement.state is StatementState.VOID:
        raise Refused(f"结算单 {statement.number} 已作废，请登记到新的结算单。")
    code, number = _digits(code), _digits(number)
    _check(code, number, issued_on, amount_fen)
    new = upsert(session, Invoice).values(
        once_key=once_key,
        code=code,
        number=number,
        issued_on=issued_on,
        amount_fen=amount_fen,
        statement_id=statement.id,
        attachment_id=attachment.id if attachment else None,
        recorded_by_id=by.id,
    )
    invoice_id = session.scalar(new.on_conflict_do_nothing().returning(Invoice.id))
    if invoice_id is None:  # The same click again, or a number that stands already.
        made = _made_before(session, once_key)
        if made is not None:
            return _same(made, statement)
        raise Refused(_used(session, code, number), field="number")
    invoice = session.get_one(Invoice, invoice_id)
    record(
        session,
        "invoice.recorded",
        invoice,
        by=by,
        statement=statement.number,
        amount_fen=amount_fen,
    )
    return invoice


def void_invoice(session: Session, invoice: Invoice, *, reason: str, by: Person) -> None:
    """Declare an invoice void, with a reason; its number may then be recorded anew. Either side may."""
    if side_of(invoice.statement, by) is None:
        raise Refused("只有结算单双方可以作废发票登记。")
    if not reason.strip():
        raise Refused("请填写作废原因（红冲、开错抬头、登记有误等）。", field="reason")
    move(session, invoice, InvoiceState.VOID)
    invoice.void_reason = reason.strip()
    session.flush()
    record(session, "invoice.voided", invoice, by=by)


def _made_before(session: Session, once_key: str) -> Invoice | None:
    return session.scalar(sa.select(Invoice).where(Invoice.once_key == once_key))


def _same(made: Invoice, statement: Statement) -> Invoice:
    if made.statement_id != statement.id:
        raise Refused("提交码不属于这张结算单，请刷新页面后重新填写。")
    return made


def _digits(typed: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", typed))


def _check(code: str, number: str, issued_on: dt.date, amount_fen: int) -> None:
    if not CODE.fullmatch(code):
        raise Refused("发票代码是 10 位或 12 位数字；全电发票没有代码，请留空。", field="code")
    if not NUMBER.fullmatch(number):
        raise Refused("发票号码是 8 位数字，全电发票是 20 位。", field="number")
    if (len(number) == 8) != bool(code):
        raise Refused("8 位号码的发票须填写代码；20 位号码的全电发票没有代码。", field="code")
    if issued_on > clock.today():
        raise Refused(f"开票日期不能晚于今天（{clock.today()}）。", field="issued_on")
    if amount_fen <= 0:
        raise Refused("发票金额必须大于 0。", field="amount_fen")


def _used(session: Session, code: str, number: str) -> str:
    statement_number = session.scalar(
        sa.select(Statement.number)
        .join(Invoice, Invoice.statement_id == Statement.id)
        .where(Invoice.code == code, Invoice.number == number, Invoice.state == InvoiceState.VALID)
    )
    return (
        f"发票 {code} {number} 已登记在结算单 {statement_number}，一张发票只能用一次；"
        "登记有误的请先作废那一条。"
    )
