"""Set documents as PDF with typst and a Chinese font that comes with the shop."""

import importlib.util
import io
import json
from pathlib import Path
from typing import Any

import segno
import typst

from market.adapters.spreadsheets import TEXTS, Table, told

TEMPLATES = Path(__file__).resolve().parents[1] / "data" / "pdf"


def to_pdf(name: str, data: dict[str, Any]) -> bytes:
    """Return a template of ``data/pdf`` set with these data, as a PDF.

    The data go in as JSON: whatever a person typed stays text and is never read as
    typst. Only the font that was installed with the shop is used.
    """
    spec = importlib.util.find_spec("pylopdf_fonts_zh_cn")
    assert spec is not None  # A requirement of the shop.
    assert spec.origin is not None
    made: bytes = typst.compile(
        str(TEMPLATES / f"{name}.typ"),
        font_paths=[str(Path(spec.origin).parent)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    return made


def table_pdf(table: Table) -> bytes:
    """Return a table of figures as a PDF on lying A4: title, note, facts, rows, sum, page numbers."""
    right = [place for place, (_, kind) in enumerate(table.columns) if kind not in TEXTS]
    return to_pdf(
        "table",
        {
            "title": table.title,
            "note": table.note,
            "columns": [name for name, _ in table.columns],
            "right": right,
            "rows": [told(row, table.columns) for row in table.rows],
            "total": told(table.total, table.columns) if table.total else [],
            "head": [list(pair) for pair in table.head],
            "foot": [list(pair) for pair in table.foot],
        },
    )


def qr_svg(text: str) -> str:
    """Return a QR code of a text as an SVG drawing."""
    drawing = io.BytesIO()
    segno.make(text, error="m").save(drawing, kind="svg", border=1)
    return drawing.getvalue().decode()
