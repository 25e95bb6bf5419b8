"""An employee buys and pays by transfer, and the unit's figure shows exactly that."""

import re

from playwright.sync_api import expect

from market.core import clock, money
from tests.browser.conftest import Visit
from tests.browser.deeds import check_out, put_into_cart, search, ship
from tests.browser.world import TARGET_FEN, World


def test_an_employee_buys_pays_by_transfer_and_moves_the_units_figure(
    world: World, visit: Visit
) -> None:
    wumin = visit().sign_in_by_the_form("wumin")
    search(wumin, "shaofen")
    wumin.says("共 1 种商品")
    put_into_cart(wumin, "手工苕粉", "SF01-500", "3")
    wumin.says("手工苕粉", "¥75.00")
    number = check_out(wumin, "提交订单")

    assert wumin.path() == f"/orders/{number}/payment"
    wumin.says(number, "¥75.00", "演示收款户", "演示银行两江支行")
    expect(wumin.page.locator("main")).to_contain_text(
        re.compile(r"请在 \d{4}-\d\d-\d\d \d\d:\d\d 前一次足额转账")
    )

    limei = visit("limei")
    limei.open("/payments")
    limei.page.get_by_label("订单编号（转账附言）").fill(number)
    limei.press("筛选")
    limei.page.get_by_label("银行流水号").fill("演示-20201123-0001")
    limei.page.get_by_label("到账日期").fill(clock.today().isoformat())
    limei.press(limei.page.get_by_role("button", name=re.compile(f"登记到账.*{number}")))
    limei.says(f"订单 {number} 的转账 75.00 元已入账。")

    ship(visit("tianyong"), f"{number}-1", {"手工苕粉": "3"})

    wumin.open(f"/orders/{number}")
    wumin.press("验收")
    wumin.page.get_by_role("textbox", name="手工苕粉实收（袋）").fill("3")
    wumin.press("完成验收")
    wumin.open(f"/orders/{number}")
    wumin.says("已完成", "职工个人线上")

    # From the board down to the order.
    limei.open("/board")
    limei.press(limei.page.get_by_role("rowheader").get_by_role("link", name="人和街道办事处"))
    limei.says(money.show_rate(money.rate(75_00, TARGET_FEN)))
    limei.press(limei.page.get_by_role("link", name="职工个人线上合计 75.00，查看明细"))
    limei.says("合计 75.00 元", "职工个人线上")
    limei.press(number)
    limei.says("吴敏", "¥75.00", "演示-20201123-0001")
