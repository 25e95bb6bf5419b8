"""How quick the board is with 1,000 units and 1,000,000 credits; run by hand, not by pytest.

python -m tests.bench.board            on SQLite
python -m tests.bench.board postgres   on a throw-away PostgreSQL

It prints medians in milliseconds: by the clock, and of this process alone, which says
more on a busy machine (SQLite works within it, PostgreSQL beside it). The lines behind the
credits belong to no orders that there are, so foreign keys are off while they are written.
"""

import itertools
import random
import re
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from market.core import clock
from market.core.access import Role
from market.core.db import Model, db
from market.ordering.models import AcceptanceLine, OrderLine
from market.reports.queries import completion_table
from market.reports.queries.bulletins import ledger_sums, marks_now
from market.targets.models import Channel, Credit, CreditTotal, TargetEntry
from market.targets.queries import verify_totals
from tests import make
from tests.bench import database
from tests.conftest import make_app

UNITS = 1000
CREDITS = 1_000_000
PRODUCTS = 101
BATCH = 50_000
# What a line of an order and of an acceptance is besides its number, its order and its sum.
LINE = {
    "consignment_id": 1,
    "product_id": 1,
    "sku_id": 1,
    "name": "演示商品",
    "spec": "1千克",
    "unit_name": "袋",
    "price_fen": 100,
    "is_by_weight": False,
    "counts": True,
    "ordered_milli": 1000,
}
RECEIVED = {"acceptance_id": 1, "accepted_milli": 1000, "rejected_milli": 0}
OFF = {"sqlite": "PRAGMA foreign_keys=OFF", "postgresql": "SET session_replication_role = replica"}


def fill() -> tuple[str, str]:
    """Write the world; return the coordinator's sign-in and the code of a unit."""
    year, random_ = clock.today().year, random.Random(1)
    session = db.session
    coordinator = make.person(session, role=Role.COORDINATOR)
    units = [make.unit(session, name=f"第{n}演示事业单位") for n in range(UNITS)]
    goods = [(p.id, p.supplier_id) for p in (make.product(session) for _ in range(PRODUCTS))]
    ids = [unit.id for unit in units]
    session.execute(
        sa.insert(TargetEntry),
        [
            {
                "unit_id": unit_id,
                "year": year,
                "change_fen": 200_000_000,
                "document_no": "演示1号",
                "document_on": clock.today(),
                "effective_on": clock.today(),
                "by_id": coordinator.id,
            }
            for unit_id in ids
        ],
    )
    signed, code = coordinator.get_id(), units[0].code
    session.commit()
    cells = list(itertools.product(ids, range(1, 13), Channel))
    sums = dict.fromkeys(cells, 0)
    with db.engine.connect() as connection:
        # Past SQLAlchemy, which would begin a transaction: within one SQLite ignores it.
        connection.connection.cursor().execute(OFF[connection.dialect.name])
        for start in range(0, CREDITS, BATCH):
            rows, bought, received = [], [], []
            for n in range(start, start + BATCH):
                cell, fen = cells[n % len(cells)], random_.randint(1_000, 300_000)
                sums[cell] += fen
                rows.append(
                    {
                        "unit_id": cell[0],
                        "year": year,
                        "month": cell[1],
                        "channel": cell[2],
                        "amount_fen": fen,
                        "happened_on": clock.today(),
                        "credited_on": clock.today(),
                        "supplier_id": goods[n % PRODUCTS][1],
                        "product_id": goods[n % PRODUCTS][0],
                        "acceptance_line_id": n + 1,
                    }
                )
                bought.append({**LINE, "id": n + 1, "order_id": n // 5 + 1, "ordered_fen": fen})
                received.append(
                    {**RECEIVED, "id": n + 1, "order_line_id": n + 1, "accepted_fen": fen}
                )
            connection.execute(sa.insert(OrderLine), bought)
            connection.execute(sa.insert(AcceptanceLine), received)
            connection.execute(sa.insert(Credit), rows)
        connection.execute(
            sa.insert(CreditTotal),
            [
                {"unit_id": u, "year": year, "month": m, "channel": c, "amount_fen": fen}
                for (u, m, c), fen in sums.items()
            ],
        )
        connection.commit()
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
        connection.invalidate()  # Its foreign keys are off: nobody else may have it.
    return signed, code


def timed(label: str, work: Callable[[], Any], times: int = 9) -> None:
    work()
    spent, busy = [], []
    for _ in range(times):
        start, own = time.perf_counter(), time.process_time()
        work()
        spent.append((time.perf_counter() - start) * 1000)
        busy.append((time.process_time() - own) * 1000)
    wall, cpu = statistics.median(spent), statistics.median(busy)
    print(f"{label:44s} median {wall:8.1f} ms   own processor {cpu:8.1f} ms", flush=True)


def main(kind: str) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        database(kind, Path(folder)) as url,
    ):
        app = make_app(url, Path(folder))
        with app.app_context():
            Model.metadata.create_all(db.engine)
            start = time.perf_counter()
            signed, code = fill()
            spent = time.perf_counter() - start
            print(f"{kind}: {UNITS} units, {CREDITS} credits written in {spent:.0f} s")
        measure(app, signed, code)
        with app.app_context():
            db.engine.dispose()


def measure(app: Any, signed: str, code: str) -> None:
    client = app.test_client()
    app.login_manager.session_protection = None
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = signed, True

    def get(path: str) -> Callable[[], None]:
        def work() -> None:
            reply = client.get(path)
            assert reply.status_code == 200, reply.status_code

        return work

    year = clock.today().year
    for path in (
        "/board",
        "/board?channels=1&sort=gap&direction=desc&page=7",
        f"/units/{code}/completion",
        f"/units/{code}/credits",
        "/reports/completion.xlsx",
        "/reports/groups?by=kind",
        "/reports/groups?by=parent&period=quarter",
        "/reports/groups?by=supplier",
        "/reports/groups?by=township",
        "/reports/groups/rows?by=channel&key=canteen",
        "/reports/groups/rows?by=unit&key=" + code + "&period=month&n=3",
        "/reports/groups/rows",
        "/reports/heat",
        "/reports/forecast",
        "/reports/todo",
        "/reports/rules",
        f"/reports/units/{code}/gap",
        "/reports/tables/months",
        "/reports/tables/months?sort=fen&direction=desc&page=900",
        "/reports/tables/months?township=三义乡",
        "/reports/tables/matrix",
        "/reports/tables/suppliers",
        "/reports/tables/products",
    ):
        timed(f"GET {path}"[:44], get(path))

    month = max(1, clock.today().month - 1)
    begun = client.post(f"/reports/bulletins/{year}/{month}/draft")
    for tail in ("", "/edit", "/rows?figure=credits", "/rows?figure=units&measure=gap"):
        timed(f"GET a bulletin's draft{tail}"[:44], get(begun.location + tail))

    def alone(question: Callable[[Any], Any]) -> Callable[[], Any]:
        def work() -> None:
            with app.app_context():
                question(db.session)

        return work

    timed("completion_table", alone(lambda session: completion_table(session, year)))
    summed = sa.select(
        CreditTotal.unit_id, CreditTotal.channel, sa.func.sum(CreditTotal.amount_fen)
    )
    slow = sa.select(Credit.unit_id, Credit.channel, sa.func.sum(Credit.amount_fen))
    for label, select, table in (
        ("the sum over kept totals", summed, CreditTotal),
        ("the same sum over single credits", slow, Credit),
    ):
        grouped = select.where(table.year == year).group_by(table.unit_id, table.channel)
        timed(label, alone(lambda session, q=grouped: session.execute(q).all()))
    day = clock.today()
    timed(
        "a bulletin's sums from kept totals",
        alone(lambda session: ledger_sums(session, year, month, day)),
    )
    timed(
        "the same from single credits (verify)",
        alone(lambda session: ledger_sums(session, year, month, day, marks_now(session))),
        times=2,
    )
    timed("verify_totals", alone(verify_totals), times=2)
    keep(client)


def keep(client: Any) -> None:
    """Make the longest report and keep it: how long it takes, and how much memory at most."""

    def work(year_months: str) -> str:
        reply = client.post(f"/reports/tables/months/keep?{year_months}")
        assert "data-onward" in reply.text, reply.text
        return re.search("已生成：.*? 行", reply.text)[0]

    start = time.perf_counter()
    print(f"{work('from=1')} in {time.perf_counter() - start:.1f} s", flush=True)
    start = time.perf_counter()
    print(f"asked for again: {work('from=1')} in {time.perf_counter() - start:.1f} s", flush=True)
    for months in ("from=1&to=3", "from=1&to=12&money=wan"):
        tracemalloc.start()
        made = work(months)
        peak = tracemalloc.get_traced_memory()[1] / 1024 / 1024
        tracemalloc.stop()
        print(f"{made}: {peak:.0f} MB at most", flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "sqlite")
