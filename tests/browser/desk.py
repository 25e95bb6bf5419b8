"""People in front of a real browser, and what is wrong with what it shows them."""

import contextlib
import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Download,
    Locator,
    Request,
    Response,
    ViewportSize,
    expect,
)

from market.accounts.services import DEMO_PASSWORD

# Milliseconds; the other half of the machine may be busy with other tests.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
HEAVIEST_PAGE = 200 * 1024

# What is tried there is the database, which knows nothing of windows and scripts.
ON_POSTGRES = os.environ.get("MARKET_TEST_DB") == "postgres"

_AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# What was changed shows its new colour from the next frame on: reduced motion is a short one.
_LOOK = """async ({part, asked}) => {
    await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)));
    const {violations} = await axe.run(part, {...asked, resultTypes: ["violations"]});
    return violations.flatMap(({id, nodes}) => nodes.map(
        ({target, failureSummary}) => `${id}: ${target.join(" ")}: ${failureSummary}`,
    ));
}"""
_ALL = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}},
}
# What is other in a narrow window of a page that was read in a wide one: names, roles and colours
# are not.
_OF_WIDTH = {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}
# A phone's browser zooms out until everything fits, so its window is no measure.
_WIDER_THAN = """(width) => document.documentElement.scrollWidth <= width ? null : [
    document.documentElement.scrollWidth,
    ...[...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > width + 1)
        .map((one) => `${one.tagName}.${one.className}`).slice(0, 5),
].join(" ")"""


# The kinds of elements in the page's own part, and around it: each with its parent's kind, its
# attributes' names, and whether it has text and a label.
_SHAPES = """() => {
    const known = new Map(), inside = new Set(), around = new Set();
    const main = document.querySelector("main");
    const shape = (one) => {
        if (!known.has(one)) {
            known.set(one, [
                one.localName, one.className.baseVal ?? one.className, one.type, one.role,
                one.labels?.length, one.textContent.trim() !== "", ...one.getAttributeNames(),
            ].join(" "));
        }
        return known.get(one);
    };
    for (const one of document.querySelectorAll("body, body *:not(svg *)")) {
        (main?.contains(one) ? inside : around).add(`${shape(one.parentElement)} > ${shape(one)}`);
    }
    return [[...inside], [...around]];
}"""
# What makes no other page to axe: which words stand in a place, tokens, numbers.
_WORDS = re.compile(r">[^<]*[^<\s][^<]*<")
_CHANGING = re.compile(r'value="[^"]*"|\d+|\s+')

# The browser's own line about an answer, which _weigh judges; htmx's about a request that a
# later one took the place of.
_NO_FAULTS = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")


class Visitor:
    """One person's window; ``faults`` lists what was wrong with any page it showed.

    A fault is: a script's error, anything on the console that is one, so a breach of the
    page's policy as well, an answer of the wrong kind, a request to another host, a
    violation of WCAG 2.2 AA (where scripts run), a page wider than a phone, or too heavy.
    """

    def __init__(self, browser: Browser, live: str, *, phone: bool, script: bool) -> None:
        self.live, self.phone, self.script = live, phone, script
        self.faults: list[str] = []
        # Where a page may lead besides: the stand-in's page to pay on.
        self.elsewhere: tuple[str, ...] = ()
        self.axe = not ON_POSTGRES
        self.reads_each = False
        self._others = self._resting.setdefault((phone, script), [])
        self.context = self._others.pop() if self._others else self._profile(browser)
        self.page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._note(f"script failed: {error}"))
        self.page.on("request", self._mind)
        self.page.on("response", self._weigh)
        self.page.on("dialog", self._agree)
        self.questions: list[str] = []

    # A file for each thing that axe has read in any window of any test process, and how wide that
    # was; and those that this process knows of.
    known: ClassVar[Path]
    _shown: ClassVar[set[str]] = set()

    # Profiles that nobody uses just now, without a cookie; their cache is warm.
    _resting: ClassVar[dict[tuple[bool, bool], list[BrowserContext]]] = {}

    def _profile(self, browser: Browser) -> BrowserContext:
        made = browser.new_context(
            base_url=self.live,
            viewport=PHONE if self.phone else DESK,
            is_mobile=self.phone,
            has_touch=self.phone,
            java_script_enabled=self.script,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        made.set_default_timeout(PATIENCE)
        return made

    # What a person does.

    def sign_in(self, login: str, password: str = DEMO_PASSWORD) -> "Visitor":
        """Be signed in: the form is sent without being shown, and the page after it is."""
        form = self.context.request.get("/account/sign-in").text()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
        assert token
        answer = self.context.request.post(
            "/account/sign-in",
            form={"login": login, "password": password, "csrf_token": token[1]},
            max_redirects=0,
        )
        assert answer.status == 302, answer.text()
        self.open(answer.headers["location"])
        return self

    def sign_in_by_the_form(self, login: str, password: str = DEMO_PASSWORD) -> "Visitor":
        """Sign in as people do."""
        self.open("/account/sign-in")
        main = self.page.locator("main")
        main.locator("input[name=login]").fill(login)
        main.locator("input[name=password]").fill(password)
        self.press("登录")
        expect(self.page.locator('form[action="/account/sign-out"]')).not_to_have_count(0)
        return self

    def open(self, path: str, status: int = 200) -> None:
        """Go to an address."""
        self.see(path, status)
        assert not self.faults, describe(self.faults)

    def see(self, path: str, status: int = 200) -> str:
        """Go to an address, note what is wrong with what is there, and return its HTML."""
        response = self.page.goto(path)
        self._arrived(response, status)
        assert response
        return response.text()

    def press(self, what: str | Locator, status: int = 200) -> None:
        """Press a link or button, by its name or itself, and wait for the page it leads to."""
        with self.page.expect_navigation() as coming:
            self.find(what).click()
        self._arrived(coming.value, status)
        assert not self.faults, describe(self.faults)

    def take(self, what: str | Locator) -> bytes:
        """Press what gives a file, and return the file."""
        with self.page.expect_download() as coming:
            self.find(what).click()
        download: Download = coming.value
        return Path(download.path()).read_bytes()

    def find(self, what: str | Locator) -> Locator:
        """Return the one link or button in the page's own part that has this name."""
        if not isinstance(what, str):
            return what
        main = self.page.locator("main")
        button = main.get_by_role("button", name=what, exact=True)
        link = main.get_by_role("link", name=what, exact=True)
        return button.or_(link).filter(visible=True)

    def says(self, *texts: str) -> None:
        """Expect these words in the page's own part."""
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)

    def path(self) -> str:
        """Return the path of the page that is shown."""
        return urlsplit(self.page.url).path

    # What the window watches for.

    def look(self) -> None:
        """Note what is wrong with the page that is shown."""
        if self.phone:
            self._measure()
        if self.script:
            self._read()

    def look_narrow(self) -> None:
        """Note what is wrong with the page, looked at before, when the window is narrow."""
        wide = self.page.viewport_size
        self.page.set_viewport_size(PHONE)
        self.phone = True
        self._measure()
        self._read({"runOnly": _OF_WIDTH})
        self.phone = False
        assert wide
        self.page.set_viewport_size(wide)

    def close(self) -> None:
        """Close the window, and leave the profile as it was."""
        self.page.close()
        self.context.clear_cookies()
        self._others.append(self.context)

    def _arrived(self, response: Response | None, status: int) -> None:
        assert response is not None
        if response.status != status:
            words = self.page.locator("body").inner_text().split("\n")
            self._note(f"answered {response.status}, not {status}: {' '.join(words)[:400]}")
        self.look()

    def _measure(self) -> None:
        for _ in range(20):  # A chart takes a moment to draw itself anew.
            wide = self.page.evaluate(_WIDER_THAN, PHONE["width"])
            if not wide:
                return
            self.page.wait_for_timeout(100)
        self._note(f"wider than the phone: {wide}")

    def _read(self, asked: Mapping[str, Any] = _ALL) -> None:
        """Let axe read the page where it has something to see: nothing takes longer.

        That is, in each width, an element of another kind or in another place than any page
        before had; with ``reads_each`` also a page that is built as none before. The pages
        are the same HTML on both databases, so one of them is enough.
        """
        if not self.axe:
            return
        inside, around = self.page.evaluate(_SHAPES)
        built = _CHANGING.sub("", _WORDS.sub(">x<", self.page.content()))
        around_is_new = self._any_new(around, asked)
        inside_is_new = self._any_new([*inside, built] if self.reads_each else inside, asked)
        if not around_is_new and not inside_is_new:
            return
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(_AXE)
        part = "html" if around_is_new else "main"
        for violation in self.page.evaluate(_LOOK, {"part": part, "asked": asked}):
            self._note(violation)

    def _any_new(self, things: Sequence[str], asked: Mapping[str, Any]) -> bool:
        """Whether no window has shown some of these in this width; from now on one has."""
        found = False
        for thing in things:
            name = hashlib.sha256(f"{self.phone} {asked} {thing}".encode()).hexdigest()
            if name not in self._shown:
                self._shown.add(name)
                with contextlib.suppress(FileExistsError):
                    (self.known / name).touch(exist_ok=False)
                    found = True
        return found

    def _note(self, fault: str) -> None:
        width = "390" if self.phone else "1280"
        self.faults.append(f"{urlsplit(self.page.url).path} at {width}: {fault}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_NO_FAULTS):
            self._note(f"console: {message.text}")

    def _mind(self, request: Request) -> None:
        if not request.url.startswith((self.live, "data:", "blob:", *self.elsewhere)):
            self._note(f"asks another host: {request.url}")

    def _weigh(self, response: Response) -> None:
        kind = response.request.resource_type
        if response.status >= 400 and kind not in ("document", "xhr", "fetch"):
            self._note(f"{response.status} for {response.url}")
        if response.status >= 500:
            self._note(f"{response.status} for {response.url}")

    def _agree(self, dialog: Dialog) -> None:
        self.questions.append(dialog.message)
        dialog.accept()


def figure(text: str) -> int:
    """Return the fen of an amount of yuan as a page shows it."""
    plain = text.replace("¥", "").replace("元", "").replace(",", "").strip()
    yuan, _, rest = plain.partition(".")
    return int(yuan) * 100 + int(rest.ljust(2, "0") or 0)


def describe(faults: list[str]) -> str:
    """Return the faults as lines, each once."""
    return "\n".join(dict.fromkeys(faults))
