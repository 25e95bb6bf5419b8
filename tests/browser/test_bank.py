"""Those who take the money save a bank's format, import its file, and match what came."""

from market.core import clock
from tests.browser.conftest import Visit
from tests.browser.deeds import check_out, put_into_cart, search
from tests.browser.desk import Visitor
from tests.browser.world import World

HEAD = "交易日期,交易流水号,收入金额,支出金额,对方户名,对方账号,附言"


def choose(visitor: Visitor, name: str, content: bytes) -> None:
    """Choose a file as a person would."""
    given = {"name": name, "mimeType": "text/csv", "buffer": content}
    visitor.page.get_by_label("文件（.csv 或 .xlsx）").set_input_files(given)  # type: ignore[arg-type]


def sheet(*rows: str) -> bytes:
    return "\r\n".join([HEAD, *rows]).encode("gb18030")


def test_a_file_comes_in_and_an_order_opens(world: World, visit_at_desk: Visit) -> None:
    wumin = visit_at_desk("wumin")
    search(wumin, "shaofen")
    put_into_cart(wumin, "手工苕粉", "SF01-500", "3")
    number = check_out(wumin, "提交订单")
    wumin.says("转账附言", number, "没有统一的转账二维码")

    today = clock.today()
    content = sheet(
        f"{today},0001,75.00,,吴敏,,货款 {number[:6]} {number[6:]}",
        f"{today},0002,74.00,,吴敏,,货款{number}",
        f"{today},0003,3.21,,某银行,,结息",
        f"{today},0004,,15.00,某银行,,手续费",
    )
    limei = visit_at_desk("limei")
    limei.open("/payments")
    limei.press("转账核对")
    limei.says("没有待核对的转账")
    limei.open("/payments/bank-files/new")
    limei.press("新建银行格式")
    choose(limei, "演示银行.csv", content)
    limei.press("读取标题")
    limei.says("这样理解样例", "75.00", "吴敏")
    limei.press("重新看样例")
    limei.press("保存格式")
    limei.says("已保存“演示银行”")
    limei.open("/payments/bank-formats/edit?name=演示银行")
    limei.says("银行改了表头")

    limei.open("/payments/bank-files/new")
    choose(limei, "流水.csv", content)
    limei.press("上传并预览")
    limei.says("新的到账", "152.21 元，其中 2 笔附言里有编号", "支出")
    limei.press("确认导入 3 笔")
    limei.says("已导入 3 笔", "没有通知任何付款人")
    limei.press("去核对")
    limei.says("确认所有金额一致的 1 笔", "少付 1.00 元", "附言里没有订单或结算单编号")
    limei.press("确认所有金额一致的 1 笔")
    limei.says("已确认 1 笔", "已付清")
    limei.press("某银行")
    limei.page.get_by_text("与货款无关（利息、误入等）").click()
    limei.page.get_by_label("原因").last.fill("活期利息")
    limei.press("标明与货款无关")
    limei.says("已标明与货款无关")
    limei.open("/payments/bank-files")
    limei.says("流水.csv", "152.21")
    qianjun = visit_at_desk("qianjun")
    qianjun.open("/payments/bank-files/new")
    choose(qianjun, "流水.csv", content)
    qianjun.press("上传并预览", status=422)
    qianjun.says("已由李梅在")

    wumin.open(f"/orders/{number}")
    wumin.says("进行中")
