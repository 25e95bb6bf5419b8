"""Who reads what of a bulletin: single orders, a unit's own rows, and why it was corrected."""

import datetime as dt
import html
import re

import pytest

from market.cli.demo_bulletins import _issue
from market.core import clock
from market.core.access import Role
from market.reports.models import Section
from market.reports.services import (
    correct_bulletin,
    issue_bulletin,
    submit_bulletin,
    write_bulletin,
)
from market.targets.services import lock_period
from tests import make
from tests.reports.bulletins import JULY, issued
from tests.targets import world

pytestmark = pytest.mark.usefixtures("summer")


def rows_of(page: str) -> list[str]:
    """Return the addresses of rows that a page links to."""
    return [html.unescape(url) for url in re.findall(r'href="([^"]*/rows\?[^"]*)"', page)]


def test_single_orders_are_opened_by_those_alone_who_see_every_order(
    session, three, files, sign_in
):
    made = issued(session, files, three)
    county = sign_in(make.person(session, role="county"))
    coordinator = sign_in(three.author)
    seen, all_links = (rows_of(client.get(made.path).text) for client in (county, coordinator))
    assert any("figure=credits" in url for url in seen)
    assert not any("figure=orders" in url for url in seen)
    assert any("figure=orders" in url for url in all_links)
    for which in ("unpaid", "way", "late"):
        path = f"{made.path}/rows?figure=orders&which={which}"
        assert county.get(path).status_code == 404
        assert coordinator.get(path).status_code == 200


def test_a_units_people_open_the_rows_that_come_to_its_own_line(session, three, files, sign_in):
    """What was counted after June, or after the bulletin was issued, is not among them."""
    made = issued(session, files, three)
    world.credited(session, three.buyers[0], 5_000_00)
    unit = sign_in(three.buyers[0])
    links = rows_of(unit.get(made.path).text)
    assert len(links) == 4
    said = {unit.get(url).text.split("data-figure>")[1].split("<")[0] for url in links}
    assert said == {"210.00万元", "60.00万元", "150.00万元"}
    page = unit.get(f"{made.path}/rows?figure=credits&unit=A").text
    assert "2,100,004.99" in page
    for words in ("credits&unit=B", "credits", "orders&unit=A", "targets&unit=A", "units&unit=A"):
        assert unit.get(f"{made.path}/rows?figure={words}").status_code == 404


def test_everyone_reads_the_reason_of_a_public_correction_alone(app, session, three, files):
    old = issued(session, files, three, is_public=True)
    new = correct_bulletin(session, old, reason="甲单位报错", by=three.author)
    write_bulletin(session, new, new.text, is_public=False, seen_version=1, by=three.author)
    submit_bulletin(session, new, seen_version=2, by=three.author)
    issue_bulletin(session, files, new, seen_version=3, by=three.other)
    session.commit()
    page = app.test_client().get(f"/reports/published/{old.ref}").text
    assert f"{new.number}（内部通报）" in page
    assert "甲单位报错" not in page


def test_the_demonstration_issues_a_public_bulletin_that_has_only_payments_to_complain_of(
    session, files
):
    """Its section of problems was left empty and refused, or its numbers had a hole."""
    by, other = (make.person(session, role=Role.COORDINATOR) for _ in range(2))
    buyer = make.person(session)
    world.target(session, buyer.unit, 100_00, by=by, document_on=dt.date(2026, 1, 5))
    with clock.set_to(JULY.replace(month=6)):
        world.credited(session, buyer, 100_00)
    lock_period(session, 2026, 6, by=by)
    made = _issue(session, files, dt.date(2026, 7, 2), by, other, is_public=True)
    assert made.text[Section.PROBLEMS] == "本月没有发现突出问题。"
