"""Take pictures of the running demonstration, to look at; it is no test.

``python -m market serve`` in one terminal, ``python -m tests.browser.shots`` in another:
every page of ``PAGES`` at 1280 and 390 pixels goes to ``shots/``. An address after the
command is that of the shop, words after it choose the pages whose names contain one.
``--cover`` makes ``docs/screenshot.png`` instead.
"""

import io
import re
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from market.accounts.services import DEMO_PASSWORD
from tests.browser.desk import DESK, PHONE
from tests.conftest import CHROMIUM, PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "shots"
COVER = ROOT / "docs" / "screenshot.png"

# Who looks, at what: a path, or steps "path > the selector of a link to follow".
PAGES = {
    "home": ("", "/"),
    "goods": ("canteen", "/goods"),
    "product": ("canteen", "/goods > .good-name a"),
    "cart": ("canteen", "/cart"),
    "checkout": ("canteen", "/checkout"),
    "orders": ("canteen", "/orders"),
    "order": ("canteen", "/orders?state=completed > main table a"),
    "receive": ("s06-canteen", "/orders?state=open > main table a > main a[href$='/acceptance']"),
    "my-unit": ("canteen", "/my-unit"),
    "credits": ("canteen", "/my-unit > tfoot a.figure-link"),
    "approvals": ("lead", "/approvals"),
    "payment": ("j01-3", "/orders?state=awaiting_payment > main table a > main a[href$=payment]"),
    "acceptance-note": (
        "canteen",
        "/orders?state=completed > main table a > main a[href$='/note']",
    ),
    "consignments": ("supplier", "/consignments"),
    "ship": ("supplier", "/consignments?state=accepted > main table a"),
    "desk-goods": ("supplier", "/desk/goods"),
    "manage": ("supplier", "/desk/goods > main a[href^='/desk/goods/P']"),
    "board": ("coordinator", "/board"),
    "board-2020": ("coordinator", "/board?year=2020"),
    "watch-groups": ("coordinator", "/reports/groups?by=supplier"),
    "watch-rows": ("coordinator", "/reports/groups?by=parent > tbody a.figure-link"),
    "watch-heat": ("coordinator", "/reports/heat"),
    "watch-forecast": ("coordinator", "/reports/forecast"),
    "watch-todo": ("coordinator", "/reports/todo"),
    "watch-rules": ("coordinator", "/reports/rules"),
    "watch-rule": ("coordinator", "/reports/rules/behind"),
    "bulletins": ("coordinator", "/reports/bulletins?year=2020"),
    "bulletin": ("coordinator", "/reports/bulletins?year=2020 > main tbody a[href*='/TB']"),
    "bulletin-rows": (
        "coordinator",
        "/reports/bulletins?year=2020 > main tbody a[href*='/TB'] > main article a.figure-link",
    ),
    "bulletin-proof": (
        "coordinator",
        "/reports/bulletins?year=2020 > main tbody a[href*='/TB'] > main a[href$='/proof']",
    ),
    "bulletin-draft": ("coordinator2", "/reports/bulletins > main tbody a[href*='/TB']"),
    "bulletin-edit": (
        "coordinator",
        "/reports/bulletins > main tbody a[href*='/TB'] > main a[href$='/edit']",
    ),
    "bulletin-unit": ("lead", "/reports/bulletins > main a[href*='/TB']"),
    "bulletin-published": ("", "/reports/published > main a[href*='/TB']"),
    "watch-gap": ("canteen", "/my-unit > main a[href$='/gap']"),
    "unit": ("coordinator", "/board?year=2020 > main tbody th a"),
    "units": ("coordinator", "/units"),
    "unit-facts": ("coordinator", "/units > main table a"),
    "targets": ("coordinator", "/targets"),
    "targets-import": ("coordinator", "/targets/import"),
    "targets-known": ("coordinator", "/targets/known"),
    "targets-runs": ("coordinator", "/targets/runs"),
    "targets-run": ("coordinator", "/targets/runs > tbody th a"),
    "targets-run-new": ("coordinator", "/targets/runs/new"),
    "targets-why": ("canteen", "/my-unit > #history tbody a[href*=allocation]"),
    "outside": ("coordinator", "/outside"),
    "outside-one": ("coordinator", "/outside > tbody th a"),
    "outside-twins": ("coordinator", "/fairs/twins?year=2020"),
    "outside-twin": ("coordinator2", "/fairs/twins?year=2020 > tbody a[href^='/outside']"),
    "outside-new": ("canteen", "/outside/new"),
    "periods": ("coordinator", "/targets/periods"),
    "reserves": ("coordinator", "/reserves"),
    "review": ("coordinator", "/review"),
    "payments": ("coordinator", "/payments"),
    "statements": ("coordinator", "/statements"),
    "statement": ("coordinator", "/statements?state=disputed > main table a[href*=JS]"),
    "ageing": ("coordinator", "/statements/ageing"),
    "statements-unit": ("lead", "/statements"),
    "statements-supplier": ("supplier", "/statements"),
    "statement-supplier": ("supplier", "/statements > main table a[href*=JS]"),
    "people": ("coordinator", "/account/people"),
    "claims": ("coordinator", "/claims"),
    "plan": ("", "/plan"),
    "projects": ("", "/plan/projects"),
    "sign-in": ("", "/account/sign-in"),
    "audit": ("admin", "/audit"),
    "not-there": ("", "/nowhere"),
    "not-yours": ("shopper", "/board"),
}


def main(live: str, words: list[str]) -> None:
    """Take the pictures, and say what could not be taken."""
    SHOTS.mkdir(exist_ok=True)
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        if words == ["--cover"]:
            cover(browser, live)
        else:
            chosen = [name for name in PAGES if not words or any(w in name for w in words)]
            for phone in (False, True):
                take(browser, live, chosen, phone=phone)
        browser.close()


def take(browser: Browser, live: str, names: list[str], *, phone: bool) -> None:
    """Take the named pages in one width, signing in once for each role."""
    pages: dict[str, Page] = {}
    for name in names:
        login, steps = PAGES[name]
        if login not in pages:
            pages[login] = window(browser, live, login, phone=phone)
        page = pages[login]
        if name == "cart":
            fill_cart(page)
        path, *links = steps.split(" > ")
        page.goto(path)
        for link in links:
            found = page.locator(link).first
            if not found.count():
                print(f"{name}: nothing at {page.url} is {link}", file=sys.stderr)
                break
            page.goto(found.get_attribute("href") or "/")
        else:
            for picture in page.locator("img[loading=lazy]").all():
                picture.scroll_into_view_if_needed()
            page.evaluate("scrollTo(0, 0)")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=SHOTS / f"{name}-{390 if phone else 1280}.png", full_page=True)


def fill_cart(page: Page) -> None:
    """Put three goods into an empty cart."""
    page.goto("/cart")
    for at in range(0 if page.locator("#cart .thumb").count() else 3):
        page.goto("/goods?audience=canteen")
        page.locator("button.add").nth(at).click()
        page.wait_for_url("**/cart")


def window(browser: Browser, live: str, login: str, *, phone: bool) -> Page:
    """Open a window, signed in as the first demonstration account of a role."""
    page = browser.new_context(
        base_url=live,
        viewport=PHONE if phone else DESK,
        is_mobile=phone,
        has_touch=phone,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    ).new_page()
    if login:
        page.goto("/account/sign-in")
        page.locator("main input[name=login]").fill(login)
        page.locator("main input[name=password]").fill(DEMO_PASSWORD)
        page.locator("main button[type=submit]").click()
        page.wait_for_url(re.compile(r"^(?!.*sign-in)"))
    return page


def cover(browser: Browser, live: str) -> None:
    """Put the shop's home page and the coordinator's board into one picture."""
    parts = []
    for login, path, height in (("", "/", 1000), ("coordinator", "/board", 900)):
        page = window(browser, live, login, phone=False)
        page.set_viewport_size({"width": 1280, "height": height})
        page.goto(path)
        page.wait_for_load_state("networkidle")
        parts.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    whole = Image.new("RGB", (1280, sum(part.height for part in parts) + 12), "#8f8375")
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height + 12
    # A palette keeps the file small.
    whole.quantize(256, kmeans=2).save(COVER, optimize=True)
    print(f"{COVER.name}: {COVER.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    given = sys.argv[1:]
    address = given.pop(0) if given and given[0].startswith("http") else "http://127.0.0.1:8000"
    main(address, given)
