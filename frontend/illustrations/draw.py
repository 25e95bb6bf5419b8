"""Draw every product of the demonstration world into ``static/products``.

``python frontend/illustrations/draw.py`` writes the files; with ``--check`` it writes
nothing and fails when a file is not what would be drawn. Plain Python, no packages.
"""

import importlib
import pathlib
import sys

from sheet import Sheet

SHELVES = (
    "staples",
    "roots",
    "vegetables",
    "fruit",
    "meat",
    "drinks",
    "condiments",
    "pastry",
    "gifts",
)
TARGET = pathlib.Path(__file__).parents[2] / "static" / "products"


def drawn() -> dict[str, str]:
    """Return every drawing's text by file name."""
    texts = {}
    for shelf in SHELVES:
        for name, (title, draw) in importlib.import_module(shelf).DRAWINGS.items():
            sheet = Sheet(title)
            draw(sheet)
            texts[f"{name}.svg"] = sheet.text()
    return texts


def main() -> int:
    """Write the drawings, or compare them."""
    texts = drawn()
    if "--check" in sys.argv[1:]:
        stale = [
            name
            for name, text in texts.items()
            if not (TARGET / name).exists() or (TARGET / name).read_text("utf-8") != text
        ]
        stale += sorted({path.name for path in TARGET.glob("*.svg")} - set(texts))
        for name in stale:
            print(f"{name} is not what would be drawn", file=sys.stderr)
        return 1 if stale else 0
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (TARGET / name).write_text(text, "utf-8")
    print(
        f"{len(texts)} drawings, largest {max(len(text.encode()) for text in texts.values())} bytes"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
