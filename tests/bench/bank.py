"""How long a bank's file of 50,000 rows takes from page to page; run by hand, not by pytest.

python -m tests.bench.bank            on SQLite
python -m tests.bench.bank postgres   on a throw-away PostgreSQL

A twentieth of the rows names an order that waits for exactly this sum. It prints seconds for
the preview, the import, the queue and the proof that every yuan is somewhere.
"""

import html
import io
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from market.core import money
from market.core.access import Role
from market.core.db import Model, db
from market.payments.queries import verify_payments
from tests import make, make_orders
from tests.bench import database
from tests.conftest import make_app
from tests.payments.banking import bank_format, row, sheet

ROWS = 50_000
ORDERS = 50  # Each is named by rows that come again and again: one of them may be put to it.


def fill() -> tuple[str, str, bytes]:
    """Write orders that wait for money; return who signs in, the bank's name and its file."""
    session = db.session
    coordinator, shopper = (
        make.person(session, role=Role.COORDINATOR),
        make.person(session, role=Role.SHOPPER),
    )
    sku = make.sku(session, stock_milli=900_000_000)
    waiting = [
        make_orders.order(session, shopper, (sku, 1000), opened=False) for _ in range(ORDERS)
    ]
    rows = []
    for n in range(ROWS):
        if n % 20 == 0:
            order = waiting[n // 20 % ORDERS]
            rows.append(row(money.yuan(order.total_fen), f"货款 {order.number}"))
        elif n % 5 == 0:
            rows.append(row(out="12.30"))
        else:
            rows.append(row(f"{n / 100:.2f}", "货款"))
    name = bank_format(session, coordinator).name
    signed = coordinator.get_id()
    session.commit()
    return signed, name, sheet(*rows, encoding="gbk")


def timed(label: str, work: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    done = work()
    print(f"{label:28s} {time.perf_counter() - start:6.1f} s", flush=True)
    return done


def main(kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder, database(kind, Path(folder)) as url:
        app = make_app(url, Path(folder))
        with app.app_context():
            Model.metadata.create_all(db.engine)
            signed, bank, content = fill()
        print(f"{kind}: {ROWS} rows, {len(content) / 1e6:.1f} MB")
        app.login_manager.session_protection = None  # type: ignore[attr-defined]
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = signed, True

        def preview() -> str:
            return client.post(
                "/payments/bank-files/new",
                data={"file": (io.BytesIO(content), "流水.csv"), "format": bank},
                content_type="multipart/form-data",
            ).text

        page = timed("preview", preview)
        field = re.search(r'name="held"[^>]*value="([^"]*)"', page)
        assert field, page[-2000:]
        held = html.unescape(field[1])
        said = timed(
            "import", lambda: client.post("/payments/bank-files/apply", data={"held": held}).text
        )
        found = re.search("已导入 .*? 元", said)
        assert found, said[-2000:]
        print(found[0])
        queue = timed("queue", lambda: client.get("/payments/transfers"))
        assert queue.status_code == 200, queue.status_code
        with app.app_context():
            problems = timed("verify_payments", lambda: list(verify_payments(db.session)))
            assert not problems, problems
            db.engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "sqlite")
