"""What is said of a purchase outside the shop, and what keeps it from being submitted."""

import datetime as dt
import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from market.core import clock, money
from market.core.errors import Refused
from market.targets.models import OutsideKind
from market.targets.queries.periods import earliest_day
from market.targets.queries.twins import receipt_key

MOST_SELLER = 80
MOST_PRODUCTS = 200
MOST_NOTE = 500
_INVOICE_CODE = re.compile(r"[0-9]{10,12}")
_INVOICE_NO = re.compile(r"[0-9]{8,20}")
_RECEIPT_NO = re.compile(r"[^\s]{1,38}")
_ORDER_NO = re.compile(r"[0-9A-Za-z-]{4,40}")


@dataclass(frozen=True)
class Bought:
    """A purchase as it was typed; numbers of papers are empty where there are none."""

    kind: OutsideKind
    bought_on: dt.date
    seller: str
    products: str
    amount_fen: int
    invoice_code: str = ""
    invoice_no: str = ""
    order_no: str = ""
    receipt_no: str = ""
    note: str = ""


def check_bought(session: Session, told: Bought) -> None:
    """Refuse a purchase with a day to come or of a year that is over, or without its papers' numbers.

    An order of the national platform is proved by its order number, a purchase elsewhere
    by its invoice's; stands and others may have neither, their files must do. A day in a
    closed month is no fault: the purchase counts in an open one.
    """
    check_day(told.bought_on, earliest_day(session, clock.today()))
    check_papers(told)


def check_day(bought_on: dt.date, earliest: dt.date) -> None:
    """Refuse a day to come, and one before the earliest that may still be submitted."""
    today = clock.today()
    if bought_on > today:
        raise Refused(
            f"购买日期 {bought_on} 晚于今天（{today}），请填写实际购买的日期。", field="bought_on"
        )
    if bought_on < earliest:
        raise Refused(
            f"购买日期 {bought_on} 早于可申报的最早日期 {earliest}：以前年度已结束，"
            "不能再申报，请核对日期。",
            field="bought_on",
        )


def check_papers(told: Bought) -> None:
    """Refuse an amount, a name or a paper's number that can't be, and a number that is missing."""
    if told.amount_fen <= 0:
        raise Refused("金额必须大于 0 元。", field="amount_fen")
    if told.amount_fen > money.MOST_FEN:
        raise Refused(
            f"金额过大，最多 {money.yuan(money.MOST_FEN)} 元，请检查是否多输了几位。",
            field="amount_fen",
        )
    if not 1 <= len(told.seller) <= MOST_SELLER:
        raise Refused(f"请填写销售方名称，最多 {MOST_SELLER} 个字。", field="seller")
    if not 1 <= len(told.products) <= MOST_PRODUCTS:
        raise Refused(f"请填写商品和数量，最多 {MOST_PRODUCTS} 个字。", field="products")
    if len(told.note) > MOST_NOTE:
        raise Refused(f"说明最多 {MOST_NOTE} 个字。", field="note")
    if told.invoice_code and not _INVOICE_CODE.fullmatch(told.invoice_code):
        raise Refused(
            "发票代码应为 10 至 12 位数字，全电发票没有代码，请留空。", field="invoice_code"
        )
    if told.invoice_no and not _INVOICE_NO.fullmatch(told.invoice_no):
        raise Refused("发票号码应为 8 至 20 位数字，请照发票填写。", field="invoice_no")
    if told.order_no and not _ORDER_NO.fullmatch(told.order_no):
        raise Refused("平台订单号应为 4 至 40 位字母、数字或短横，请照订单填写。", field="order_no")
    # In capitals a letter may become two.
    if not all(map(_RECEIPT_NO.fullmatch, {told.receipt_no, receipt_key(told.receipt_no)} - {""})):
        raise Refused("小票号最多 38 个字，不含空格，请照小票填写。", field="receipt_no")
    if told.invoice_code and not told.invoice_no:
        raise Refused("填了发票代码，还须填写发票号码。", field="invoice_no")
    if told.kind is OutsideKind.NATIONAL_PLATFORM and not told.order_no:
        raise Refused("国家平台的采购须填写平台订单号，用来查重。", field="order_no")
    if told.kind is OutsideKind.INVOICE and not told.invoice_no:
        raise Refused("凭发票的采购须填写发票号码，用来查重。", field="invoice_no")
