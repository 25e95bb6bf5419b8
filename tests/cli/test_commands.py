"""The commands, as somebody at a terminal meets them."""

import csv
import datetime as dt
import io
import json

import pytest
import sqlalchemy as sa
import xlsxwriter
from click.testing import CliRunner

from market.accounts import services as accounts
from market.accounts.models import Person
from market.adapters.stripe import Wanted
from market.audit.models import Seal
from market.cli import commands, online
from market.core import clock
from market.core.access import Role
from market.core.db import Model, db
from market.fairs.models import FairPhoto
from market.fairs.queries import pairs
from market.ordering.models import BuyingFor, Order, OrderState
from market.ordering.services import place_order
from market.payments import services as payments
from market.payments.models import CheckoutState, Payment, Refund, RefundCause, Statement
from market.plan.services import load_plan
from market.targets import queries as targets
from market.targets.models import (
    Credit,
    OutsidePurchase,
    OutsideState,
    Period,
    PeriodState,
    ReserveFiling,
    ReserveState,
)
from market.units import services as units
from market.units.models import Unit
from tests import make
from tests.conftest import make_app
from tests.ordering.placing import place
from tests.payments.banking import bank_format, row, sheet
from tests.payments.billing import delivered, on
from tests.targets import world


@pytest.fixture
def run(app, session):
    """Run a command on the test's database; what was written before is there."""

    def run(*words, **given):
        session.commit()
        with app.app_context():
            result = CliRunner().invoke(commands, words, **given)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        session.expire_all()
        return result

    return run


@pytest.mark.parametrize(
    "words",
    [
        (),
        *((name,) for name in sorted(commands.commands)),
        ("export", "plan"),
        ("export", "completion"),
        ("export", "payments"),
    ],
    ids=" ".join,
)
def test_every_command_has_help_in_chinese(run, words):
    text = run(*words, "--help").stdout
    assert text.startswith("用法：")
    for english in ("Usage", "Options", "Commands", "Show this", "COMMAND", "[OPTIONS]"):
        assert english not in text


def test_the_plan_is_exported_as_csv_and_json(run, session):
    load_plan(session)
    table = run("export", "plan", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(table.stdout)))
    assert len(rows) == 17
    assert rows[0]["2020年援助资金（万元）"] == "183.15"
    assert [row["序号"] for row in rows] == [str(n) for n in range(1, 18)]
    assert len(json.loads(run("export", "plan", "--format", "json").stdout)) == 17
    assert table.stderr == ""


def test_completion_is_exported_with_exactly_its_columns(run, session, buyer):
    rows = json.loads(run("export", "completion", "--year", "2026", "--format", "json").stdout)
    assert list(rows[0]) == [
        "code",
        "name",
        "kind",
        "target_fen",
        "done_fen",
        "on_the_way_fen",
        "rate",
    ]
    assert rows[0]["code"] == buyer.unit.code


def test_payments_are_exported_as_one_row_per_order(run, session, shopper, buyer, coordinator):
    unpaid = place(session, shopper, (make.sku(session), 2000))
    place(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.CANTEEN)
    made = {"once_key": "k", "paid_on": clock.today(), "by": coordinator}
    payments.record_transfer(session, unpaid, amount_fen=5000, bank_serial="A", **made)
    social = place(
        session, make.person(session, role=Role.SHOPPER, unit=None), (make.sku(session), 1000)
    )
    social.pay_by_at = clock.now()
    session.commit()
    rows = json.loads(run("export", "payments", "--format", "json").stdout)
    assert list(rows[0].items()) == [
        ("order_number", unpaid.number),
        ("placed_on", str(clock.today())),
        ("unit_code", shopper.unit.code),
        ("unit_name", shopper.unit.name),
        ("buying_for", "self"),
        ("terms", "prepaid"),
        ("state", "open"),
        ("due_fen", 5000),
        ("paid_fen", 5000),
        ("refunded_fen", 0),
        ("applied_fen", 5000),
        ("give_back_fen", 0),
        ("outstanding_fen", 0),
    ]
    assert [row["state"] for row in rows] == ["open", "open", "expired"]
    assert rows[2]["unit_code"] is None
    table = list(csv.DictReader(io.StringIO(run("export", "payments").stdout)))
    assert [row["paid_fen"] for row in table] == ["5000", "0", "0"]
    assert table[2]["unit_name"] == ""


def test_an_empty_table_is_empty_output(run):
    assert run("export", "plan").stdout == ""
    assert run("export", "payments", "--format", "json").stdout == "[]\n"


def test_sealing_prints_the_head_and_verifying_finds_it(run, session, buyer):
    units.close_unit(session, buyer.unit, by=None)
    told = run("seal")
    head = session.scalar(sa.select(Seal.digest))
    assert head in told.stdout
    assert run("verify", "--head", head).exit_code == 0
    cut = run("verify", "--head", "f" * 64)
    assert cut.exit_code == 1
    assert "截短" in cut.stdout


@pytest.fixture
def attempts(session, shopper):
    """Three attempts to pay online whose time is over: paid, left, and never begun."""
    made = []
    for number in range(3):
        order = place(session, shopper, (make.sku(session), 2000))
        given = {"once_key": f"key-{number}", "by": shopper}
        with clock.set_to(clock.now() - dt.timedelta(minutes=20)):
            made.append(payments.start_checkout(session, order, **given))
    session.commit()
    return made


def test_attempts_left_open_are_asked_about_and_closed(run, session, attempts, cards, standin):
    for checkout in attempts[:2]:
        want = Wanted(checkout.once_key, "1", 5000, clock.now(), "http://x/", "http://x/")
        checkout.session_id = cards.begin(want).session_id
    session.commit()
    standin.pay(attempts[0].session_id)
    standin.troubles.append(429)
    assert "未能核对，下次再试" in run("expire-orders").stderr
    run("expire-orders")
    states = [checkout.state for checkout in attempts]
    assert states == [CheckoutState.SETTLED, CheckoutState.EXPIRED, CheckoutState.EXPIRED]
    assert attempts[0].order.state is OrderState.OPEN
    assert "关闭了 0 个" in run("expire-orders").stderr


def test_the_demonstration_pays_at_the_stand_in(app, session, shopper, sign_in, monkeypatch):
    """What ``serve`` starts beside the shop: the shop sends the buyer there."""
    monkeypatch.setenv("MARKET_STANDIN_PORT", "0")
    assert online.is_wanted(app)
    standin = online.start_standin(app, host="0.0.0.0", port="8000")  # noqa: S104
    try:
        assert not online.is_wanted(app)
        assert standin.base.startswith("http://127.0.0.1:")
        assert standin.notify == "http://127.0.0.1:8000/payments/stripe/notices"
        order = place(session, shopper, (make.sku(session), 2000))
        number = order.number
        assert "去支付" in sign_in(shopper).get(f"/orders/{number}/payment").text
    finally:
        app.extensions["cards"] = None
        standin.stop()


def test_without_keys_attempts_left_open_wait(run, session, attempts):
    assert "没有配置支付密钥" in run("expire-orders").stderr
    assert {checkout.state for checkout in attempts} == {CheckoutState.STARTED}


def test_expired_orders_are_closed(run, session, shopper):
    make.cart(session, shopper, (make.sku(session), 1000))
    with clock.set_to(clock.now() - dt.timedelta(days=4)):
        order = place_order(
            session,
            by=shopper,
            once_key="k",
            seen_total_fen=2500,
            receiver="吴敏",
            phone="023-0000-0000",
            address="演示路1号",
            wanted_on=None,
            remark="",
        )
    assert "关闭了 1 个" in run("expire-orders").stderr
    assert order.state is OrderState.EXPIRED


@pytest.fixture
def workbook(tmp_path):
    """Write rows under the titles of columns, by their keys, and return the file."""

    def workbook(columns, *rows):
        file = tmp_path / "sheet.xlsx"
        with xlsxwriter.Workbook(file) as book:
            page = book.add_worksheet()
            page.write_row(0, 0, [column.title for column in columns])
            for number, row in enumerate(rows, start=1):
                page.write_row(number, 0, [row.get(column.key, "") for column in columns])
        return str(file)

    return workbook


def test_units_are_previewed_and_then_imported_all_or_none(run, session, admin, workbook):
    file = workbook(units.COLUMNS, units.EXAMPLES[0])
    count = sa.select(sa.func.count(Unit.id))
    preview = run("import", "units", file, "--by", admin.login)
    assert (preview.exit_code, "预览：新增 1" in preview.stderr) == (0, True)
    assert session.scalar(count) == 0
    assert run("import", "units", file, "--by", admin.login, "--apply").exit_code == 0
    assert session.scalar(count) == 1


def test_what_can_not_be_imported_says_why(run, session, admin, buyer, tmp_path):
    file = tmp_path / "units.xlsx"
    file.write_bytes(b"not a workbook")
    bad = run("import", "units", str(file), "--by", admin.login)
    assert (bad.exit_code, "Excel" in bad.stderr) == (2, True)
    assert "没有登录名" in run("import", "units", str(file), "--by", "nobody").stderr
    role = run("import", "units", str(file), "--by", buyer.login)
    assert "须由统筹协调、系统管理员进行" in role.stderr


def test_problems_are_named_row_by_row(run, session, admin, workbook):
    given = units.EXAMPLES[0] | {"daily_diners": "很多"}
    told = run("import", "units", workbook(units.COLUMNS, given), "--by", admin.login, "--apply")
    assert told.exit_code == 2
    assert "第 2 行" in told.stderr
    assert "没有导入任何内容" in told.stderr
    assert session.scalar(sa.select(sa.func.count(Unit.id))) == 0


def test_people_are_imported_with_passwords_told_once(run, session, admin, workbook):
    unit = make.unit(session, code="SY-001")
    file = workbook(accounts.COLUMNS, *accounts.EXAMPLES)
    assert "新增 2" in run("import", "people", file, "--by", admin.login).stderr
    told = run("import", "people", file, "--by", admin.login, "--apply")
    login, password = told.stdout.splitlines()[0].split(",")
    assert len(password) >= 10
    person = session.scalar(sa.select(Person).where(Person.login == login))
    assert (person.unit_id, person.must_change_password) == (unit.id, True)


def test_targets_are_imported(run, session, coordinator, workbook):
    unit = make.unit(session, code="J01")
    given = {
        "code": "J01",
        "name": unit.name,
        "year": "2026",
        "amount_fen": "30000",
        "document_no": "演示〔2026〕1号",
        "document_on": "2026-01-12",
    }
    file = workbook(targets.COLUMNS, given)
    assert run("import", "targets", file, "--by", coordinator.login, "--apply").exit_code == 0
    assert targets.target_fen(session, unit.id, 2026) == 3_000_000


@pytest.fixture
def empty(empty_database_url, tmp_path):
    """Run a command on a database that has no tables yet, within one context."""
    other = make_app(empty_database_url, tmp_path)

    def empty(*words):
        result = CliRunner().invoke(commands, words)
        db.session.rollback()
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    with other.app_context():
        yield empty
        db.session.close()
        db.engine.dispose()


def test_an_administrator_is_made_on_an_empty_database_with_a_good_password_only(empty):
    short = empty("admin", "--login", "root", "--password", "short")
    assert (short.exit_code, "密码" in short.stderr) == (2, True)
    made = empty("admin", "--login", "root", "--password", "a-long-password")
    assert made.exit_code == 0, made.stderr
    person = db.session.scalar(sa.select(Person))
    assert (person.login, person.role) == ("root", Role.ADMIN)


def test_a_database_without_tables_is_told_what_to_do_first(empty):
    for words in (("verify",), ("seal",), ("export", "payments", "--format", "csv")):
        told = empty(*words)
        assert (told.exit_code, told.stdout) == (2, ""), words
        assert "python -m market serve" in told.stderr


def test_the_demonstration_world_holds_together_and_one_fen_is_found(empty):
    told = empty("demo")
    assert told.exit_code == 0
    assert "demo-pengshui-2020" in told.stderr
    assert "不再载入" in empty("demo").stderr
    fine = empty("verify")
    assert fine.exit_code == 0, fine.stdout
    assert fine.stdout.count("✓") == 25
    for faults in FEN:
        for name, column, _ in faults:
            _add(name, column, 1)
        found = empty("verify")
        assert found.exit_code == 1
        assert [named for *_, named in faults if named not in found.stdout] == [], found.stdout
        for name, column, _ in faults:
            _add(name, column, -1)
    assert empty("verify").exit_code == 0
    states = set(db.session.scalars(sa.select(Order.state).distinct()))
    assert states >= set(OrderState) - {OrderState.RETURNED}
    causes = set(db.session.scalars(sa.select(Refund.cause).distinct()))
    assert RefundCause.CANCELLED in causes
    outside = set(db.session.scalars(sa.select(OutsidePurchase.state).distinct()))
    assert outside == set(OutsideState) - {OutsideState.WITHDRAWN}
    assert set(db.session.scalars(sa.select(Period.state).distinct())) == set(PeriodState)
    assert set(db.session.scalars(sa.select(ReserveFiling.state).distinct())) == set(ReserveState)
    counted = db.session.scalars(sa.select(Credit).where(Credit.outside_purchase_id.is_not(None)))
    assert {one.is_adjustment for one in counted} == {True, False}
    assert len(pairs(db.session, year=2020)) == 1
    photos = db.session.scalars(sa.select(FairPhoto)).all()
    assert len({one.fair_id for one in photos}) == 2
    assert all("演示" in one.caption and one.attachment.is_public for one in photos)


def _add(name, column, change):
    """Change one figure of one row behind everybody's back."""
    table = Model.metadata.tables[name]
    some = sa.select(sa.func.min(table.c.id)).where(table.c[column] > 1).scalar_subquery()
    db.session.execute(
        sa.update(table).where(table.c.id == some).values({column: table.c[column] + change})
    )
    db.session.commit()


# Those of a line are found by other checks, in other words.
FEN = (
    (
        ("fund_account", "balance_fen", "余额"),
        ("credit", "amount_fen", "计入"),
        ("order", "total_fen", "总额"),
        ("target_entry", "change_fen", "目标记录"),
        ("sku", "stock_milli", "库存"),
        ("plan_project", "aid_2020_fen", "方案17行"),
    ),
    (
        ("fund_document", "amount_fen", "内容与审批时不同"),
        ("credit_total", "amount_fen", "合计"),
        ("order_line", "accepted_fen", "验收"),
        ("payment", "amount_fen", "收款"),
    ),
    (
        ("earmark", "amount_fen", "应为方案总额"),
        ("acceptance_line", "accepted_fen", "验收"),
        ("order_line", "ordered_fen", "订单行合计"),
    ),
)


def test_statements_are_made_and_who_owes_is_reminded(run, session, buyer):
    with on(2026, 3, 30):
        delivered(session, buyer, (make.sku(session), 1000))
    assert "生成了 1 张结算单" in run("make-statements", "--month", "2026-03").stderr
    assert "生成了 0 张结算单" in run("make-statements", "--month", "2026-3").stderr
    assert "提醒了 0 张" in run("remind").stderr
    session.execute(sa.update(Statement).values(due_on=clock.today()))
    told = run("remind").stderr
    assert "提醒了 1 张" in told
    assert "按预警规则提醒了" in told
    again = run("remind").stderr
    assert "提醒了 0 张" in again
    assert "按预警规则提醒了 0 次单位" in again
    last = clock.today().replace(day=1) - dt.timedelta(days=1)
    assert f"{last.year} 年 {last.month} 月生成了 0 张" in run("make-statements").stderr


@pytest.mark.parametrize(("month", "words"), [("三月", "按“年-月”填写"), ("2099-12", "还没有结束")])
def test_a_month_that_can_not_be_is_refused(run, month, words):
    refused = run("make-statements", "--month", month)
    assert refused.exit_code == 2
    assert words in refused.stderr


def test_a_banks_file_is_previewed_then_imported(run, session, coordinator, buyer, tmp_path):
    bank = bank_format(session, coordinator).name
    file = tmp_path / "流水.csv"
    file.write_bytes(sheet(row("50.00", serial="A1"), row("7"), row(out="1")))
    words = ("import", "bank", str(file), "--format", bank, "--by")
    preview = run(*words, coordinator.login)
    assert (preview.exit_code, session.query(Payment).count()) == (0, 0)
    assert "新的到账 2 笔，共 57.00 元；以前已有 0 笔，支出 1 笔" in preview.stderr
    session.commit()
    done = run(*words, coordinator.login, "--apply")
    assert (done.exit_code, session.query(Payment).count()) == (0, 2)
    assert "已导入 2 笔" in done.stderr
    assert "不能重复导入" in run(*words, coordinator.login, "--apply").stderr
    file.write_bytes(sheet(row("60.00", serial="A1")))
    assert "第 2 行流水号 A1 以前登记的是" in run(*words, coordinator.login).stderr
    file.write_bytes(sheet(row("-1"), row("x")))
    bad = run(*words, coordinator.login, "--apply")
    assert bad.exit_code == 2
    assert "第 3 行“收入”是“x”" in bad.stderr
    assert "2 处问题，没有导入任何一笔" in bad.stderr
    assert "须由统筹协调、资金管理进行" in run(*words, buyer.login).stderr
    nothing = run("import", "bank", str(file), "--format", "x", "--by", coordinator.login)
    assert f"没有名为“x”的银行格式（{bank}）" in nothing.stderr


def test_the_ledger_of_the_plans_money_is_opened_with_the_first_administrator(empty):
    assert "23 笔专款" in empty("admin", "--login", "root", "--password", "a-long-password").stderr
    told = empty("export", "funds", "--format", "json")
    rows = json.loads(told.stdout)
    assert sum(row["budget"] for row in rows) == 5_487_000_000
    assert empty("export", "funds").stdout.startswith("earmark,project,department,budget,")


def test_a_report_is_exported_in_fen_and_narrowed(run, session, buyer):
    world.credited(session, buyer, 150_000)
    code, name = buyer.unit.code, buyer.unit.name
    year = clock.today().year
    told = run("export", "report", "months", "--only", f"unit={code}", "--format", "json")
    assert json.loads(told.stdout) == [
        {
            "code": code,
            "unit": name,
            "kind": "subdistrict",
            "month": clock.today().month,
            "channel": "canteen",
            "fen": 150_000,
        }
    ]
    assert "读取" in told.stderr
    narrowed = run("export", "report", "suppliers", "--year", str(year), "--only", "channel=fair")
    assert narrowed.stdout == ""
    for only, words in (("x", "看不懂"), ("channel=fair", "不能按渠道筛选")):
        wrong = run("export", "report", "unpaid", "--only", only)
        assert (wrong.exit_code, words in wrong.stderr) == (2, True)
