"""What people do on the pages in more than one journey."""

import io
import re

from PIL import Image
from playwright.sync_api import Locator, expect

from market.core import clock
from tests.browser.desk import Visitor


def search(visitor: Visitor, words: str) -> None:
    """Look for goods by the field that stands above every page."""
    form = visitor.page.get_by_role("search", name="搜索商品")
    form.get_by_role("searchbox").fill(words)
    visitor.press(form.get_by_role("button"))


def put_into_cart(visitor: Visitor, product: str, sku: str, quantity: str) -> None:
    """Choose a SKU on the product's page, and put so much of it into the cart."""
    visitor.press(product)
    choice = visitor.page.locator(f"#sku-{sku}")
    if not choice.is_checked():
        choice.check()
        # The price above follows the choice, where scripts run.
        expect(visitor.page.locator(f"#sku-{sku}")).to_be_checked()
    visitor.page.locator("#buy input[name=quantity]").fill(quantity)
    visitor.press("加入购物车")
    assert visitor.path() == "/cart"


def check_out(visitor: Visitor, button: str) -> str:
    """Go from the cart to an order; return its number."""
    visitor.press("去结算")
    visitor.page.get_by_label("期望送达日期").fill(clock.today().isoformat())
    visitor.page.get_by_label("备注").fill("送到后门（演示）")
    visitor.press(button)
    found = re.match(r"/orders/(\d+)", visitor.path())
    assert found, visitor.path()
    return found[1]


def ship(visitor: Visitor, number: str, shipped: dict[str, str]) -> None:
    """Accept a consignment and ship so much of each product."""
    visitor.open("/consignments")
    visitor.press(number)
    visitor.press("接单")
    for name, quantity in shipped.items():
        line = visitor.page.locator("fieldset", has_text=name)
        line.get_by_label(re.compile("发货数量")).fill(quantity)
        line.get_by_label(re.compile("批号")).fill("演示批次-1")
        line.get_by_label(re.compile("生产日期")).fill(clock.today().isoformat())
    visitor.page.get_by_label("承运商").fill("自送")
    visitor.page.get_by_label("运单号或司机电话").fill("023-0000-0001")
    visitor.press("确认发货")
    visitor.says("发货")


def line_of(visitor: Visitor, name: str) -> Locator:
    """Return the part of the receiving form that is about a product."""
    return visitor.page.locator("section", has=visitor.page.get_by_role("heading", name=name))


def stat(visitor: Visitor, label: str) -> str:
    """Return the figure on the card whose label begins so."""
    words = visitor.page.locator(".stat-label", has_text=re.compile(rf"^\s*{label}"))
    card = visitor.page.locator(".stat", has=words)
    return str(card.locator(".stat-value").inner_text()).split("\n")[0]


def picture() -> dict[str, object]:
    """Return a photo as a file field takes it."""
    content = io.BytesIO()
    Image.new("RGB", (60, 40), "#7a4a21").save(content, "JPEG")
    return {"name": "拒收.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}
