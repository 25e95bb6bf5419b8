"""A month's statement is made, agreed by both sides, invoiced, and stands among what is owed."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from market.catalog.models import Sku
from market.core import clock
from market.ordering.models import ConsignmentState
from tests import make_orders
from tests.browser.conftest import Visit
from tests.browser.deeds import stat
from tests.browser.world import World


@pytest.fixture
def delivered(world: World) -> str:
    """王芳's canteen received four bags last month; return that month."""
    first = clock.today().replace(day=1)
    last = first - dt.timedelta(days=1)
    with clock.set_to(clock.start_of(last) + dt.timedelta(hours=12)):
        sku = world.session.query(Sku).filter_by(code="SF01-500").one()
        made = make_orders.consignment(
            world.session, world["wangfang"], (sku, 4000), state=ConsignmentState.RECEIVED
        )
    assert made.order.total_fen == 100_00
    world.session.commit()
    return f"{last:%Y-%m}"


def test_both_sides_agree_with_a_statement_and_its_invoice_is_checked(
    delivered: str, visit_at_desk: Visit
) -> None:
    limei = visit_at_desk("limei")
    limei.open("/statements")
    limei.says("还没有结算单")
    expect(limei.page.get_by_label("结算月份")).to_have_value(delivered)
    limei.press("生成结算单")
    limei.says("生成了 1 张结算单", "人和街道办事处", "100.00")

    zhouqiang = visit_at_desk("zhouqiang")
    zhouqiang.open("/statements")
    number = zhouqiang.page.locator("main a", has_text=re.compile(r"^JS\d{11}$")).inner_text()
    zhouqiang.press(number)
    zhouqiang.says("验收", "¥100.00", "未确认")
    assert zhouqiang.take("PDF").startswith(b"%PDF-")
    assert zhouqiang.take("Excel").startswith(b"PK")
    zhouqiang.press("确认无误")
    zhouqiang.says("等待对方确认")

    tianyong = visit_at_desk("tianyong")
    tianyong.open(f"/statements/{number}")
    tianyong.press("确认无误")
    tianyong.says("已确认", "差额 -100.00")
    page = tianyong.page
    page.get_by_label("发票号码").fill("12")
    tianyong.press("登记发票", status=422)
    tianyong.says("发票号码是 8 位数字，全电发票是 20 位")
    page.get_by_label("发票号码").fill("2" * 20)
    tianyong.press("登记发票")
    tianyong.says("发票已登记", "2" * 20, "一致")

    zhouqiang.open("/statements")
    assert stat(zhouqiang, "未付") == "100.00元"
    limei.open("/statements/ageing")
    row = limei.page.get_by_role("row", name=re.compile("人和街道办事处"))
    expect(row).to_contain_text("100.00")
    limei.press(row.get_by_role("link", name="100.00"))
    limei.says(number)
    limei.press(number)
    limei.page.get_by_text("登记一笔到账").click()
    limei.page.get_by_label("银行流水号").fill("20261127001")
    limei.press("登记到账")
    limei.says("转账已登记入账", "20261127001")
    expect(limei.page.locator(".sums .grand")).to_contain_text("0.00")


def test_a_unit_objects_and_the_coordinator_answers(delivered: str, visit_at_desk: Visit) -> None:
    limei = visit_at_desk("limei")
    limei.open("/statements")
    limei.press("生成结算单")
    wangfang = visit_at_desk("wangfang")
    wangfang.open("/statements")
    wangfang.press(wangfang.page.locator("main a", has_text=re.compile(r"^JS\d{11}$")))
    address = wangfang.path()
    wangfang.page.get_by_text("金额不对，提出异议").click()
    wangfang.page.get_by_label("异议内容").fill("少收一袋")
    wangfang.press("提交异议")
    wangfang.says("有异议", "少收一袋", "暂停付款")
    limei.open(address)
    limei.page.get_by_label("处理意见").fill("过秤单与验收一致")
    limei.press("核实无误，维持")
    limei.says("过秤单与验收一致", "待双方确认")
    wangfang.open(address)
    wangfang.says("确认无误")
