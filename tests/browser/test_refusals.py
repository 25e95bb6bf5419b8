"""What can't be done is said on the form or on a page of its own; nothing typed is lost."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from market.core import clock
from tests import make, make_orders
from tests.browser.conftest import Visit
from tests.browser.deeds import put_into_cart
from tests.browser.world import World


def test_what_was_typed_stays_when_a_checkout_is_refused(world: World, visit: Visit) -> None:
    wumin = visit("wumin")
    wumin.open("/goods")
    put_into_cart(wumin, "手工苕粉", "SF01-500", "2")
    wumin.press("去结算")
    yesterday = (clock.today() - dt.timedelta(days=1)).isoformat()
    address, wanted = wumin.page.get_by_label("收货地址"), wumin.page.get_by_label("期望送达日期")
    address.fill("")
    wanted.fill(yesterday)
    wumin.page.get_by_label("备注").fill("请放门卫室")
    wumin.press("提交订单", status=422)
    wumin.says("没有提交成功，填写的内容都还在。", "请填写收货地址。")
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(wanted).to_have_value(yesterday)
    expect(wumin.page.get_by_label("备注")).to_have_value("请放门卫室")

    address.fill("人民路5号（演示）")
    wumin.press("提交订单", status=422)
    wumin.says("期望送达日期须在")
    expect(wanted).to_have_attribute("aria-invalid", "true")
    expect(address).to_have_value("人民路5号（演示）")

    wanted.fill(clock.today().isoformat())
    wumin.press("提交订单")
    wumin.says("转账金额", "¥50.00")


def test_a_page_that_is_not_there_says_the_next_step(visit: Visit) -> None:
    anyone = visit()
    anyone.open("/nowhere", status=404)
    anyone.says("没有找到这一页")
    anyone.press("看看商品")


def test_a_page_of_others_says_whose_it_is(world: World, visit: Visit) -> None:
    wumin = visit("wumin")
    wumin.open("/board", status=403)
    wumin.says("这一页不归您办理", "统筹协调", "个人购买者", "本单位负责人")


def test_the_order_of_another_unit_is_not_there(busy_world: World, window: Visit) -> None:
    zhaoqiang = window().sign_in("zhaoqiang")
    wangfang = window().sign_in("wangfang")
    wangfang.open("/orders")
    link = wangfang.page.locator("main table a[href^='/orders/']").first
    path = link.get_attribute("href")
    assert path
    wangfang.open(path)
    zhaoqiang.open(path, status=404)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_an_inspector_sees_everything_and_changes_nothing(
    world: World, window: Visit, phone: bool
) -> None:
    by_code = {sku.code: sku for sku in world.session.query(make.Sku)}
    order = make_orders.order(
        world.session, world["wumin"], (by_code["SF01-500"], 2000), opened=False
    )
    number, year = order.number, clock.today().year
    world.session.commit()
    zhengjie = window(phone=phone).sign_in("zhengjie")
    for path in ("/board", f"/orders/{number}", "/payments", "/units/RH", "/targets", "/audit"):
        zhengjie.open(path)
        buttons = zhengjie.page.locator("main form[method=post] button")
        expect(buttons).to_have_count(0)
    token = zhengjie.page.locator("meta[name=csrf-token]").get_attribute("content")
    assert token
    for path in (
        f"/payments/{number}",
        f"/orders/{number}/cancel",
        f"/targets/RH/{year}",
        "/targets/import",
        "/units/RH/close",
        "/units/RH/edit",
        "/desk/goods/SF01/withdraw",
    ):
        answer = zhengjie.page.request.post(
            path, form={"csrf_token": token}, headers={"Referer": zhengjie.live}
        )
        assert answer.status == 403, path
        assert re.search("不归您办理", answer.text())
