"""The kinds of reports that there are: each its columns, the select of its rows, and whose it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from market.adapters.spreadsheets import Kind
from market.core.access import DESK, Role
from market.ordering.queries.orders import SEE_ALL
from market.payments.queries.ageing import Age
from market.reports.queries.groups import By
from market.reports.queries.tables import goods, purchases, unpaid
from market.reports.queries.tables.asking import Asked

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of a report: the key of what it shows, and how.

    ``fen`` is shown in the unit of money asked for. ``is_summed`` says that its sum means
    something. ``rate_of`` are the keys of a part and a whole, whose rate it shows.
    """

    key: str
    title: str
    kind: Kind | Literal["fen"] = "text"
    is_summed: bool = False
    rate_of: tuple[str, str] | None = None

    @property
    def summed(self) -> tuple[str, ...]:
        """The keys that are summed so that its sum can be shown."""
        return self.rate_of or ((self.key,) if self.is_summed else ())


@dataclass(frozen=True)
class Report:
    """A kind of report.

    ``select`` gives its rows with a label for each key, and ``searched``, a text to find them
    by; ``order`` are keys that put them in one order only; ``fen`` is the money it is about. It is narrowed by ``filters``, which a page offers, and ``also`` by an address.
    ``leads_to`` gives the address of the rows behind a figure, if it has one; ``named_by`` is the
    column that a row is called by.
    """

    title: str
    about: str
    note: str
    columns: Sequence[Column] | Callable[[Asked], Sequence[Column]]
    select: Callable[[Asked], sa.Select[Any]]
    order: tuple[str, ...]
    leads_to: Callable[[Asked, Row | None, str], str | None]
    filters: tuple[By, ...]
    also: tuple[By, ...] = (By.PARENT, By.UNIT, By.PRODUCT)
    named_by: str = "name"
    has_period: bool = True
    roles: tuple[Role, ...] = DESK

    def title_for(self, asked: Asked) -> str:
        """Return the title with the time it is about."""
        return f"{asked.period}{self.title}" if self.has_period else self.title

    def known(self, asked: Asked) -> Asked:
        """Return what of the parameters this report knows."""
        sorts = [column.key for column in columns_of(self, asked)]
        return asked.of((*self.filters, *self.also), sorts=sorts)


def columns_of(report: Report, asked: Asked) -> Sequence[Column]:
    """Return the columns of a report for these parameters."""
    return report.columns(asked) if callable(report.columns) else report.columns


COUNTED = "已验收并扣除售后的计入金额，在途不计入"
HELPED = "带动户数是各商品填报数之和，同一户可能重复"
UNRECORDED = "系统不登记带动人数和评分，不列"
NO_SUM = "一个订单可含多家，订单数不合计"

_UNIT = (Column("code", "单位编码"), Column("unit", "单位"), Column("kind", "单位类别"))
_GOODS = (
    Column("orders", "订单数", "int"),
    Column("fen", "销售额", "fen", is_summed=True),
    Column("households", "带动户数", "int", is_summed=True),
    Column("rate", "退货率", "rate", rate_of=("returned", "accepted")),
)


def _matrix(asked: Asked) -> Sequence[Column]:
    months = [Column(f"m{n}", f"{n}月", "fen", is_summed=True) for n in asked.months]
    return (
        *_UNIT[:2],
        Column("channel", "渠道"),
        *months,
        Column("fen", "合计", "fen", is_summed=True),
    )


REPORTS: Mapping[str, Report] = {
    "months": Report(
        title="各单位分月分渠道采购",
        about="每个单位、每个月、每个渠道一行，适合再加工；行数多，可以生成后保存。",
        note=COUNTED,
        columns=(
            *_UNIT,
            Column("month", "月份", "int"),
            Column("channel", "渠道"),
            Column("fen", "金额", "fen", is_summed=True),
        ),
        select=purchases.months,
        order=("code", "month", "channel"),
        leads_to=purchases.month_rows,
        named_by="unit",
        filters=(By.KIND, By.CHANNEL, By.SUPPLIER, By.TOWNSHIP),
    ),
    "matrix": Report(
        title="各单位各渠道采购分月对照",
        about="每个单位、每个渠道一行，各月并排，看得出哪个渠道什么时候停了。",
        note=COUNTED,
        columns=_matrix,
        select=purchases.matrix,
        order=("code", "channel"),
        leads_to=purchases.matrix_rows,
        named_by="unit",
        filters=(By.KIND, By.CHANNEL, By.SUPPLIER, By.TOWNSHIP),
    ),
    "suppliers": Report(
        title="供应商销售情况",
        about="每个供应商卖了多少种商品、多少订单、多少钱，退货多少，带动多少户。",
        note=f"{COUNTED}；产品数是有计入的；{HELPED}；{NO_SUM}；{UNRECORDED}",
        columns=(
            Column("name", "供应商"),
            Column("township", "所在乡镇"),
            Column("products", "产品数", "int", is_summed=True),
            *_GOODS,
        ),
        select=goods.suppliers,
        order=("name", "code"),
        leads_to=goods.supplier_rows,
        filters=(By.KIND, By.CHANNEL, By.TOWNSHIP),
    ),
    "products": Report(
        title="商品销售情况",
        about="每种商品的订单、销售额、退货和带动户数。",
        note=f"{COUNTED}；{HELPED}；{NO_SUM}",
        columns=(
            Column("code", "商品编码"),
            Column("name", "商品"),
            Column("category", "分类"),
            Column("supplier", "供应商"),
            Column("township", "产地乡镇"),
            *_GOODS,
        ),
        select=goods.products,
        order=("name", "code"),
        leads_to=goods.product_rows,
        filters=(By.KIND, By.CHANNEL, By.SUPPLIER, By.TOWNSHIP),
    ),
    "townships": Report(
        title="产地乡镇销售情况",
        about="每个乡镇有几家供应商、几种商品卖出，卖了多少，带动多少户。",
        note=f"{COUNTED}；按商品的产地，没有商品的按供应商所在乡镇；{HELPED}；{NO_SUM}",
        columns=(
            Column("name", "产地乡镇"),
            Column("suppliers", "供应商数", "int"),
            Column("products", "产品数", "int", is_summed=True),
            *_GOODS,
        ),
        select=goods.townships,
        order=("name",),
        leads_to=goods.township_rows,
        filters=(By.KIND, By.CHANNEL, By.SUPPLIER),
    ),
    "helped": Report(
        title="商品带动农户情况",
        about="上架过、填报了带动户数的商品，连同期内的销售额；没有卖出的也列出。",
        note=f"{COUNTED}；{HELPED}；系统不登记每户的收入和人数，不推算",
        columns=(
            Column("township", "产地乡镇"),
            Column("supplier", "供应商"),
            Column("code", "商品编码"),
            Column("name", "商品"),
            Column("recognition", "认定编号"),
            Column("households", "带动户数", "int", is_summed=True),
            Column("orders", "订单数", "int"),
            Column("fen", "销售额", "fen", is_summed=True),
        ),
        select=goods.helped,
        order=("township", "supplier", "code"),
        leads_to=goods.helped_rows,
        filters=(By.SUPPLIER, By.TOWNSHIP),
    ),
    "unpaid": Report(
        title="已验收未付款账龄",
        about="每个单位欠每个供应商多少，按结算单的付款期限分段；还没有出单的单列。",
        note="先货后款、已验收并扣除售后和已付的金额；一个订单有几家供应商而还没有出单的，不分供应商",
        columns=(
            *_UNIT[:2],
            Column("supplier", "供应商"),
            *(Column(age.value, age.label, "fen", is_summed=True) for age in Age),
            Column("unbilled", "已验收未出单", "fen", is_summed=True),
            Column("fen", "合计", "fen", is_summed=True),
        ),
        select=unpaid.unpaid,
        order=("code", "supplier", "supplier_code"),
        leads_to=unpaid.unpaid_rows,
        named_by="unit",
        filters=(By.KIND, By.SUPPLIER),
        also=(By.UNIT,),
        has_period=False,
        roles=SEE_ALL,
    ),
}
