"""Forms with one row of fields per line of a consignment."""

import re
from collections.abc import Iterator
from typing import Any

from wtforms import FieldList

from market.core.errors import Refused
from market.core.forms import Form


class RowForm(Form):
    """The fields of one line; the form around it carries the CSRF token."""

    class Meta(Form.Meta):
        """Chinese messages here too."""

        csrf = False


class Rows(FieldList):
    """The rows of a form, by the numbers in their fields' names."""

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        """Return the rows that were sent; WTForms takes digits for a number that are none (²)."""
        for name in formdata:
            row = re.match(rf"{re.escape(prefix)}-([0-9]{{1,4}})-", name)
            if row:
                yield int(row[1])


class LinesForm(Form):
    """A form whose ``lines`` are the rows of a consignment's lines, in their order."""

    def rows(self) -> list[Any]:
        """Return the rows' forms."""
        return [row.form for row in self["lines"]]

    def refuse(self, refusal: Refused) -> None:
        """Show a refusal of a line beside its field: ``milli.2`` is that of the third row."""
        name, _, place = (refusal.field or "").partition(".")
        if not place:
            super().refuse(refusal)
            return
        field = self.rows()[int(place)][name]
        field.errors = [*field.errors, str(refusal)]
