"""The guarantees name tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_guarantee_is_kept_by_a_test():
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/guarantees.md").read_text("utf-8")))
    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert named - defined == set()
    assert len(named) > 40
