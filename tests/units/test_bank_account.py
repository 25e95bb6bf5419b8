"""The account that a unit pays from: typed, imported, and shown where it is needed."""

import io
import re

import xlsxwriter

from market.audit.models import Entry
from market.core.access import Role
from market.ordering.models import BuyingFor
from market.payments.models import Payment
from market.units import services
from market.units.models import Unit
from tests import make
from tests.ordering.placing import place
from tests.payments.billing import delivered
from tests.units.sheets import KEYS, ROW, TITLES, units

BANK = ("bank_name", "bank_account")


def old_file(**given):
    """Write a file of before units had accounts."""
    keys = [key for key in KEYS if key not in BANK]
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [TITLES[KEYS.index(key)] for key in keys])
        for key, value in (ROW | given).items():
            page.write(1, keys.index(key), value)
    return held.getvalue()


def take_in(session, content):
    return services.import_units(session, services.read_units(content), by=None)


def test_a_file_without_the_bank_columns_comes_in_and_keeps_what_is_there(session):
    take_in(session, units({"bank_name": "某银行", "bank_account": "0062 2200"}))
    assert take_in(session, old_file(name="改名")).changed[0].fields == [
        ("单位名称", "甲事业单位", "改名")
    ]
    unit = session.query(Unit).one()
    assert (unit.name, unit.bank_name, unit.bank_account) == ("改名", "某银行", "0062 2200")
    take_in(session, old_file(code="SY-2", name="乙"))
    assert session.query(Unit).filter_by(code="SY-2").one().bank_account == ""
    # In a file that has the columns, an empty cell says that there is none.
    take_in(session, units({"name": "改名"}))
    assert unit.bank_account == ""


def test_an_account_of_which_excel_has_lost_digits_is_refused(session):
    [problem] = services.preview_units(
        session, services.read_units(units({"bank_account": 6222000011112222333}))
    ).problems
    assert (problem.row, problem.column) == (2, "付款账号")
    assert "超过 15 位的数字 Excel 会改掉末几位" in problem.expected
    assert take_in(session, units({"bank_account": 622200001111})).new
    assert session.query(Unit).one().bank_account == "622200001111"


def test_an_account_is_typed_shown_and_its_change_recorded_without_it(
    session, coordinator, sign_in
):
    unit = make.unit(session)
    code = unit.code
    client = sign_in(coordinator)
    page = client.get(f"/units/{code}/edit").text
    data = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page))
    data |= {"kind": "subdistrict", "nature": "ordinary", "canteen": "own"}
    data |= {"bank_name": "某银行", "bank_account": "0062 2200"}
    assert client.post(f"/units/{code}/edit", data=data).status_code == 302
    assert "某银行 0062 2200" in client.get(f"/units/{code}").text
    entry = session.query(Entry).filter_by(deed="unit.changed").one()
    assert entry.facts["changes"]["bank_name"] == ["", "某银行"]
    assert entry.facts["changes"]["bank_account"] is None


def test_a_transfer_by_hand_begins_with_the_units_account(session, buyer, coordinator, sign_in):
    buyer.unit.bank_name, buyer.unit.bank_account = "某银行", "0062 2200"
    number = delivered(session, buyer, (make.sku(session), 2000)).number
    own = place(session, make.person(session, role=Role.SHOPPER), (make.sku(session), 1000)).number
    client = sign_in(coordinator)
    page = client.get("/payments").text
    assert re.search(rf'name="{number}-payer_account"[^>]*value="0062 2200"', page)
    assert not re.search(rf'name="{own}-payer_account"[^>]*value="[^"]', page)
    data = {
        f"{number}-once": re.search(rf'name="{number}-once"[^>]*value="([^"]+)"', page)[1],
        f"{number}-amount_fen": "50.00",
        f"{number}-paid_on": re.search(rf'{number}-paid_on"[^>]*value="([^"]+)"', page)[1],
        f"{number}-bank_serial": "H1",
        f"{number}-payer_account": "0062 2200",
    }
    assert client.post(f"/payments/{number}", data=data).status_code == 302
    assert session.query(Payment).one().payer_account == "00622200"


def test_how_to_pay_shows_the_units_account_and_a_code_to_scan(session, buyer, sign_in):
    buyer.unit.bank_name, buyer.unit.bank_account = "某银行", "0062 2200"
    number = delivered(session, buyer, (make.sku(session), 2000)).number
    page = sign_in(buyer).get(f"/orders/{number}/payment").text
    assert "某银行 0062 2200（本单位登记的账户）" in page
    assert f'data-copy="{number}"' in page
    assert f"<title>{number} 的转账信息</title>" in page
    assert "没有统一的转账二维码" in page


def test_what_one_pays_for_oneself_shows_no_account(session, shopper, sign_in):
    shopper.unit.bank_account = "0062 2200"
    number = place(session, shopper, (make.sku(session), 2000), buying_for=BuyingFor.SELF).number
    assert "0062 2200" not in sign_in(shopper).get(f"/orders/{number}/payment").text
