"""Make static/vendor, static/icons.svg and the browser tests' axe from frontend/package-lock.json.

Making them needs Node and a package registry; running or testing the shop needs neither, because the
results are committed. ``--check`` compares the committed files with static/vendor/SHA256.json, without Node.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "frontend"
VENDOR = ROOT / "static" / "vendor"
SUMS = VENDOR / "SHA256.json"

COPIES = {
    "@tabler/core/dist/css/tabler.min.css": "static/vendor/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "static/vendor/tabler.min.js",
    "htmx.org/dist/htmx.min.js": "static/vendor/htmx.min.js",
    "htmx.org/LICENSE": "static/vendor/LICENSE.htmx",
    "echarts/LICENSE": "static/vendor/LICENSE.echarts",
    "echarts/NOTICE": "static/vendor/NOTICE.echarts",
    "zrender/LICENSE": "static/vendor/LICENSE.zrender",
    "tslib/LICENSE.txt": "static/vendor/LICENSE.tslib",
    "@popperjs/core/LICENSE.md": "static/vendor/LICENSE.popper",
    "@tabler/icons/LICENSE": "static/vendor/LICENSE.tabler-icons",
    "axe-core/axe.min.js": "tests/browser/axe.min.js",
    "axe-core/LICENSE": "tests/browser/LICENSE.axe",
}
ICONS = "static/icons.svg"
CHARTS = "static/vendor/echarts.min.js"
OWN_LICENCE = "static/vendor/LICENSE.tabler"
MADE = [*COPIES.values(), ICONS, CHARTS, OWN_LICENCE]

# A source map that is not shipped makes every browser ask for a file that does not exist.
SOURCE_MAP = re.compile(rb"\s*(?://# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/)\s*$")


def main() -> int:
    """Make the files, or with ``--check`` say which differ; 1 means that some do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare, without Node")
    if parser.parse_args().check:
        return check()
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
    SUMS.write_text(json.dumps(sums(), indent=1) + "\n")
    return 0


def make(workshop: Path) -> None:
    """Install the locked packages in ``workshop`` and write what the shop needs from them."""
    for name in ("package.json", "package-lock.json", ".npmrc", "echarts.js"):
        shutil.copy(FRONTEND / name, workshop)
    subprocess.run(["npm", "ci", "--silent"], cwd=workshop, check=True)
    shutil.rmtree(VENDOR, ignore_errors=True)
    modules = workshop / "node_modules"
    for source, target in COPIES.items():
        put(target, SOURCE_MAP.sub(b"\n", (modules / source).read_bytes()))
    put(OWN_LICENCE, (FRONTEND / "licenses" / "LICENSE.tabler").read_bytes())
    put(ICONS, sprite(modules / "@tabler/icons/icons/outline").encode())
    bundle = ["node_modules/.bin/esbuild", "echarts.js", "--bundle", "--minify"]
    subprocess.run(
        [*bundle, "--log-level=error", f"--outfile={ROOT / CHARTS}"], cwd=workshop, check=True
    )


def put(target: str, content: bytes) -> None:
    """Write ``content`` to ``target``, a path inside the project."""
    path = ROOT / target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def sprite(outlines: Path) -> str:
    """Draw the icons that icons.txt names as symbols of one SVG file."""
    lines = (FRONTEND / "icons.txt").read_text().splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    symbols = [symbol(name, (outlines / f"{name}.svg").read_text()) for name in names]
    licence = "<!-- Tabler Icons, MIT: see vendor/LICENSE.tabler-icons -->"
    opening = '<svg xmlns="http://www.w3.org/2000/svg">'
    return "\n".join([opening, licence, *symbols, "</svg>"]) + "\n"


def symbol(name: str, drawing: str) -> str:
    """Turn one outline icon into a symbol that takes the colour of the text around it."""
    paths = re.findall(r'<path d="[^"]+" />', drawing)
    pen = 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{name}" viewBox="0 0 24 24" {pen}>{"".join(paths)}</symbol>'


def sums() -> dict[str, str]:
    """Return the SHA-256 of each file made here that is there."""
    there = [name for name in sorted(MADE) if (ROOT / name).is_file()]
    return {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in there}


def check() -> int:
    """Name every file that is not what SHA256.json says; 1 if there is one."""
    expected = json.loads(SUMS.read_text())
    found = sums()
    names = sorted(expected.keys() | found.keys())
    wrong = [name for name in names if expected.get(name) != found.get(name)]
    for name in wrong:
        print(f"{name}: not the file that frontend/vendor.py made", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
