"""A stand's till on a phone: three sales without a network arrive once each; and all of it without scripts."""

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from market.catalog.models import Supplier
from market.core import clock
from market.fairs import services
from market.fairs.models import FairSale
from tests.browser.conftest import Visit
from tests.browser.desk import Visitor
from tests.browser.world import World
from tests.fairs.held import key, planned


@pytest.fixture
def till(world: World) -> str:
    """The till of an open fair where 田勇 stands and 向平 does."""
    session, by = world.session, world["limei"]
    fair = services.plan_fair(session, planned(name="人和展销"), once_key=key(), by=by)
    for number, login in enumerate(("tianyong", "xiangping"), 1):
        seller = world[login]
        supplier = session.get_one(Supplier, seller.supplier_id)
        stand = services.invite(session, fair, supplier, f"A{number}", by=by)
        services.answer(session, stand, accepts=True, by=seller)
    services.open_fair(session, fair, by=by)
    number = fair.number
    session.commit()
    return f"/fairs/{number}/till"


def enter(visitor: Visitor, amount: str, receipt: str, unit: str = "") -> None:
    """Fill in a sale; whoever calls presses the button."""
    main = visitor.page.locator("main")
    main.get_by_label("金额").fill(amount)
    main.get_by_label("小票号").fill(receipt)
    if unit:
        main.get_by_label("单位", exact=True).first.check()
        main.get_by_role("combobox", name="单位").fill(unit)


def entered(world: World) -> list[tuple[str, int]]:
    rows = world.session.execute(
        sa.select(FairSale.receipt_no, FairSale.amount_fen).order_by(FairSale.id)
    ).all()
    world.session.commit()
    return [(receipt, fen) for receipt, fen in rows]


def test_three_sales_without_a_network_arrive_once_each_when_it_is_back(
    world: World, till: str, window: Visit
) -> None:
    tianyong = window(phone=True).sign_in("tianyong")
    tianyong.open(till)
    page = tianyong.page
    page.context.set_offline(True)
    for amount, receipt, unit in (("12.50", "0001", ""), ("300", "0002", "RH"), ("8", "0003", "")):
        enter(tianyong, amount, receipt, unit)
        page.get_by_role("button", name="登记", exact=True).click()
        expect(page.locator("[data-till-list]")).to_contain_text(f"小票 {receipt}")
    expect(page.get_by_role("status")).to_contain_text("等待送出 3 笔")
    expect(page.get_by_role("status")).to_contain_text("没有网络")
    assert entered(world) == []
    page.context.set_offline(False)
    expect(page.get_by_role("status")).to_contain_text("已送到 3 笔")
    assert entered(world) == [("0001", 1250), ("0002", 30_000), ("0003", 800)]

    # A receipt that is used is refused with the server's sentence, kept, and mended.
    enter(tianyong, "5", "0003")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("[data-till-list]")).to_contain_text("小票号“0003”在这场展销已经登记过")
    page.get_by_role("button", name="修改小票 0003").click()
    expect(page.get_by_label("金额")).to_have_value("5")
    page.get_by_label("小票号").fill("0004")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("已送到 4 笔，没有通过 0 笔")
    tianyong.look()
    tianyong.open(till)
    assert entered(world)[3:] == [("0004", 500)]


def test_a_stand_sells_and_the_unit_confirms_without_scripts(
    world: World, till: str, window: Visit
) -> None:
    tianyong = window(phone=True, script=False).sign_in("tianyong")
    tianyong.open(till)
    enter(tianyong, "300", "0007", "人和街道办事处")
    tianyong.press("登记")
    tianyong.says("小票 0007 已登记，300.00 元", "待核实")
    enter(tianyong, "1", "0007")
    tianyong.press("登记", 422)
    tianyong.says("小票号“0007”在这场展销已经登记过")
    zhouqiang = window(phone=True, script=False).sign_in("zhouqiang")
    zhouqiang.open("/fairs/purchases")
    zhouqiang.press(zhouqiang.page.get_by_role("button", name="确认小票 0007"))
    zhouqiang.says("小票 0007 已确认")
    limei = window().sign_in("limei")
    limei.open(f"/units/RH/completion?year={clock.today().year}")
    limei.press(limei.page.get_by_role("link", name=re.compile("展销现场合计 300.00")))
    limei.press("展销小票 0007")
    limei.says("人和街道办事处", "计入任务")
