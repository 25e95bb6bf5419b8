"""Files that people take away: one way to give them, whatever they are."""

import io
from pathlib import PurePath

from flask import Response, abort, current_app, send_file

from market.adapters.pdf import table_pdf
from market.adapters.spreadsheets import Table, to_csv, to_xlsx
from market.core import clock

# Not every machine knows these; a wrong one opens in the wrong program.
TYPES = {
    ".csv": "text/csv",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def stored(sha256: str) -> bytes:
    """Return the content of a stored file; where it is lost, log that and answer 404."""
    try:
        content: bytes = current_app.extensions["files"].get(sha256)
    except FileNotFoundError:
        current_app.logger.error("stored file %s is missing", sha256)
        abort(404)
    return content


def download(content: bytes, name: str) -> Response:
    """Give a file to be saved under this name, whose ending says what it is; it may be Chinese."""
    kind = TYPES[PurePath(name).suffix]
    return send_file(io.BytesIO(content), mimetype=kind, download_name=name, as_attachment=True)


def download_table(table: Table, kind: str, name: str = "", *, is_whole: bool = False) -> Response:
    """Give a table as ``xlsx``, ``csv`` or ``pdf``; without a name, by its title and the day.

    The CSV starts with a mark by which Excel knows UTF-8; ``is_whole`` as in ``to_csv``.
    """
    name = name or f"{table.title}_{clock.today():%Y%m%d}"
    match kind:
        case "xlsx":
            content = to_xlsx(table)
        case "pdf":
            content = table_pdf(table)
        case _:
            kind, content = "csv", to_csv(table, is_whole=is_whole).encode("utf-8-sig")
    return download(content, f"{name}.{kind}")
