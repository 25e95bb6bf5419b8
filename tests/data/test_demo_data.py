"""The demonstration data holds together before anything is loaded."""

import collections
import datetime as dt
import importlib.resources
import pathlib
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET

import pytest

from market.catalog.models import Category, CertificateKind
from market.core.access import Role
from market.core.money import parse_yuan
from market.core.quantity import parse
from market.core.settings import StationedRule
from market.units.models import Canteen, Nature, Unit, UnitKind, UnitState
from market.units.services.duty import duty_of

ROOT = pathlib.Path(__file__).parents[2]
DRAWINGS = ROOT / "static" / "products"

# The places of 彭水 that the plan or the domain handbook names.
TOWNSHIPS = {
    "郁山镇",
    "鞍子镇",
    "大垭乡",
    "三义乡",
    "保家镇",
    "善感乡",
    "乔梓乡",
    "龙射镇",
    "绍庆街道",
    "太原镇",
    "靛水街道",
}


def load(name):
    return tomllib.loads((importlib.resources.files("market.data") / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def catalog():
    return load("demo_catalog.toml")


@pytest.fixture(scope="module")
def units():
    return load("demo_units.toml")


@pytest.fixture(scope="module")
def people():
    return load("demo_people.toml")["person"]


def once_each(rows, *keys):
    for key in keys:
        counts = collections.Counter(row[key] for row in rows)
        assert [value for value, count in counts.items() if count > 1] == []


def skus(catalog):
    return [sku for product in catalog["product"] for sku in product["sku"]]


def obliged(unit):
    """Ask the rule itself, with 驻区机构 under the same condition."""
    as_loaded = Unit(
        state=UnitState.ACTIVE,
        kind=UnitKind(unit["kind"]),
        nature=Nature(unit["nature"]),
        canteen=Canteen(unit["canteen"]),
        daily_diners=unit["daily_diners"],
    )
    return duty_of(as_loaded, rule=StationedRule.SAME_CONDITION).required


# The catalogue.


def test_codes_names_and_drawings_of_the_catalogue_are_unique(catalog):
    once_each(catalog["supplier"], "code", "name", "phone", "bank_account", "licence_no")
    once_each(catalog["product"], "code", "name", "illustration")
    once_each(skus(catalog), "code")
    once_each([p for p in catalog["product"] if "recognition_no" in p], "recognition_no")


def test_every_product_has_its_supplier_from_the_same_place(catalog):
    places = {supplier["code"]: supplier["township"] for supplier in catalog["supplier"]}
    assert set(places.values()) <= TOWNSHIPS
    assert {product["supplier"] for product in catalog["product"]} == set(places)
    for product in catalog["product"]:
        assert places[product["supplier"]] == product["township"], product["code"]


def test_every_shelf_is_filled(catalog):
    assert len(catalog["product"]) >= 40
    assert {product["category"] for product in catalog["product"]} == set(Category)


def test_products_are_described_well_enough_to_sell(catalog):
    for product in catalog["product"]:
        assert 30 <= len(product["description"]) <= 120, product["code"]
        assert product["description"].count("。") >= 2, product["code"]
        assert product["storage"]
        assert product["shelf_life_days"] > 0
        assert ("season_from" in product) == ("season_to" in product)
        assert all(1 <= product.get(end, 1) <= 12 for end in ("season_from", "season_to"))
        for certificate in product["certificates"]:
            assert certificate["kind"] in set(CertificateKind)
            assert isinstance(certificate["valid_until"], dt.date)


def test_meat_is_quarantined(catalog):
    for product in catalog["product"]:
        if product["category"] == Category.MEAT and "蛋" not in product["name"]:
            kinds = {certificate["kind"] for certificate in product["certificates"]}
            assert CertificateKind.QUARANTINE in kinds, product["name"]


def test_some_products_count_some_did_and_some_never_will(catalog):
    until = [product.get("recognition_until") for product in catalog["product"]]
    assert until.count(None) == 4
    assert sum(day < dt.date(2026, 1, 1) for day in until if day) == 3
    assert sum(day >= dt.date(2026, 12, 31) for day in until if day) >= 40
    for product in catalog["product"]:
        if "recognition_no" in product:
            assert product["recognition_from"] <= dt.date(2020, 1, 1)


def test_prices_steps_and_stocks_are_what_the_services_accept(catalog):
    for sku in skus(catalog):
        price_fen = parse_yuan(sku["price_yuan"])
        assert 0 < price_fen < 2_000_00, sku["code"]
        assert parse_yuan(sku["reference_price_yuan"]) > 0
        step, least = parse(sku["step"]), parse(sku["min"])
        assert step > 0, sku["code"]
        assert least > 0, sku["code"]
        assert least % step == 0, sku["code"]
        assert parse(sku["stock"]) % step == 0
        assert sku["by_weight"] or step % 1000 == 0, sku["code"]
        assert sku["pack_grams"] > 0
        assert len(sku["name"]) <= 80
        assert len(sku["unit"]) <= 10


def test_tiers_rise_in_quantity_and_fall_in_price(catalog):
    for sku in skus(catalog):
        quantities = [parse(sku["min"]), *(parse(start) for start, _ in sku["tiers"])]
        prices = [parse_yuan(price) for price in (sku["price_yuan"], *(p for _, p in sku["tiers"]))]
        assert quantities == sorted(set(quantities)), sku["code"]
        assert prices == sorted(set(prices), reverse=True), sku["code"]


def test_goods_by_weight_are_for_canteens_and_canteens_find_bulk(catalog):
    rows = skus(catalog)
    for sku in rows:
        assert sku["for_canteen"] or sku["for_retail"], sku["code"]
        if sku["by_weight"]:
            assert sku["unit"] == "公斤"
            assert sku["for_canteen"]
            assert not sku["for_retail"]
    for_canteens_alone = sum(not sku["for_retail"] for sku in rows)
    assert 0.35 <= for_canteens_alone / len(rows) <= 0.5


def test_everything_invented_about_the_catalogue_says_so(catalog):
    for supplier in catalog["supplier"]:
        assert supplier["name"].endswith("（演示）")
        for key in ("address", "contact", "intro", "licence_no", "bank_name", "bank_account"):
            assert "演示" in supplier[key], (supplier["code"], key)
        assert supplier["phone"].startswith("023-0000-")
        assert supplier["licence_from"] < supplier["licence_until"]
    for product in catalog["product"]:
        assert "演示" in product.get("recognition_no", "演示")
        assert all("演示" in certificate["number"] for certificate in product["certificates"])
    assert all(sku["reference_source"].startswith("演示") for sku in skus(catalog))


# The drawings.


def test_every_product_has_a_small_drawing_of_its_own(catalog):
    drawn = {path.name for path in DRAWINGS.glob("*.svg")}
    assert {product["illustration"] for product in catalog["product"]} <= drawn
    for path in DRAWINGS.glob("*.svg"):
        assert path.stat().st_size < 12_000, path.name
        root = ET.fromstring(path.read_text("utf-8"))  # noqa: S314 (our own file)
        assert root.get("viewBox") == "0 0 400 300"
        for element in root.iter():
            assert element.tag.rpartition("}")[2] not in ("script", "style", "image", "text"), path
            assert element.get("style") is None
            assert element.get("href", "#").startswith("#")


def test_the_drawings_are_what_their_program_draws():
    program = ROOT / "frontend" / "illustrations" / "draw.py"
    checked = subprocess.run(
        [sys.executable, "-B", program, "--check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


# The units.


def test_units_are_unique_and_refer_to_units(units):
    rows = units["unit"]
    once_each(rows, "code", "name", "phone")
    seen = set()
    for unit in rows:
        assert unit["kind"] in set(UnitKind)
        assert unit["nature"] in set(Nature)
        assert unit["canteen"] in set(Canteen)
        assert (unit["canteen"] == Canteen.SHARED) == ("shared_with" in unit), unit["code"]
        assert (unit["canteen"] == Canteen.NONE) == (unit["daily_diners"] == 0), unit["code"]
        assert {unit[key] for key in ("parent", "shared_with") if key in unit} <= seen
        seen.add(unit["code"])
        if "approval_limit_yuan" in unit:
            assert parse_yuan(unit["approval_limit_yuan"]) > 0


def test_the_representative_of_a_shared_canteen_has_one(units):
    canteens = {unit["code"]: unit["canteen"] for unit in units["unit"]}
    for unit in units["unit"]:
        if "shared_with" in unit:
            assert canteens[unit["shared_with"]] in (Canteen.OWN, Canteen.OUTSOURCED)


def test_every_unit_the_plan_names_is_there(units):
    names = {unit["name"] for unit in units["unit"]}
    assert {
        "机关事务中心", "组织人事部", "经济运行局", "教育局", "社发局", "现服局", "招商集团", "产业局",
        "科创局", "自贸办", "市场监管局", "社保局", "办公室", "纪工委（监察室）", "区第一人民医院",
    } <= names  # fmt: skip
    assert sum(unit["kind"] == UnitKind.SUBDISTRICT for unit in units["unit"]) == 8


@pytest.mark.parametrize(
    ("kind", "nature", "canteen", "diners"),
    [
        ("public_institution", "ordinary", "own", 49),
        ("public_institution", "ordinary", "own", 50),
        ("public_institution", "ordinary", "own", 51),
        ("public_institution", "ordinary", "own", 180),
        ("public_institution", "school", "own", range(50, 9999)),
        ("public_institution", "hospital", "own", range(50, 9999)),
        ("public_institution", "ordinary", "outsourced", range(50, 9999)),
        ("public_institution", "ordinary", "outsourced", range(1, 50)),
        ("public_institution", "ordinary", "shared", range(1, 9999)),
        ("public_institution", "ordinary", "none", 0),
        ("stationed_agency", "ordinary", "own", 30),
        ("stationed_agency", "ordinary", "own", 50),
        ("stationed_agency", "ordinary", "own", 120),
        ("stationed_agency", "ordinary", "outsourced", range(50, 9999)),
        ("stationed_agency", "ordinary", "none", 0),
        ("subdistrict", "ordinary", "own", range(1, 50)),
        ("affairs_center", "ordinary", "own", range(50, 9999)),
        ("department", "ordinary", "own", range(50, 9999)),
        ("department", "ordinary", "shared", range(1, 9999)),
        ("other", "ordinary", "own", range(50, 9999)),
    ],
)
def test_every_branch_of_the_duty_rule_has_a_unit(units, kind, nature, canteen, diners):
    wanted = [diners] if isinstance(diners, int) else diners
    assert any(
        (unit["kind"], unit["nature"], unit["canteen"]) == (kind, nature, canteen)
        and unit["daily_diners"] in wanted
        for unit in units["unit"]
    )


def test_targets_are_issued_to_the_obliged_by_a_document(units):
    codes = {unit["code"] for unit in units["unit"] if obliged(unit)}
    documents = {int(year): document for year, document in units["documents"].items()}
    issued = {(target["unit"], target["year"]) for target in units["target"]}
    assert len(issued) == len(units["target"])
    assert issued == {(code, year) for code in codes for year in documents}
    for target in units["target"]:
        document = documents[target["year"]]
        assert target["document_no"] == document["number"]
        assert target["issued_on"] == document["issued_on"]
        assert "演示" in target["document_no"]
        assert parse_yuan(target["amount_yuan"]) % 1_000_00 == 0


def test_everything_invented_about_units_says_so(units):
    named = {UnitKind.SUBDISTRICT, UnitKind.AFFAIRS_CENTER, UnitKind.DEPARTMENT}
    for unit in units["unit"]:
        for key in ("address", "contact", "note"):
            assert "演示" in unit[key], (unit["code"], key)
        assert unit["phone"].startswith("023-0000-")
        if unit["kind"] not in named and unit["name"] != "区第一人民医院":
            assert unit["name"].endswith("（演示）"), unit["code"]


# The people.


def test_people_are_unique_and_belong_somewhere(people, units, catalog):
    once_each(people, "login", "name", "phone")
    unit_codes = {unit["code"] for unit in units["unit"]}
    supplier_codes = {supplier["code"] for supplier in catalog["supplier"]}
    for person in people:
        assert person["name"].endswith("（演示）")
        assert person["phone"].startswith("023-0000-")
        assert person["role"] in set(Role)
        assert person.get("unit", "LJ-Z01") in unit_codes
        assert (person["role"] == Role.SUPPLIER) == ("supplier" in person)
        assert person["role"] not in (Role.CANTEEN, Role.LEAD) or "unit" in person
    assert {person["supplier"] for person in people if "supplier" in person} == supplier_codes


def test_there_is_a_simple_login_for_every_role(people):
    logins = [person["login"] for person in people[:11]]
    assert logins == [
        "shopper", "social", "canteen", "lead", "supplier", "coordinator", "coordinator2", "fund",
        "county", "inspector", "admin",
    ]  # fmt: skip
    assert {person["role"] for person in people[:11]} == set(Role)
    assert "unit" not in people[1]


def test_every_obliged_unit_can_order_and_sign(people, units):
    staff = collections.defaultdict(set)
    for person in people:
        staff[person.get("unit")].add(person["role"])
    for unit in units["unit"]:
        if obliged(unit):
            assert {Role.CANTEEN, Role.LEAD} <= staff[unit["code"]], unit["code"]


def test_about_fifteen_units_have_employees(people):
    counts = collections.Counter(
        p["unit"] for p in people if p["role"] == Role.SHOPPER and "unit" in p
    )
    assert sum(count >= 2 for count in counts.values()) >= 15
