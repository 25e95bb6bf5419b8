"""The pages of fairs: who sees what, forms that keep what was typed, figures that open their rows."""

import io
import json
import re

import pytest
import sqlalchemy as sa
from PIL import Image

from market.core import clock
from market.core.access import Role
from market.evidence.models import Attachment
from market.fairs import services
from market.fairs.models import BuyerKind, Fair, FairSale, FairState, SaleState
from market.funds.services import propose
from market.ordering.models import ConsignmentState
from tests import make, make_orders
from tests.fairs.held import held, key, planned, proved, sale, signed, verified
from tests.funds import papers
from tests.funds.test_marketing import proposal


@pytest.fixture
def at(session):
    session.expire_on_commit = False  # Else a look at what it holds begins to write, on SQLite.
    return held(session)


def picture() -> tuple[io.BytesIO, str]:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    file.seek(0)
    return file, "小票.png"


def pdf() -> tuple[io.BytesIO, str]:
    return io.BytesIO(f"%PDF-1.4 {key()}".encode()), "签约书.pdf"


def once(client, path: str) -> str:
    page = client.get(path).text
    return re.search(r'name="once"[^>]*value="([^"]+)"', page)[1]


def path_of(at, rest: str = "") -> str:
    return f"/fairs/{at.fair.number}{rest}"


def stand_of(at, rest: str = "") -> str:
    return path_of(at, f"/stands/{at.stand.supplier.code}{rest}")


FILLED = {
    "name": "人和展销",
    "starts_on": "2020-09-01",
    "ends_on": "2020-09-02",
    "host": "区社发局",
    "place": "人和广场",
}


def test_a_coordinator_plans_changes_announces_and_calls_a_fair_off(session, coordinator, sign_in):
    client = sign_in(coordinator)
    given = FILLED | {"once": once(client, "/fairs/new")}
    bad = client.post("/fairs/new", data=given | {"ends_on": "2020-08-01"})
    assert bad.status_code == 422
    assert "结束日期不能早于开始日期" in bad.text
    assert "人和广场" in bad.text
    made = client.post("/fairs/new", data=given)
    assert made.status_code == 302
    path = made.location
    assert client.post(f"{path}/edit", data=FILLED | {"once": "x"}).status_code == 422
    given = FILLED | {"once": once(client, f"{path}/edit"), "place": "礼嘉公园"}
    assert client.post(f"{path}/edit", data=given | {"place": ""}).status_code == 422
    assert client.post(f"{path}/edit", data=given).status_code == 302
    assert client.post(f"{path}/announce").status_code == 302
    assert "已经公布" in client.post(f"{path}/announce", follow_redirects=True).text
    assert "不能开幕" in client.post(f"{path}/open", follow_redirects=True).text
    assert client.post(f"{path}/call-off", data={"reason": ""}).status_code == 422
    assert client.post(f"{path}/call-off", data={"reason": "下雨"}).status_code == 302
    fair = session.scalars(sa.select(Fair)).one()
    assert (fair.place, fair.state) == ("礼嘉公园", FairState.CALLED_OFF)
    assert "这场展销已取消：下雨" in client.get(path).text


def test_the_public_sees_what_is_announced_and_a_result_only_once_it_is_checked(
    app, session, at, sign_in
):
    hidden = services.plan_fair(
        session, planned(name="还没公布的"), once_key=key(), by=at.coordinator
    )
    one = sale(at)
    proved(at)
    verified(at, one)
    session.commit()
    anyone = app.test_client()
    assert anyone.get(path_of(at)).status_code == 200
    assert anyone.get(f"/fairs/{hidden.number}").status_code == 404
    assert "还没公布的" not in anyone.get("/fairs").text
    assert "100.00" not in anyone.get("/fairs").text + anyone.get(path_of(at)).text
    services.close_fair(session, at.fair, by=at.coordinator)
    result = services.submit_result(session, at.fair, by=at.coordinator)
    services.check_result(session, at.fair, result, digest=result.digest, by=at.second)
    session.commit()
    assert "100.00" in anyone.get("/fairs").text
    assert "100.00 元" in anyone.get(path_of(at)).text
    assert "没有这种状态" in anyone.get("/fairs?state=called_off").text
    assert anyone.get(path_of(at, "/sales")).status_code == 302
    assert "去核对" in sign_in(at.lead).get("/fairs").text


def test_the_empty_list_says_what_to_do_next(app, coordinator, sign_in):
    assert "先逛商品" in app.test_client().get("/fairs").text
    client = sign_in(coordinator)
    assert "策划展销" in client.get("/fairs").text
    assert "还没有办过的展销" in client.get("/fairs/comparison").text


def test_a_coordinator_invites_counts_and_keeps_photos(session, at, sign_in):
    third = make.supplier(session, name="第三家")
    client = sign_in(at.coordinator)
    given = {"supplier": third.code, "stand_number": "A1"}
    assert "已给了别的供应商" in client.post(path_of(at, "/stands"), data=given).text
    assert client.post(path_of(at, "/stands"), data={"stand_number": "B"}).status_code == 422
    assert (
        client.post(path_of(at, "/stands"), data=given | {"stand_number": "B"}).status_code == 302
    )
    day = {"held_on": str(clock.today()), "visitors": "200", "purchasers": "8"}
    assert client.post(path_of(at, "/days"), data=day | {"visitors": "-1"}).status_code == 422
    assert client.post(path_of(at, "/days"), data=day | {"visitors": "x"}).status_code == 422
    assert client.post(path_of(at, "/days"), data=day).status_code == 302
    none = client.post(path_of(at, "/photos"), data={})
    assert "请选择文件" in none.text
    bad = client.post(path_of(at, "/photos"), data={"photo": (io.BytesIO(b"x"), "a.png")})
    assert bad.status_code == 422
    kept = client.post(path_of(at, "/photos"), data={"photo": picture(), "caption": "开幕"})
    assert kept.status_code == 302
    page = client.get(path_of(at)).text
    assert "第三家" in page
    assert "开幕" in page
    token = session.scalars(sa.select(Attachment.token)).one()
    session.commit()
    removed = path_of(at, f"/photos/{token}/remove")
    assert client.post(removed).status_code == 302
    assert "已经不在这里" in client.post(removed, follow_redirects=True).text


def test_the_fairs_money_is_asked_for_from_its_page_and_leads_to_the_funds(session, sign_in):
    session.expire_on_commit = False
    papers.open_ledger(session)
    at = held(session, asked_fen=3 * papers.WAN, line="展销")
    client = sign_in(at.coordinator)
    here = path_of(at)
    assert client.post(f"{here}/money", data={"once": once(client, here)}).status_code == 422
    given = {"document_no": "长" * 60, "once": once(client, here)}
    asked = client.post(f"{here}/money", data=given)
    assert asked.status_code == 302
    assert asked.location.startswith("/funds/documents/")
    page = client.get(here).text
    assert "30,000.00 元" in page
    activity = re.search(r"/funds/marketing/\w+", page)[0]
    assert f'href="{here}"' in client.get(activity).text
    assert "/funds/marketing/" in client.get(f"{here}/result").text
    assert "30,000.00" in client.get("/fairs/comparison").text


def test_an_activity_asked_for_before_is_named_once(session, sign_in):
    session.expire_on_commit = False
    papers.open_ledger(session)
    at, other = held(session), held(session)
    activity = propose(session, proposal(), once_key=key(), by=at.coordinator)
    number = activity.agreement.number
    client = sign_in(at.coordinator)
    here = path_of(at, "/activity")
    assert "没有这个编号" in client.post(here, data={"activity": "X"}).text
    assert client.post(here, data={"activity": number}).status_code == 302
    assert "已经有经费活动" in client.post(here, data={"activity": number}).text
    again = client.post(path_of(other, "/activity"), data={"activity": number})
    assert "已用于另一场展销" in again.text


def test_a_plan_without_an_amount_says_so_when_money_is_asked_for(session, at, sign_in):
    other = held(session, asked_fen=papers.WAN, line="展销")
    client = sign_in(at.coordinator)
    key_ = once(client, path_of(other))
    given = {"document_no": "1号", "once": key_}
    assert "还没有填写申请金额" in client.post(path_of(at, "/money"), data=given).text


def test_a_supplier_answers_and_lists_goods_on_its_own_page(session, at, sign_in):
    client = sign_in(at.seller)
    here = stand_of(at)
    assert at.fair.name in client.get("/fairs").text
    assert client.post(f"{here}/answer", data={"accepts": "no"}).status_code == 422
    refused = client.post(f"{here}/answer", data={"accepts": "no", "reason": "病了"})
    assert refused.status_code == 302
    assert "改变答复" in client.get(here).text
    assert client.post(f"{here}/answer", data={"accepts": "yes"}).status_code == 302
    good = {"price_fen": "3.33", "brought_milli": "1.5", "name": "土豆", "unit": "公斤"}
    assert "请选择本店的商品" in client.post(f"{here}/goods", data=good | {"sku": "别人的"}).text
    assert client.post(f"{here}/goods", data=good | {"price_fen": "0"}).status_code == 422
    assert client.post(f"{here}/goods", data=good).status_code == 302
    assert client.post(f"{here}/goods", data=good | {"sku": at.sku.code}).status_code == 302
    page = client.get(here).text
    assert "土豆" in page
    good_id = re.findall(r"/goods/(\d+)/remove", page)[-1]
    removed = f"{here}/goods/{good_id}/remove"
    assert client.post(removed).status_code == 302
    assert "已经不在备货单上" in client.post(removed, follow_redirects=True).text
    assert client.post(f"{here}/proofs", data={}).status_code == 422
    given = {"proof": [picture(), picture()]}
    assert client.post(f"{here}/proofs", data=given).status_code == 302
    elsewhere = path_of(at, f"/stands/{at.other.supplier.code}")
    assert client.get(elsewhere).status_code == 404


def sale_form(**given):
    now = clock.now().astimezone(clock.CHINA)
    return {
        "key": key(),
        "buyer": "person",
        "amount_fen": "12.50",
        "receipt_no": key()[:8],
        "sold_at": f"{now:%Y-%m-%dT%H:%M}",
    } | given


def test_the_till_takes_a_form_or_the_scripts_words_and_answers_each_in_kind(session, at, sign_in):
    client = sign_in(at.seller)
    here = path_of(at, "/till")
    assert client.get(here).status_code == 200
    given = sale_form(receipt_no="7", unit=at.unit.name)
    plain = client.post(here, data=given, follow_redirects=True)
    assert "小票 7 已登记，12.50 元" in plain.text
    asks = {"Accept": "application/json"}
    again = client.post(here, data=given, headers=asks)
    assert (again.status_code, again.json["said"]) == (201, "小票 7 已登记，12.50 元。")
    other = client.post(here, data=given | {"amount_fen": "13"}, headers=asks)
    assert other.status_code == 422
    assert "没有改动" in other.json["said"]
    bad = client.post(here, data=sale_form(amount_fen="x", unit="没有"), headers=asks)
    assert bad.json["errors"] == {"amount_fen": ["金额只能是数字，例如 1234.50。"]}
    bad = client.post(here, data=sale_form(unit="没有"))
    assert bad.status_code == 422
    assert "没有找到单位“没有”" in bad.text
    bad = client.post(here, data=sale_form(sold_at="9999-12-31T23:59"))
    assert "晚于现在" in bad.text
    assert client.post(here, data=sale_form(stand="别人的")).status_code == 422
    assert session.scalar(sa.select(sa.func.count(FairSale.id))) == 1


def test_what_somebody_left_in_the_browser_waits_for_them(at, sign_in):
    client = sign_in(at.seller)
    given = sale_form(who="somebody")
    answer = client.post(path_of(at, "/till"), data=given, headers={"Accept": "application/json"})
    assert answer.status_code == 409


def test_a_coordinator_chooses_the_stand_and_a_stranger_has_no_till(session, at, sign_in):
    client = sign_in(at.coordinator)
    here = path_of(at, "/till")
    given = sale_form(stand=at.other.supplier.code)
    assert client.post(here, data=given | {"stand": ""}).status_code == 422
    assert client.post(here, data=given).status_code == 302
    assert session.scalars(sa.select(FairSale.stand_id)).one() == at.other.id
    outsider = make.supplier_person(session, make.supplier(session))
    bare = services.plan_fair(session, planned(), once_key=key(), by=at.coordinator)
    services.announce(session, bare, by=at.coordinator)
    assert sign_in(outsider).get(here).status_code == 404
    assert "还没有供应商确认参展" in client.get(f"/fairs/{bare.number}/till").text
    assert "还没有供应商确认" in client.get(f"/fairs/{bare.number}/intentions/new").text


def test_ticked_sales_are_verified_and_count(session, at, sign_in):
    one, other = sale(at), sale(at)
    client = sign_in(at.coordinator)
    here = stand_of(at)
    ticked = {"sale": [f"{one.client_key}:1", f"{other.client_key}:1"]}
    no_proof = client.post(f"{here}/verify", data=ticked, follow_redirects=True)
    assert "还没有小票照片" in no_proof.text
    proved(at)
    session.commit()
    for wrong in ({"sale": [f"{one.client_key}:²"]}, {"sale": ["x"]}, {}):
        answer = client.post(f"{here}/verify", data=wrong, follow_redirects=True)
        assert "已核实 " not in answer.text
    assert "已核实 2 笔" in client.post(f"{here}/verify", data=ticked, follow_redirects=True).text
    session.expire_all()
    assert one.counts
    page = client.get(f"/units/{at.unit.code}/completion/credits?year={clock.today().year}")
    if page.status_code == 200:
        assert one.receipt_no in page.text


def test_a_sale_is_returned_mended_withdrawn_and_reversed_on_its_page(session, at, sign_in):
    one, other = sale(at, product=at.product.code), sale(at)
    desk, seller = sign_in(at.coordinator), sign_in(at.seller)
    here = f"/fairs/sales/{one.client_key}"
    assert desk.post(f"{here}/return", data={"version": "1"}).status_code == 422
    given = {"version": "1", "answer": "少了一位"}
    assert desk.post(f"{here}/return", data=given | {"version": "x"}).status_code == 422
    assert desk.post(f"{here}/return", data=given).status_code == 302
    page = seller.get(here).text
    assert "少了一位" in page
    mended = sale_form(version="1", unit=at.unit.code, buyer="unit", product=at.product.code)
    assert seller.post(f"{here}/mend", data=mended | {"unit": ""}).status_code == 422
    assert seller.post(f"{here}/mend", data=mended).status_code == 302
    assert seller.post(f"/fairs/sales/{other.client_key}/withdraw", data={}).status_code == 422
    gone = seller.post(f"/fairs/sales/{other.client_key}/withdraw", data={"answer": "错"})
    assert gone.status_code == 302
    proved(at)
    session.expire_all()
    verified(at, one)
    session.commit()
    assert "冲销" in desk.get(here).text
    assert desk.post(f"{here}/reverse", data={"answer": "假的"}).status_code == 302
    session.expire_all()
    assert one.state is SaleState.REVERSED
    assert desk.get("/fairs/sales/x").status_code == 404


def test_a_unit_confirms_or_sends_back_what_was_bought_for_it(session, at, sign_in, stranger):
    one, other = sale(at), sale(at)
    client = sign_in(at.lead)
    assert one.receipt_no in client.get("/fairs/purchases").text
    assert client.get(f"/fairs/sales/{one.client_key}").status_code == 200
    confirm = f"/fairs/sales/{one.client_key}/confirm"
    assert client.post(confirm, data={"version": "1"}).status_code == 302
    again = client.post(confirm, data={"version": "1"}, follow_redirects=True)
    assert "当前状态" in again.text
    back = f"/fairs/sales/{other.client_key}/return"
    assert "请填写退回原因" in client.post(back, data={"version": "1"}).text
    assert client.post(back, data={"version": "1", "answer": "不是我们"}).status_code == 302
    session.expire_all()
    assert (one.state, other.state) == (SaleState.VERIFIED, SaleState.RETURNED)
    assert sign_in(stranger).get(f"/fairs/sales/{one.client_key}").status_code == 404
    assert "还没有在展销采购过" in sign_in(stranger).get("/fairs/purchases").text


def test_the_list_of_sales_is_filtered_and_given_as_a_file(session, at, sign_in):
    one, other = sale(at, 11_100), sale(at, 22_200, stand=at.other)
    social = sale(at, 33_300, buyer=BuyerKind.PERSON, unit="")
    client = sign_in(at.coordinator)
    here = path_of(at, "/sales")
    for words, seen, unseen in (
        ("stand=A2", other, one),
        (f"unit={at.unit.code}", one, social),
        ("anyone=1", social, one),
        ("state=submitted", one, None),
    ):
        page = client.get(f"{here}?{words}").text
        assert seen.receipt_no in page
        assert unseen is None or unseen.receipt_no not in page
    for words in ("state=net", "counted=1"):
        assert "没有符合条件的销售" in client.get(f"{here}?{words}").text
    for kind in ("xlsx", "csv", "pdf"):
        assert client.get(f"{here}?format={kind}").status_code == 200
    assert one.receipt_no in client.get(f"{here}?format=csv").text
    assert client.get(f"{here}?format=doc").status_code == 404
    mine = sign_in(at.rival).get(here).text
    assert other.receipt_no in mine
    assert one.receipt_no not in mine


def test_what_was_signed_is_written_down_kept_and_withdrawn(session, at, sign_in):
    seller, desk = sign_in(at.seller), sign_in(at.coordinator)
    here = path_of(at, "/intentions")
    given = {
        "stand": at.stand.supplier.code,
        "unit": at.unit.name,
        "amount_fen": "5000",
        "signed_on": str(clock.today()),
    }
    form = {"once": once(seller, f"{here}/new")} | given
    assert "请选择文件" in seller.post(f"{here}/new", data=form).text
    wrong = form | {"stand": at.other.supplier.code, "paper": pdf()}
    assert "请选择签约的供应商" in seller.post(f"{here}/new", data=wrong).text
    made = seller.post(f"{here}/new", data=form | {"paper": pdf()})
    assert made.status_code == 302
    one = made.location
    assert at.unit.name in seller.get(here).text
    assert sign_in(at.rival).get(one).status_code == 404
    fulfil = {"amount_fen": "1234", "happened_on": str(clock.today())}
    fulfil["once"] = once(desk, one)
    assert desk.post(f"{one}/fulfil", data=fulfil).status_code == 422
    assert desk.post(f"{one}/fulfil", data=fulfil | {"evidence": pdf()}).status_code == 302
    page = desk.get(one).text
    assert "24.6%" in page
    row = re.search(r"/fulfilments/(\d+)/reverse", page)[0]
    refused = desk.post(f"{one}{row}", data={}, follow_redirects=True)
    assert "请填写冲销原因" in refused.text
    assert desk.post(f"{one}{row}", data={"reason": "退货"}).status_code == 302
    assert seller.post(f"{one}/withdraw", data={}).status_code == 422
    assert seller.post(f"{one}/withdraw", data={"reason": "错"}).status_code == 302
    assert "已作废" in desk.get(here).text
    assert "还没有签约" in sign_in(at.rival).get(here).text


def test_an_order_is_linked_to_what_was_signed_and_taken_off(session, at, sign_in):
    one = signed(at)
    buyer = make.person(session, unit=at.unit)
    part = make_orders.consignment(session, buyer, (at.sku, 2000), state=ConsignmentState.RECEIVED)
    number = part.order.number
    client = sign_in(at.coordinator)
    here = path_of(at, f"/intentions/{one.number}")
    assert "没有这个订单" in client.post(f"{here}/orders", data={"order": "1"}).text
    assert client.post(f"{here}/orders", data={"order": number}).status_code == 302
    assert number in client.get(here).text
    assert number in sign_in(at.seller).get(here).text
    off = f"{here}/orders/{part.order_id}/remove"
    assert client.post(off).status_code == 302
    assert "没有挂在" in client.post(off, follow_redirects=True).text


def test_a_result_is_submitted_returned_checked_corrected_and_given_as_files(session, at, sign_in):
    one = sale(at)
    proved(at)
    verified(at, one)
    signed(at)
    desk, second = sign_in(at.coordinator), sign_in(at.second)
    here = path_of(at, "/result")
    assert "当前状态" in desk.post(f"{here}/submit", follow_redirects=True).text
    assert "没有待核对" in desk.post(f"{here}/check", follow_redirects=True).text
    assert desk.post(path_of(at, "/close")).status_code == 302
    assert desk.post(f"{here}/submit").status_code == 302
    assert "等待另一位" in desk.get(here).text
    assert second.post(f"{here}/return", data={}).status_code == 422
    assert second.post(f"{here}/return", data={"answer": "差照片"}).status_code == 302
    assert desk.post(f"{here}/submit").status_code == 302
    digest = re.search(r'name="digest" value="(\w+)"', second.get(here).text)[1]
    assert (
        "由另一位"
        in desk.post(f"{here}/check", data={"digest": digest}, follow_redirects=True).text
    )
    checked = second.post(f"{here}/check", data={"digest": digest}, follow_redirects=True)
    assert "成果已核定" in checked.text
    for kind in ("xlsx", "pdf", "csv"):
        assert client_gives(desk, f"{here}?format={kind}")
    assert "签约" in desk.get(f"{here}?format=csv").text
    assert desk.get(f"{here}?format=x").status_code == 404
    assert desk.post(f"{here}/correct", data={}).status_code == 422
    assert desk.post(f"{here}/correct", data={"answer": "少一笔"}).status_code == 302


def client_gives(client, path: str) -> bool:
    answer = client.get(path)
    return answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]


def test_every_figure_of_the_comparison_opens_rows_that_sum_to_it(session, at, sign_in):
    sales = [sale(at, 10_000), sale(at, 2_345, stand=at.other)]
    for stand, one in zip((at.stand, at.other), sales, strict=True):
        proved(at, stand)
        verified(at, one)
    services.reverse_sale(session, sales[0], reason="错", by=at.second)
    signed(at, 70_000)
    client = sign_in(at.coordinator)
    page = client.get("/fairs/comparison?sort=sold&direction=asc").text
    figures = re.findall(r'class="figure-link num" href="([^"]+)"[^>]*>([^<]+)<', page)
    assert len(figures) >= 5
    for link, figure in figures:
        opened = client.get(link.replace("&amp;", "&").split("#")[0]).text
        assert figure in opened, link
    rows = re.findall(
        r'data-label="金额（元）">([-\d.,]+)<',
        client.get(path_of(at, "/sales?state=net")).text.split("<tfoot>")[0],
    )
    assert sum(int(re.sub(r"[.,]", "", one)) for one in rows) == 2_345
    chart = json.loads(re.search(r"data-chart='([^']+)'", page)[1])
    assert chart["series"][0]["values"] == [2_345]
    for kind in ("xlsx", "csv", "pdf"):
        assert client_gives(client, f"/fairs/comparison?format={kind}")
    assert client.get("/fairs/comparison?format=x").status_code == 404


def test_pages_ask_no_more_often_for_more_rows(session, at, sign_in, count_queries):
    for _ in range(2):
        proved(at)
    verified(at, sale(at))
    sale(at, 99)
    signed(at)
    person = make.person(session, role=Role.COORDINATOR)
    paths = {
        "/fairs": 10,
        "/fairs/comparison": 16,
        path_of(at): 16,
        path_of(at, "/result"): 24,
        path_of(at, "/sales"): 10,
        path_of(at, "/intentions"): 12,
        path_of(at, "/till"): 12,
        stand_of(at): 14,
    }
    client = sign_in(person)

    def ask() -> dict[str, int]:
        counts = {}
        for path in paths:
            with count_queries() as statements:
                assert client.get(path).status_code == 200
            counts[path] = len(statements)
        return counts

    few = ask()
    more = [sale(at, sku_n) for sku_n in range(100, 108)]
    verified(at, *more[:4])
    for fen in range(1, 5):
        signed(at, fen)
    other = held(session)
    sale(other)
    session.commit()
    many = ask()
    assert {path: n for path, n in many.items() if n > paths[path]} == {}
    assert {path: (few[path], n) for path, n in many.items() if n > few[path]} == {}


def test_what_is_asked_for_too_late_is_told_on_a_page_that_no_longer_has_the_form(
    session, at, sign_in
):
    one = signed(at)
    returned = sale(at)
    services.withdraw_intention(session, one, reason="错", by=at.seller)
    services.return_sale(session, returned, version=1, answer="错", by=at.second)
    services.withdraw_sale(session, returned, reason="错", by=at.seller)
    services.close_fair(session, at.fair, by=at.coordinator)
    services.submit_result(session, at.fair, by=at.coordinator)
    desk, seller = sign_in(at.coordinator), sign_in(at.seller)
    today = str(clock.today())
    late = "只能在"
    for client, path, given, said in (
        (desk, path_of(at, "/days"), {"held_on": today, "visitors": "1", "purchasers": "1"}, late),
        (desk, path_of(at, "/call-off"), {"reason": "雨"}, "当前状态"),
        (seller, stand_of(at, "/answer"), {"accepts": "yes"}, late),
        (seller, stand_of(at, "/proofs"), {"proof": picture()}, late),
        (desk, path_of(at, f"/intentions/{one.number}/orders"), {"order": "1"}, "没有这个订单"),
        (seller, f"/fairs/sales/{returned.client_key}/withdraw", {"answer": "错"}, late),
        (seller, f"/fairs/sales/{returned.client_key}/mend", sale_form(version="1"), late),
        (desk, path_of(at, "/result/correct"), {"answer": "错"}, "谈得上更正"),
    ):
        answer = client.post(path, data=given)
        assert answer.status_code == 422, path
        assert said in answer.text, path


def test_an_intention_that_is_not_there_is_not_found(at, sign_in):
    assert sign_in(at.coordinator).get(path_of(at, "/intentions/x")).status_code == 404
