"""A bank's files and transfers for tests."""

import itertools
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core import clock
from market.payments.models import BankFormat, Payment, PaymentCode
from market.payments.queries.codes import codes_in

_n = itertools.count(1)
HEAD = "交易日期,流水号,收入,支出,余额,对方户名,对方账号,附言"


def bank_format(session: Session, by: Person, **given: Any) -> BankFormat:
    """Save the format of a bank that has columns for money in and money out."""
    columns = {
        "name": f"某银行{next(_n)}",
        "date_column": "交易日期",
        "serial_column": "流水号",
        "in_column": "收入",
        "out_column": "支出",
        "balance_column": "余额",
        "payer_name_column": "对方户名",
        "payer_account_column": "对方账号",
        "remark_columns": "附言",
    }
    made = BankFormat(**columns | given, saved_by_id=by.id)
    session.add(made)
    session.flush()
    return made


def row(
    amount: str = "",
    remark: str = "",
    *,
    day: str = "",
    serial: str | None = None,
    out: str = "",
    balance: str = "",
    payer: str = "某单位",
    account: str = "0062220001",
) -> str:
    """Return a row of a bank's CSV; it came in today, under a serial of its own."""
    day = day or clock.today().isoformat()
    serial = f"L{next(_n):08d}" if serial is None else serial
    cells = (day, serial, amount, out, balance, payer, account, remark)
    return ",".join(f'"{cell}"' if "," in cell else cell for cell in cells)


def sheet(*rows: str, head: str = HEAD, encoding: str = "utf-8") -> bytes:
    """Return a bank's CSV of these rows."""
    return "\r\n".join([head, *rows]).encode(encoding)


def arrived(session: Session, amount_fen: int, remark: str, by: Person, **given: Any) -> Payment:
    """Return a transfer as a bank's file brings it, put to nothing yet."""
    number = next(_n)
    payment = Payment(
        **{
            "once_key": f"bank-{number}",
            "amount_fen": amount_fen,
            "bank_serial": f"B{number:08d}",
            "paid_on": clock.today(),
            "payer_name": "某单位",
            "remark": remark,
            "recorded_by_id": by.id,
        }
        | given
    )
    session.add(payment)
    session.flush()
    session.add_all(
        PaymentCode(payment_id=payment.id, code=code) for code in codes_in(payment.remark)
    )
    session.flush()
    return payment
