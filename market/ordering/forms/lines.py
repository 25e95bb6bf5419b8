"""Forms with one row of fields per line of a consignment."""

from typing import Any

from market.core.errors import Refused
from market.core.forms import Form, RowForm, Rows

__all__ = ["LinesForm", "RowForm", "Rows"]


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
        self["lines"].errors = ["请看标出的行"]
