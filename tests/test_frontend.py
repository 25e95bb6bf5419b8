"""What the screens are made of: vendored files and icons."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def of_template(path: Path) -> str:
    """Name a test after its template."""
    return str(path.relative_to(ROOT / "templates"))


def test_vendored_files_are_what_vendor_py_made() -> None:
    check = [sys.executable, str(ROOT / "frontend" / "vendor.py"), "--check"]
    answer = subprocess.run(check, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_the_lock_file_names_no_registry() -> None:
    lock = (ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock


@pytest.mark.parametrize("path", TEMPLATES, ids=of_template)
def test_a_template_names_only_icons_that_are_drawn(path: Path) -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons.svg").read_text()))
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"""\bicon\(["']([a-z0-9-]+)["']""", text))
    assert named <= drawn, "add the name to frontend/icons.txt and run frontend/vendor.py"


def test_the_navigation_names_only_icons_that_are_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons.svg").read_text()))
    entries = (ROOT / "market/app/chrome.py").read_text(encoding="utf-8")
    named = set(re.findall(r'"[a-z_]+\.[a-z_]+", "([a-z0-9-]+)"\)', entries))
    assert named
    assert named <= drawn
