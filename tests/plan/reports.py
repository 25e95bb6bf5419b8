"""Make what was reported of the plan's indicators, for tests."""

import datetime as dt
import io
import itertools
from typing import Any

import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.evidence.models import Attachment, StoredFile
from market.plan import queries, services
from market.plan.models import Indicator, IndicatorRecord, Pair
from market.plan.queries import Told
from market.units.models import UnitKind
from tests import make

KEY = b"key"
DAY = dt.date(2020, 6, 18)
_n = itertools.count(1)


def indicator(session: Session, code: str) -> Indicator:
    """Return an indicator of the loaded plan."""
    return session.scalars(sa.select(Indicator).where(Indicator.our_code == code)).one()


def file(session: Session, by: Person, content: str | None = None) -> Attachment:
    """Make a file that somebody gave; the same content is one stored file."""
    sha256 = content or f"{next(_n):064}"
    stored = session.scalar(sa.select(StoredFile).where(StoredFile.sha256 == sha256))
    stored = stored or StoredFile(sha256=sha256, size=1, media_type="image/png")
    made = Attachment(name="照片.png", file=stored, by_id=by.id)
    session.add(made)
    session.flush()
    return made


def pair(session: Session, position: int, *, by: Person, **given: Any) -> Pair:
    """Enter a pair of 2020."""
    facts: dict[str, Any] = {
        "year": 2020,
        "position": position,
        "township": "三义乡",
        "village": f"村{position}",
    }
    if "unit" not in given:
        facts["unit"] = make.unit(session, kind=UnitKind.SUBDISTRICT, name=f"街道{position}")
    return services.add_pair(session, **facts | given, by=by)


def people(of: Indicator, *identifiers: str, year: int = 2020) -> dict[str, Any]:
    """Return what a list of people says."""
    typed = "\n".join(identifiers)
    return {"digests": queries.digests_of(of, year, typed, key=KEY), "people": typed}


def submit(session: Session, code: str, *, by: Person, **given: Any) -> IndicatorRecord:
    """Report something; by default one of it on 18 June 2020."""
    found = indicator(session, code)
    evidence = given.pop("files", None)
    once_key = given.pop("once_key", f"once{next(_n)}")
    facts: dict[str, Any] = {"happened_on": DAY, "place": "三义乡卫生院"} | given
    if not {"value", "amount_fen", "digests"} & facts.keys():
        facts["value"] = 1
    return services.submit_record(
        session,
        found,
        Told(**facts),
        [file(session, by)] if evidence is None else evidence,
        once_key=once_key,
        by=by,
    )


def verified(
    session: Session, code: str, *, by: Person, checker: Person, **given: Any
) -> IndicatorRecord:
    """Report something that another person verifies."""
    made = submit(session, code, by=by, **given)
    services.verify_record(session, made, version=made.version, by=checker)
    return made


def standing(session: Session, code: str, year: int, on: dt.date) -> queries.Standing:
    """Return how far an indicator had come by the end of a day."""
    return queries.standing_of(session, indicator(session, code), year, on)


def sheet(*rows: dict[str, Any]) -> bytes:
    """Fill in the sheet of records: values by the keys of its columns."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for place, column in enumerate(queries.COLUMNS):
            page.write_string(0, place, column.title)
            for number, row in enumerate(rows, 1):
                page.write(number, place, row.get(column.key, ""))
    return held.getvalue()
