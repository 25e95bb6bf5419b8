"""Many processes that submit documents at the same moment: ``python -m tests.funds.crowd URL HOME ID…``.

Each of eight takes every eighth document; it prints how many of all were accepted.
"""

import os
import sys
import time
from pathlib import Path

from sqlalchemy.exc import OperationalError

from market.core.db import db
from market.core.errors import Refused
from market.funds import services
from market.funds.models import Document
from tests.conftest import make_app

CROWD = 8
PATIENCE = 40  # Tries of one document, where the database is busy.


def submit_all(ids: list[int]) -> int:
    """Submit documents one after another; return how many were accepted."""
    accepted = 0
    for id_ in ids:
        for _ in range(PATIENCE):
            try:
                document = db.session.get_one(Document, id_)
                services.submit(db.session, document, by=document.made_by)
                db.session.commit()
                accepted += 1
                break
            except Refused:
                db.session.rollback()
                break
            except OperationalError:
                db.session.rollback()
                time.sleep(0.02)
    return accepted


def main(url: str, home: str, *ids: str) -> None:
    """Divide, and add up by what each process exits with."""
    children = []
    for place in range(CROWD):
        child = os.fork()
        if child == 0:
            # Connections are not shared: each process makes its own application.
            with make_app(url, Path(home)).app_context():
                os._exit(submit_all([int(id_) for id_ in ids[place::CROWD]]))
        children.append(child)
    print(sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))


if __name__ == "__main__":
    main(*sys.argv[1:])
