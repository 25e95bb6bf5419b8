"""Every page that a person can reach by links is there, light, and without a fault."""

import html
import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from market.core.access import Role
from tests.browser.conftest import Visit
from tests.browser.desk import HEAVIEST_PAGE, ON_POSTGRES, Visitor
from tests.browser.world import World

# What the same people see of a page is looked at in a browser once, by the first of them who may
# open it; every other page, and on PostgreSQL every page, is fetched, and must be there.
ALIKE = (
    (Role.CANTEEN, Role.LEAD, Role.SHOPPER),
    (Role.SUPPLIER,),
    (Role.COORDINATOR, Role.ADMIN, Role.FUND_OFFICER, Role.INSPECTOR, Role.COUNTY),
)
MOST_LOOKED_AT = {"ordering.show": 6, "ordering.consignment": 4}  # Other states, other deeds.
MOST_FETCHED = 3
FILES = ("static", "evidence.show", "targets.why_file")
PEOPLE = {
    "limei": Role.COORDINATOR,  # Whoever has most to read begins.
    "anyone": None,
    "wumin": Role.SHOPPER,
    "wangfang": Role.CANTEEN,
    "zhouqiang": Role.LEAD,
    "tianyong": Role.SUPPLIER,
    "qianjun": Role.FUND_OFFICER,
    "heyu": Role.COUNTY,
    "zhengjie": Role.INSPECTOR,
    "guanli": Role.ADMIN,
}


@pytest.mark.parametrize("login", PEOPLE)
def test_every_page_that_links_lead_to_is_whole(
    login: str, busy_world: World, app: Flask, window: Visit
) -> None:
    role = PEOPLE[login]
    visitor = window()
    visitor.reads_each = True
    if role:
        visitor.sign_in(login)
    looked, fetched = Counter[str](), Counter[str]()
    ahead, known = ["/"], {"/"}
    while ahead:
        path = ahead.pop(0)
        endpoint = endpoint_of(app, path)
        if endpoint in FILES or re.search(r"\.(xlsx|csv|pdf)\b|format=", path):
            continue
        if looked[endpoint] < most_looked_at(app, endpoint, path, role):
            looked[endpoint] += 1
            text = visitor.see(path)
            visitor.look_narrow()
        elif fetched[endpoint] + looked[endpoint] < MOST_FETCHED:
            fetched[endpoint] += 1
            text = fetch(visitor, path)
        else:
            continue
        if len(text.encode()) > HEAVIEST_PAGE:
            visitor.faults.append(f"{path} has {len(text.encode())} bytes")
        for link in re.findall(r'<a\b[^>]*\bhref="(/[^"#]*)', text):
            link = html.unescape(link)
            if link not in known:
                known.add(link)
                ahead.append(link)
    assert sum(looked.values()) + sum(fetched.values()) > 5


def endpoint_of(app: Flask, path: str) -> str:
    try:
        return str(app.url_map.bind("").match(urlsplit(path).path)[0])
    except HTTPException:
        return path  # A link that leads nowhere is to be found.


def most_looked_at(app: Flask, endpoint: str, path: str, role: Role | None) -> int:
    if ON_POSTGRES:
        return 0
    view = app.view_functions.get(endpoint)
    roles = getattr(view, "roles", None)
    if roles is None:
        return 1 if role in (None, Role.CANTEEN, Role.COORDINATOR) else 0
    alike = next((alike for alike in ALIKE if role in alike), ())
    if role is not next((first for first in alike if first in roles), None):
        return 0
    return MOST_LOOKED_AT.get(endpoint, 1)


def fetch(visitor: Visitor, path: str) -> str:
    answer = visitor.page.request.get(path)
    if answer.status != 200:
        visitor.faults.append(f"{path}: answered {answer.status}")
    return answer.text() if "html" in answer.headers["content-type"] else ""
