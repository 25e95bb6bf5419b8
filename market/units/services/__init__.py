"""Who must buy, and what may change about a unit."""

from market.units.services.changes import Changed, write_change
from market.units.services.duty import CLAUSE, CLAUSE_SOURCE, Duty, duty_of
from market.units.services.importing import (
    COLUMNS,
    EXAMPLES,
    Change,
    Preview,
    import_units,
    preview_units,
    read_units,
    words,
)
from market.units.services.register import (
    TITLES,
    UnitFacts,
    change_unit,
    close_unit,
    make_unit,
    reopen_unit,
)
from market.units.services.settlement import set_settlement

__all__ = [
    "CLAUSE",
    "CLAUSE_SOURCE",
    "COLUMNS",
    "EXAMPLES",
    "TITLES",
    "Change",
    "Changed",
    "Duty",
    "Preview",
    "UnitFacts",
    "change_unit",
    "close_unit",
    "duty_of",
    "import_units",
    "make_unit",
    "preview_units",
    "read_units",
    "reopen_unit",
    "set_settlement",
    "words",
    "write_change",
]
