"""What a report is asked for: which year and months, whose purchases, in yuan or 万元, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalog.models import Product, Supplier
from market.core.labels import Label
from market.reports.queries.completion import year_in
from market.reports.queries.credit_rows import (
    Where,
    months_in,
    months_word,
    name_of,
    where_in,
)
from market.reports.queries.groups import By, member_of
from market.targets.models import Channel
from market.targets.queries import MONTHS
from market.units.models import UnitKind


class Measure(Label):
    """The unit of money that a report is written in."""

    YUAN = "yuan", "元"
    WAN = "wan", "万元"


@dataclass(frozen=True)
class Asked:
    """The parameters of a report; one that a report doesn't know narrows nothing of it.

    ``sort`` is the key of a column, empty for the report's own order.
    """

    year: int
    months: range = MONTHS
    where: Where = field(default_factory=dict)
    measure: Measure = Measure.YUAN
    words: str = ""
    sort: str = ""
    is_descending: bool = False

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """Read the words of an address; what makes no sense there means no wish."""
        return cls(
            year=year_in(given),
            months=months_in(given),
            where=where_in(given),
            measure=member_of(Measure, given.get("money")) or Measure.YUAN,
            words=" ".join(given.get("q", "").split())[:40],
            sort=given.get("sort", "")[:20],
            is_descending=given.get("direction") == "desc",
        )

    @classmethod
    def written(cls, query: str) -> Self:
        """Read what ``query`` wrote."""
        return cls.read(dict(parse_qsl(query)))

    @property
    def query(self) -> str:
        """These parameters as an address writes them, always in one order."""
        words = {
            "year": str(self.year),
            "from": str(self.months[0]),
            "to": str(self.months[-1]),
            **{by.value: self.where[by] for by in By if by in self.where},
            "money": self.measure.value,
            "q": self.words,
            "sort": self.sort,
            "direction": "desc" if self.is_descending else "",
        }
        return urlencode({name: word for name, word in words.items() if word})

    @property
    def period(self) -> str:
        """The year and its months in words."""
        whole = len(self.months) == len(MONTHS)
        return f"{self.year}年" + ("" if whole else months_word(self.months))

    def of(self, filters: Sequence[By], *, sorts: Sequence[str]) -> Self:
        """Return what of these parameters a report knows."""
        return replace(
            self,
            where={by: key for by, key in self.where.items() if by in filters},
            sort=self.sort if self.sort in sorts else "",
            is_descending=self.is_descending and self.sort in sorts,
        )

    def narrowed(self, more: Where) -> Where:
        """Return the groups asked for with more of them."""
        return {**self.where, **more}


def told_of(session: Session, asked: Asked) -> str:
    """Write what a report is narrowed to, for whoever has only the paper; one query per filter."""
    told = [f"{by.label} {name_of(session, by, key)}" for by, key in asked.where.items()]
    return "、".join([*told, *([f"“{asked.words}”"] if asked.words else [])])


def choices_of(session: Session, filters: Sequence[By]) -> dict[By, list[tuple[str, str]]]:
    """Return what each filter can be set to, as (key, name); one query: of suppliers and of townships.

    Goods have a township of their own, which need not be that of any supplier.
    """
    found: dict[By, list[tuple[str, str]]] = {
        By.KIND: [(kind.value, kind.label) for kind in UnitKind],
        By.CHANNEL: [(channel.value, channel.label) for channel in Channel],
    }
    none = sa.literal_column("''", sa.String)
    rows: Sequence[Any] = session.execute(
        sa.union_all(
            sa.select(Supplier.code, Supplier.name, Supplier.township),
            sa.select(none, none, Product.township).distinct(),
        ).order_by("name")
    ).all()
    found[By.SUPPLIER] = [(code, name) for code, name, _ in rows if code]
    found[By.TOWNSHIP] = [(town, town) for town in sorted({town for *_, town in rows})]
    return {by: found[by] for by in filters}
