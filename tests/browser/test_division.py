"""Two coordinators divide a year's target, and a canteen manager reads why hers is what it is."""

import pytest
from playwright.sync_api import expect

from market.accounts.services import make_person
from market.core import clock
from market.core.access import Role
from tests.browser.conftest import Visit
from tests.browser.world import World


@pytest.fixture
def hejing(world: World) -> None:
    """何静 coordinates, too, and checks what 李梅 calculates."""
    make_person(
        world.session,
        login="hejing",
        name="何静",
        role=Role.COORDINATOR,
        phone="023-0000-0000",
        is_demo=True,
        by=None,
    )
    world.session.commit()


@pytest.mark.usefixtures("hejing")
def test_two_coordinators_divide_a_target_and_a_unit_reads_why(
    world: World, visit_at_desk: Visit
) -> None:
    year = clock.today().year + 1
    limei, checker = visit_at_desk("limei"), visit_at_desk("hejing")
    limei.open(f"/targets?year={year}")
    limei.press("分解下达")
    limei.press(limei.page.locator("main").get_by_role("link", name="新建分解").first)
    form = limei.page.locator("main")
    form.get_by_label("目标总额").fill("100050")
    form.get_by_label("分解依据").select_option("自定权重")
    limei.press("下一步：计算", status=422)
    limei.says("可以改为 100,000.00 元或 100,100.00 元")
    form.get_by_label("目标总额").fill("100000")
    limei.press("下一步：计算")
    form.get_by_label("人和街道办事处权重").fill("2")
    form.get_by_label("天宫殿街道办事处权重").fill("-1")
    limei.press("计算", status=422)
    limei.says("权重不能小于 0。")
    form.get_by_label("天宫殿街道办事处权重").fill("1")
    limei.press("计算")
    row = limei.page.get_by_role("row", name="人和街道办事处")
    expect(row).to_contain_text("66,666.67")
    expect(row).to_contain_text("66,700.00")
    limei.says("余数排第 1，在剩余的 1 个步长之内，进 100.00 元。", "33,300.00")
    limei.press("提交复核")
    path = limei.path()

    checker.open(path)
    checker.press("复核通过")
    checker.says("已复核")

    limei.open(path)
    form.get_by_label("文号").fill(f"演示〔{year}〕1号")
    limei.press("下达", status=422)
    limei.says("请上传下达文件")
    form.get_by_label("下达文件").set_input_files(
        {"name": "通知.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
    )
    limei.press("下达")
    limei.says("已下达，2 个单位的目标有变动")

    wangfang = visit_at_desk("wangfang")
    wangfang.open(f"/units/RH/completion?year={year}")
    wangfang.press("这个数是怎么来的？")
    wangfang.says("2 个单位共分 100,000.00 元", "本单位的权重：2；全部单位合计 3。")
    assert wangfang.take(f"下达文件 演示〔{year}〕1号") == b"%PDF-1.7 x"


def test_a_unit_merges_into_another(world: World, visit_at_desk: Visit) -> None:
    limei = visit_at_desk("limei")
    limei.open("/units/TG")
    limei.press("合并、分设")
    form = limei.page.locator("main")
    form.get_by_label("承接单位编码").fill("NO")
    form.get_by_label("文号").fill("编办〔2026〕8号")
    form.get_by_label("发文日期").fill(clock.today().isoformat())
    form.get_by_label("原因").fill("机构改革")
    limei.press(form.get_by_role("button", name="并入其他单位"), status=422)
    limei.says("没有编码为“NO”的单位")
    form.get_by_label("承接单位编码").fill("RH")
    limei.press(form.get_by_role("button", name="并入其他单位"))
    limei.says("已撤销", "尚未完成的目标已转给“人和街道办事处”")
    limei.open("/units/RH/completion")
    limei.says("200,000.00", "单位变动")
