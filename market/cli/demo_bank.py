"""A bank's file in the demonstration world, which leaves a little to be matched."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.files import Files
from market.core import clock, money
from market.ordering.models import BuyingFor, Order
from market.payments.queries.bank_queue import payable_orders
from market.payments.services.bank_formats import Mapping, save_format
from market.payments.services.bank_import import import_file
from market.payments.services.bank_reading import read_bank_file

NAME = "演示银行"
HEAD = "交易日期,交易流水号,收入金额,支出金额,对方户名,对方账号,附言"
MAPPING = Mapping(
    name=NAME,
    date_column="交易日期",
    serial_column="交易流水号",
    in_column="收入金额",
    out_column="支出金额",
    payer_name_column="对方户名",
    payer_account_column="对方账号",
    remark_columns=("附言",),
)


def make_bank_file(session: Session, files: Files, *, by: Person) -> None:
    """Save a bank's format and import a file of it: exact, underpaid, without a code, interest.

    For what waits at this moment; nothing where nothing does.
    """
    owed = payable_orders()
    rows = session.execute(
        sa.select(Order, owed.c.owed).join(owed, owed.c.id == Order.id).order_by(Order.id.desc())
    ).all()
    form = save_format(session, MAPPING, by=by)
    content = _sheet(rows[:4])
    sheet = read_bank_file(content, form)
    import_file(session, files, content, sheet, form, name="演示银行流水.csv", by=by)


def _sheet(waiting: Any) -> bytes:
    """Write the file as a bank would: in GBK, with a title above and the sum below."""
    today = clock.today()
    lines = ["演示银行交易明细（演示）", f"账号,6200000000000000,期间,{today},{today}", HEAD]
    for place, (order, owed) in enumerate(waiting):
        own = order.buying_for is BuyingFor.SELF or order.unit is None
        payer = order.placed_by.name if own else order.unit.name
        fen = int(owed) - 100 if place == 2 and owed > 100 else int(owed)
        remark = "演示货款" if place == 3 else f"演示货款{order.number}"
        amount = money.yuan(fen)
        lines.append(f'{today},YS{today:%Y%m%d}{place:04d},"{amount}",,{payer},,{remark}')
    lines.append(f"{today},YS{today:%Y%m%d}0090,3.27,,演示银行,,活期结息（演示）")
    lines.append(f"{today},YS{today:%Y%m%d}0091,,15.00,演示银行,,手续费（演示）")
    lines.append("合计（演示）")
    return "\r\n".join(lines).encode("gb18030")
