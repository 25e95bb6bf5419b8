"""Set documents as PDF with typst and a Chinese font that comes with the shop."""

import datetime as dt
import importlib.metadata
import importlib.util
import io
import json
import zlib
from pathlib import Path
from typing import Any

import segno
import typst

from market.adapters.spreadsheets import TEXTS, Paper, Table, told

TEMPLATES = Path(__file__).resolve().parents[1] / "data" / "pdf"


def to_pdf(name: str, data: dict[str, Any]) -> bytes:
    """Return a template of ``data/pdf`` set with these data, as a PDF.

    The data go in as JSON: whatever a person typed stays text and is never read as
    typst. Only the font that was installed with the shop is used.
    """
    return _set(name, data, format="pdf")


def to_picture(name: str, data: dict[str, Any]) -> bytes:
    """Return a template of one page set with these data, as a PNG with a pixel for each point."""
    return _set(name, data, format="png", ppi=72)


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


def paper_pdf(paper: Paper) -> bytes:
    """Return an official paper as a PDF: the text on standing A4, the table on lying pages after it.

    It depends on the paper alone: the instant in it is the paper's own.
    """
    table, at = paper.table, paper.made_at.astimezone(dt.UTC)
    return to_pdf(
        "paper",
        {
            "title": paper.title,
            "lines": list(paper.lines),
            "sections": [[heading, list(words)] for heading, words in paper.sections],
            "signed": list(paper.signed),
            "table_title": table.title,
            "note": table.note,
            "columns": [name for name, _ in table.columns],
            "over": [list(one) for one in paper.over],
            "right": [place for place, (_, kind) in enumerate(table.columns) if kind not in TEXTS],
            "rows": [told(row, table.columns) for row in table.rows],
            "total": told(table.total or (), table.columns),
            "made_at": [at.year, at.month, at.day, at.hour, at.minute, at.second],
        },
    )


def _set(name: str, data: dict[str, Any], **how: Any) -> bytes:
    spec = importlib.util.find_spec("pylopdf_fonts_zh_cn")
    assert spec is not None  # A requirement of the shop.
    assert spec.origin is not None
    made: bytes = typst.compile(
        str(TEMPLATES / f"{name}.typ"),
        font_paths=[str(Path(spec.origin).parent)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        **how,
    )
    return made


def made_with() -> str:
    """Name the programs that the bytes of a paper's files depend on."""
    names = ("typst", "xlsxwriter", "pylopdf-fonts-zh-cn")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in names]
    return " ".join([*versions, f"zlib {zlib.ZLIB_RUNTIME_VERSION}"])  # It packs the workbooks.


def qr_svg(text: str) -> str:
    """Return a QR code of a text as an SVG drawing."""
    drawing = io.BytesIO()
    segno.make(text, error="m").save(drawing, kind="svg", border=1)
    return drawing.getvalue().decode()
