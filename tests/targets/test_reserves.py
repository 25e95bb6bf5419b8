"""What units file of their reserved share, who confirms it, and what is refused."""

import re

import pytest
import sqlalchemy as sa

from market.audit.models import Entry
from market.core.access import Role
from market.core.errors import Refused
from market.core.money import MOST_FEN
from market.notices.models import Notice
from market.targets import queries, services
from market.targets.models import ReserveFiling, ReserveState
from market.targets.services import Reserve
from market.units.models import Canteen, UnitState
from tests import make

OWN = Reserve(Canteen.OWN, budget_fen=10_000_001, rate=125)


@pytest.fixture
def opened(session, coordinator):
    """The year in which units file."""
    return services.set_reserve_year(session, 2026, is_open=True, least_rate=100, by=coordinator)


def filing_of(session, unit):
    return session.scalars(sa.select(ReserveFiling).where(ReserveFiling.unit_id == unit.id)).one()


def filed(session, by, told=OWN):
    services.file_reserve(session, by.unit, 2026, told, by=by)
    return filing_of(session, by.unit)


def test_a_year_is_opened_by_a_coordinator_and_is_closed_before(session, buyer, admin, coordinator):
    with pytest.raises(Refused, match="没有开启预留份额填报"):
        filed(session, buyer)
    for year, rate, by, words in (
        (2026, 100, admin, "只有统筹协调人员"),
        (2017, 100, coordinator, "2018 至 2100"),
        (2026, 1001, coordinator, "0 至 100%"),
    ):
        with pytest.raises(Refused, match=words):
            services.set_reserve_year(session, year, is_open=True, least_rate=rate, by=by)
    services.set_reserve_year(session, 2026, is_open=True, least_rate=100, by=coordinator)
    services.set_reserve_year(session, 2026, is_open=False, least_rate=0, by=coordinator)
    with pytest.raises(Refused, match="没有开启预留份额填报"):
        filed(session, buyer)


@pytest.mark.usefixtures("opened")
def test_without_a_parent_a_coordinator_confirms(session, buyer, lead, coordinator):
    filing = filed(session, buyer)
    assert (filing.reserved_fen, filing.state) == (1_250_000, ReserveState.SUBMITTED)
    for by, words in ((buyer, "自己填报的份额"), (lead, "由主管单位负责人确认")):
        with pytest.raises(Refused, match=words):
            services.confirm_reserve(session, filing, version=1, by=by)
    services.confirm_reserve(session, filing, version=1, by=coordinator)
    assert filing.confirmed_by_id == coordinator.id
    session.flush()
    told = session.scalars(sa.select(Notice).order_by(Notice.id)).all()
    assert [one.person_id for one in told] == [coordinator.id, buyer.id, lead.id]
    deeds = session.scalars(sa.select(Entry.deed).order_by(Entry.id)).all()
    assert deeds == ["reserve.set", "reserve.filed", "reserve.confirmed"]


@pytest.mark.usefixtures("opened")
def test_the_lead_of_the_parent_confirms_and_nobody_else(session, coordinator):
    above = make.person(session, role=Role.LEAD)
    below = make.person(session, unit=make.unit(session, parent=above.unit))
    filing = filed(session, below)
    session.refresh(filing)
    with pytest.raises(Refused, match="由主管单位负责人确认"):
        services.confirm_reserve(session, filing, version=1, by=coordinator)
    services.confirm_reserve(session, filing, version=1, by=above)
    with pytest.raises(Refused, match="退回原因"):
        services.return_reserve(session, filing, version=1, answer="", by=above)
    services.return_reserve(session, filing, version=1, answer="总额有误", by=above)
    assert (filing.state, filing.confirmed_by_id) == (ReserveState.RETURNED, None)


@pytest.mark.usefixtures("opened")
def test_a_returned_filing_is_corrected_and_its_version_is_what_is_confirmed(
    session, buyer, coordinator
):
    filing = filed(session, buyer)
    with pytest.raises(Refused, match="当前状态是“待确认”"):
        filed(session, buyer)
    services.return_reserve(session, filing, version=1, answer="总额有误", by=coordinator)
    again = filed(session, buyer, Reserve(Canteen.OUTSOURCED, budget_fen=200, rate=1000))
    assert (again.id, again.version, again.reserved_fen) == (filing.id, 2, 200)
    with pytest.raises(Refused, match="刚刚被修改"):
        services.confirm_reserve(session, again, version=1, by=coordinator)
    services.confirm_reserve(session, again, version=2, by=coordinator)


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    ("told", "field"),
    [
        (Reserve(Canteen.OWN, rate=100), "budget_fen"),
        (Reserve(Canteen.OUTSOURCED, budget_fen=MOST_FEN + 1, rate=100), "budget_fen"),
        (Reserve(Canteen.OWN, budget_fen=100), "rate"),
        (Reserve(Canteen.OWN, budget_fen=100, rate=1001), "rate"),
        (Reserve(Canteen.NONE, budget_fen=100), "budget_fen"),
        (Reserve(Canteen.NONE, rate=100), "rate"),
        (Reserve(Canteen.SHARED), "shared_with"),
        (Reserve(Canteen.NONE, note="备" * 201), "note"),
    ],
)
def test_what_contradicts_itself_is_refused(session, buyer, told, field):
    with pytest.raises(Refused) as refusal:
        filed(session, buyer, told)
    assert refusal.value.field == field
    assert session.scalars(sa.select(ReserveFiling)).all() == []


@pytest.mark.usefixtures("opened")
def test_a_shared_canteen_names_another_unit_that_exists(session, buyer, stranger):
    gone = make.unit(session, state=UnitState.CLOSED)
    for other in (buyer.unit, gone):
        with pytest.raises(Refused, match="由哪个单位填报"):
            filed(session, buyer, Reserve(Canteen.SHARED, shared_with=other))
    for canteen in (Canteen.OWN, Canteen.NONE):
        told = Reserve(
            canteen,
            budget_fen=100 * (canteen is Canteen.OWN),
            rate=100 * (canteen is Canteen.OWN),
            shared_with=stranger.unit,
        )
        with pytest.raises(Refused, match="只有共用食堂的"):
            filed(session, buyer, told)
    filing = filed(session, buyer, Reserve(Canteen.SHARED, shared_with=stranger.unit))
    assert (filing.shared_with, filing.reserved_fen) == (stranger.unit, 0)
    with pytest.raises(Refused, match="由本单位"):
        services.file_reserve(session, buyer.unit, 2026, OWN, by=stranger)


@pytest.mark.usefixtures("opened")
def test_the_overview_sums_what_was_filed(session, buyer, stranger, coordinator):
    services.confirm_reserve(session, filed(session, buyer), version=1, by=coordinator)
    filed(session, stranger, Reserve(Canteen.NONE))

    def sums(by, **given):
        return queries.reserve_sums(session, queries.reserves_for(by, 2026, **given))

    every = sums(coordinator)
    assert (every.units, every.filed, every.confirmed) == (2, 2, 1)
    assert (every.budget_fen, every.reserved_fen) == (10_000_001, 1_250_000)
    assert every.confirmed_fen == every.reserved_fen
    assert sums(coordinator, state="submitted").confirmed_fen == 0
    assert sums(buyer).units == 1
    assert sums(coordinator, state="submitted").units == 1
    assert sums(coordinator, state="none").units == 0
    assert sums(coordinator, words=buyer.unit.name).units == 1
    assert sums(make.person(session, role=Role.COORDINATOR), state="confirmed").reserved_fen > 0


# Pages


def test_a_share_is_filed_confirmed_and_returned_on_its_pages(
    session, buyer, stranger, coordinator, inspector, sign_in, count_queries
):
    code, other_code = buyer.unit.code, stranger.unit.code
    desk, unit, two, reader = (sign_in(by) for by in (coordinator, buyer, stranger, inspector))
    assert "没有开启预留份额填报" in unit.get("/reserves?year=2026").text
    assert "没有开启填报" in unit.get(f"/reserves/2026/{code}").text
    assert (
        desk.post("/reserves/2026/setting", data={"is_open": "y", "least_rate": "x"}).status_code
        == 422
    )
    assert desk.post("/reserves/2017/setting", data={"is_open": "y"}).status_code == 422
    reply = desk.post(
        "/reserves/2026/setting", data={"is_open": "y", "least_rate": "10"}, follow_redirects=True
    )
    assert "填报已开启" in reply.text
    page = unit.get(f"/reserves/2026/{code}/file").text
    assert "建议不低于 10.0%" in page
    bad = unit.post(f"/reserves/2026/{code}/file", data={"canteen": "own", "rate": "5"})
    assert bad.status_code == 422
    assert 'id="budget_fen-error"' in bad.text
    data = {"canteen": "own", "budget_fen": "100000", "rate": "5", "note": "含早餐"}
    reply = unit.post(f"/reserves/2026/{code}/file", data=data, follow_redirects=True)
    assert "等待统筹协调人员确认" in reply.text
    assert "5,000.00" in reply.text
    assert "低于建议比例" in reply.text
    assert "只有被退回的" in unit.get(f"/reserves/2026/{code}/file", follow_redirects=True).text
    assert two.get(f"/reserves/2026/{code}").status_code == 404
    assert unit.post(f"/reserves/2026/{code}/file").status_code == 302
    assert desk.post(f"/reserves/2026/{code}/confirm", data={"version": "7"}).status_code == 422
    reply = desk.post(
        f"/reserves/2026/{code}/confirm", data={"version": "1"}, follow_redirects=True
    )
    assert "已确认，并通知该单位" in reply.text
    reply = desk.post(
        f"/reserves/2026/{code}/return",
        data={"version": "1", "answer": "总额有误"},
        follow_redirects=True,
    )
    assert "退回原因：总额有误" in reply.text
    page = unit.get(f"/reserves/2026/{code}/file").text
    assert re.search(r'name="budget_fen"[^>]*value="100000.00"', page)
    shared = {"canteen": "shared", "shared_with": other_code}
    reply = unit.post(f"/reserves/2026/{code}/file", data=shared, follow_redirects=True)
    assert "已填报，等待确认" in reply.text
    with count_queries() as statements:
        page = reader.get("/reserves?year=2026").text
    assert len(statements) <= 7
    assert "已填报 1 个，已确认 0 个" in page
    assert "保存设置" not in page
    assert "没有符合条件" in desk.get("/reserves?year=2026&state=confirmed").text
    assert desk.get("/reserves.xlsx?year=2026").data.startswith(b"PK")
    assert (
        desk.post(f"/reserves/2026/{other_code}/confirm", data={"version": "1"}).status_code == 404
    )
    assert desk.get(f"/reserves/1999/{code}").status_code == 404


@pytest.mark.usefixtures("opened")
def test_a_parents_lead_reads_and_does_not_file_for_those_below(session, sign_in):
    above = make.person(session, role=Role.LEAD)
    below = make.unit(session, parent=above.unit)
    code, client = below.code, sign_in(above)
    assert below.name in client.get("/reserves?year=2026").text
    assert "还没有填报" in client.get(f"/reserves/2026/{code}").text
    assert client.get(f"/reserves/2026/{code}/file").status_code == 404
