"""Every figure of money leads to rows that sum to it, and all ways to ask for a year agree."""

import datetime as dt
import html
import re
from decimal import Decimal
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.core import clock, money
from market.core.access import Role
from market.ordering.models import BuyingFor
from market.reports.queries import credits_sum
from market.reports.queries.credit_rows import WantedRows, credit_rows
from market.reports.queries.groups import By, groups, sum_of_groups
from market.targets.models import Channel, Credit, CreditTotal
from market.targets.queries import completion_of, completions, months_of, totals_of
from market.targets.services import (
    close_period,
    credit,
    lock_period,
    verify_outside_purchase,
)
from tests import make
from tests.reports.test_queries import on_the_way
from tests.targets import world

# Amounts have two decimals; counts, ranks and the numbers of pages have none.
AMOUNT = r"[+−-]?[\d,]+\.\d\d"
LINK = re.compile(rf'<a (?:class="figure-link num" )?href="([^"]+)"[^>]*>({AMOUNT})</a>')
PLAIN = re.compile(rf'data-label="([^"]+)"[^>]*>(?:<span class="num">)?({AMOUNT})<')
SEPTEMBER = dt.datetime(2026, 9, 10, 4, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _september(session):
    """It is the tenth of September 2026."""
    session.expire_on_commit = False
    with clock.set_to(SEPTEMBER):
        yield


def at(month: int, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, 5, 4, tzinfo=dt.UTC)


@pytest.fixture
def people(session, coordinator):
    """A head, a unit below it and an agency: four channels, a claim, an adjustment, orders on their way."""
    head = make.unit(session, code="A", name="甲街道")
    below = make.unit(session, code="B", name="甲食堂", parent_id=head.id)
    agency = make.unit(session, code="C", name="丙机构")
    made = [make.person(session, unit=unit) for unit in (head, below, agency)]
    other = make.person(session, role=Role.COORDINATOR)
    world.credited(session, made[0], 9_100_007, at=at(9, 2025))
    world.credited(session, made[0], 1_234_567, at=at(1))
    for year, month in ((2025, 9), (2026, 1)):
        lock_period(session, year, month, by=other)
        close_period(session, year, month, by=other)
    for day, fen in ((dt.date(2026, 1, 20), 1_100_011), (dt.date(2026, 6, 15), 840_013)):
        bought = world.purchase(session, made[0], fen, bought_on=day)
        verify_outside_purchase(session, bought, version=bought.version, by=other)
    world.credited(session, made[0], 700_019, at=at(2))
    world.credited(session, made[0], 2_345_678, at=at(4), buying_for=BuyingFor.UNION)
    taken = world.credited(session, made[1], 3_456_789, at=at(4))
    world.claimed(session, taken, 500_001, by=made[1], at=at(8))
    world.credited(session, made[2], 7_012_345, at=at(9), buying_for=BuyingFor.SELF)
    world.target(session, head, 20_000_000, by=coordinator)
    world.target(session, head, 18_000_000, by=coordinator, reason="调低")
    world.target(session, below, 2_900_000, by=coordinator)
    on_the_way(session, made[0], 345_600)
    on_the_way(session, made[1], 765_400)
    session.flush()
    return made


def fen_of(text: str) -> int:
    return int(Decimal(text.replace(",", "").replace("−", "-")) * 100)


def behind(client, address: str, page: str) -> int:
    """Open what a figure links to, and return what its rows come to, and say themselves, in fen."""
    text = page if address.startswith("#") else client.get(html.unescape(address)).text
    label = "变动" if address.endswith("#history") else r"金额（元）"
    cells = re.findall(rf'<td class="num[^"]*" data-label="{label}">({AMOUNT})</td>', text)
    if not cells:
        assert "没有符合条件的计入记录" in text
        return 0
    *rows, total = [fen_of(cell) for cell in cells]
    assert sum(rows) == total
    return total


class Opened(NamedTuple):
    """A page: the fen behind each address its figures lead to, and which of its cells lead nowhere."""

    text: str
    behind: dict[str, int]
    plain: set[str]


def opened(client, path: str, shown=money.yuan, known=()) -> Opened:
    """Open a page and what its figures lead to; each says, as it is ``shown``, what its rows come to.

    What is ``known`` by its address isn't opened again.
    """
    text = client.get(path).text
    found: dict[str, int] = {}
    for address, figure in LINK.findall(text):
        plain = html.unescape(address)
        fen = {**dict(known), **found}.get(plain) or behind(client, address, text)
        assert fen
        assert fen_of(shown(fen)) == fen_of(figure), address
        found[plain] = fen
    return Opened(text, found, {label for label, amount in PLAIN.findall(text) if fen_of(amount)})


def test_every_figure_of_the_board_opens_rows_that_sum_to_it(session, coordinator, sign_in, people):
    client = sign_in(coordinator)
    board = Opened("", {}, set())
    for path, many in (("/board", 14), ("/board?channels=1", 23)):
        board = opened(client, path, money.wan, board.behind)
        # All and months; per unit what is done, its target, what is on its way, and its channels.
        assert len(board.behind) == many
        assert board.behind["/reports/groups/rows?year=2026"] == 16_189_421
        # What is missing is a difference; of all units together, targets and orders are sums of lines.
        assert board.plain == {"目标", "在途", "还差"}
        way = [fen for address, fen in board.behind.items() if address.endswith("/on-the-way")]
        assert f'data-label="在途">{money.wan(sum(way))}<' in board.text
    # The sum of a search has no rows of its own: its lines have.
    assert "已完成" in opened(client, "/board?q=A", money.wan, board.behind).plain


def test_every_figure_of_a_units_own_page_opens_rows_that_sum_to_it(
    session, coordinator, sign_in, people
):
    for person, many in zip(people, (16, 8, 4), strict=True):
        path = f"/units/{person.unit.code}/completion"
        own = opened(sign_in(person), path)
        assert len(own.behind) == many
        assert own.plain <= {"累计", "变动"}
        assert own.behind == opened(sign_in(coordinator), path, known=own.behind).behind
        if person is people[0]:
            adjusted = "/units/A/credits?year=2026&month=2&adjusted=1"
            assert own.behind[adjusted] == 1_100_011


def test_every_figure_of_the_heat_map_opens_rows_that_sum_to_it(
    session, coordinator, sign_in, people
):
    client = sign_in(coordinator)
    heat = opened(client, "/reports/heat", money.wan)
    assert heat.behind["/units/B/credits?year=2026&month=8"] == -500_001
    assert heat.behind["/reports/groups/rows?year=2026&period=month&n=8"] == -500_001
    assert heat.behind["/reports/groups/rows?year=2026"] == 16_189_421
    assert heat.plain == set()
    # The sum of a search has no rows of its own: its lines have.
    assert {"4月", "合计"} <= opened(client, "/reports/heat?q=A", money.wan, heat.behind).plain


def test_every_figure_of_the_gap_page_opens_rows_that_sum_to_it(session, sign_in, people):
    client = sign_in(people[0])
    gap = opened(client, "/reports/units/A/gap")
    assert gap.behind == {
        "/units/A/completion?year=2026#history": 18_000_000,
        "/units/A/credits?year=2026": 6_220_288,
        "/units/A/on-the-way": 345_600,
    }
    assert f'还差 <b class="num">{money.yuan(18_000_000 - 6_220_288)}</b> 元' in gap.text
    # A forecast names the year that its formula takes the sum of, or months, of which the lowest.
    forecasts = re.findall(r'<dd class="mb-2">(.+?)<span.+?</span>(.+?)</dd>', gap.text)
    assert len(forecasts) == 2
    for words, links in forecasts:
        rows = [behind(client, one, gap.text) for one in re.findall(r'href="([^"]+)"', links)]
        assert f" {money.yuan(min(rows) if len(rows) > 1 else sum(rows))} 元" in words
    for reader, code, fen in ((people[1], "B", 2_956_788), (people[2], "C", 7_012_345)):
        page = opened(sign_in(reader), f"/reports/units/{code}/gap")
        assert page.behind == {f"/units/{code}/credits?year=2026": fen}


deeds = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from([*BuyingFor, None]),
        st.integers(1, 10**9),
        st.integers(-60, 420),
        st.integers(0, 100),
    ),
    min_size=1,
    max_size=4,
)


@given(deeds=deeds)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_credited_every_way_to_sum_a_year_comes_to_the_same(session, deeds):
    """Units, kinds, heads, channels, suppliers, places, goods, months, kept totals, rows: one number."""
    session.rollback()
    head = make.unit(session)
    units = [head, make.unit(session, parent_id=head.id), make.unit(session, kind="department")]
    buyers = [make.person(session, unit=unit) for unit in units]
    written = []
    for who, buying_for, fen, days, back in deeds:
        day = at(1) + dt.timedelta(days=days)
        if buying_for is None:
            written.append(_outside(session, buyers[who], fen, day))
            continue
        made = world.credited(session, buyers[who], fen, buying_for=buying_for, at=day)
        written.append(made)
        if back > 60:
            late, taken = day + dt.timedelta(days=back), max(1, fen * back // 100)
            written.append(world.claimed(session, made, taken, by=buyers[who], at=late))
    by_product = session.execute(
        sa.select(Credit.product_id, sa.func.sum(Credit.amount_fen))
        .where(Credit.year == 2026)
        .group_by(Credit.product_id)
    )
    kept = sa.select(CreditTotal.amount_fen).where(CreditTotal.year == 2026)
    board = totals_of(completions(session, 2026))
    sums = {
        "kept": sum(session.scalars(kept)),
        "months": sum(months_of(session, 2026)[2026].values()),
        "board": board.done_fen,
        "channels": sum(board.by_channel.values()),
        "products": sum(fen for _, fen in by_product),
        "pages": sum(completion_of(session, unit.id, 2026).done_fen for unit in units),
        "credits": sum(credits_sum(session, unit.id, 2026) for unit in units),
        "rows": credit_rows(session, WantedRows(2026), reader=buyers[0])[1],
    }
    sums |= {by.value: sum_of_groups(groups(session, 2026, by)).done_fen for by in By}
    fen = sum(one.amount_fen for one in written if one.credited_on.year == 2026)
    assert sums == dict.fromkeys(sums, fen)
    session.rollback()


def _outside(session, by, fen, day):
    with clock.set_to(day):
        return credit(
            session,
            unit_id=by.unit_id,
            channel=Channel.OUTSIDE,
            amount_fen=fen,
            outside_purchase_id=world.purchase(session, by, fen).id,
        )
