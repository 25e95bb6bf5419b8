"""A canteen buys by weight, and the unit's rate moves by exactly what two people accepted."""

import re

from playwright.sync_api import expect

from market.core import money
from tests.browser.conftest import Visit
from tests.browser.deeds import check_out, line_of, picture, put_into_cart, search, ship, stat
from tests.browser.desk import figure
from tests.browser.world import TARGET_FEN, World

PRICE_FEN = 12_80
ORDERED = "90"
SHIPPED = "91.08"  # 1.2 % more than ordered.
ACCEPTED_MILLI, REJECTED = 88_580, "2.5"


def test_a_canteen_buys_by_weight_and_the_rate_moves_by_what_was_accepted(
    world: World, visit: Visit
) -> None:
    wangfang, zhouqiang = visit("wangfang"), visit("zhouqiang")
    wangfang.open("/my-unit")
    assert figure(stat(wangfang, "已完成")) == 0

    # Above the unit's limit: the lead returns it, then approves the smaller one.
    search(wangfang, "sf")
    put_into_cart(wangfang, "手工苕粉", "SF01-KG", "100")
    wangfang.says("¥1,280.00", "食堂")
    returned = check_out(wangfang, "提交审批")
    zhouqiang.open("/approvals")
    zhouqiang.page.get_by_label("退回原因").fill("本周用量请减到九十公斤")
    zhouqiang.press(zhouqiang.page.get_by_role("button", name=re.compile("退回")))
    zhouqiang.says("没有待审批的订单")

    wangfang.open(f"/orders/{returned}")
    wangfang.says("审批退回", "本周用量请减到九十公斤")
    wangfang.press("再来一单")
    quantity = wangfang.page.locator("main input[name=quantity-SF01-KG]")
    expect(quantity).to_have_value("100")
    quantity.fill(ORDERED)
    number = check_out(wangfang, "提交审批")
    zhouqiang.open("/approvals")
    zhouqiang.says(number, "¥1,152.00", "1.1%")
    zhouqiang.press(zhouqiang.page.get_by_role("button", name=re.compile("通过")))
    zhouqiang.says("没有待审批的订单")

    ship(visit("tianyong"), f"{number}-1", {"手工苕粉": SHIPPED})

    # The first person weighs, the second one signs.
    accepted_fen = money.line_fen(PRICE_FEN, ACCEPTED_MILLI)
    assert accepted_fen == 1133_82
    wangfang.open(f"/orders/{number}")
    wangfang.says(SHIPPED)
    wangfang.press("验收")
    line = line_of(wangfang, "手工苕粉")
    line.get_by_label("手工苕粉实收（公斤）").fill("88.58")
    line.get_by_label("手工苕粉拒收（公斤）").fill(REJECTED)
    if wangfang.script:  # The sum follows by itself.
        wangfang.page.keyboard.press("Tab")
        line.get_by_text("有拒收时填写原因和照片").click()
    else:
        wangfang.press("核算金额")
    expect(wangfang.page.locator("#amounts tfoot")).to_contain_text("1,133.82")
    line.get_by_label("拒收原因").fill("底层受潮结块")
    line.get_by_label("拒收照片").set_input_files(picture())
    wangfang.press("提交验货")
    wangfang.open("/my-unit")
    assert figure(stat(wangfang, "已完成")) == 0

    sunli = visit("sunli")
    sunli.open("/notices")
    sunli.says(f"王芳已验收 {number}-1，请您复核后签字。")
    sunli.open(f"/consignments/{number}-1/acceptance/sign")
    sunli.says("底层受潮结块", "¥1,133.82")
    assert sunli.page.locator("main img, main a[href^='/files/']").count()
    sunli.press("复核无误，签字")

    sunli.open("/my-unit")
    assert figure(stat(sunli, "已完成")) == accepted_fen
    assert figure(stat(sunli, "还差")) == TARGET_FEN - accepted_fen
    rate = money.show_rate(money.rate(accepted_fen, TARGET_FEN))
    expect(sunli.page.locator(".completion-large .rate")).to_have_text(rate)
    sunli.press(sunli.page.get_by_role("link", name="食堂定点采购合计 1,133.82，查看明细"))
    sunli.press(number)
    due = sunli.page.locator(".sums div", has_text="应付")
    expect(due).to_contain_text("1,133.82")

    limei = visit("limei")
    limei.open("/board")
    row = limei.page.get_by_role("row", name=re.compile("人和街道办事处"))
    expect(row).to_contain_text(money.wan(accepted_fen))
    expect(row).to_contain_text(rate)
