"""A code to scan that brings what is to be transferred onto a phone."""

from markupsafe import Markup

from market.adapters.qr import svg
from market.core import money
from market.core.settings import settings


def transfer_code(number: str, amount_fen: int) -> Markup:
    """Return a code of what is to be typed into a bank's app, line by line.

    No code to transfer by is common to the banks here: it is plain text, for a person or
    an app that reads it.
    """
    payee = settings()
    lines = (
        f"收款户名：{payee.payee_name}",
        f"开户银行：{payee.payee_bank}",
        f"收款账号：{payee.payee_account}",
        f"金额：{money.yuan(amount_fen).replace(',', '')}",
        f"附言：{number}",
    )
    # Only lines of ours are drawn, and the label is escaped by what draws them.
    return Markup(svg("\n".join(lines), f"{number} 的转账信息"))  # noqa: S704
