"""Building blocks that several goods share: vessels, leaves, cut roots, ties."""

from collections.abc import Callable

from settings import shadow
from sheet import Sheet, heap, number


def leaf(
    s: Sheet,
    x: float,
    y: float,
    length: float,
    turn: float,
    colour: str = "#5f9a4c",
    vein: str = "#d8e8b8",
    fat: float = 0.3,
) -> None:
    """Draw a leaf that starts at a point and grows along ``turn`` degrees."""
    w = length * fat
    with s.at(x, y, turn):
        n = number
        s.path(
            f"M0 0C{n(length * 0.25)} {n(-w * 1.3)} {n(length * 0.7)} {n(-w * 1.1)} {n(length)} 0C{n(length * 0.7)} {n(w * 1.1)} {n(length * 0.25)} {n(w * 1.3)} 0 0Z",
            colour,
        )
        s.line(f"M2 0H{n(length * 0.86)}", vein, 1.3, opacity=0.7)


def perilla(s: Sheet, x: float, y: float, size: float, turn: float, purple: bool = True) -> None:
    """Draw a perilla leaf: broad, pointed and toothed."""
    dark, light = ("#6d3f70", "#a06aa0") if purple else ("#4c7f3f", "#83b06a")
    left, right = [], []
    for i in range(1, 7):
        t = i / 7
        width = 0.46 * (4 * t * (1 - t)) ** 0.7 * (1.15 - 0.5 * t)
        left += [
            f"L{number(size * (t - 0.03))} {number(-size * width)}",
            f"L{number(size * (t + 0.035))} {number(-size * width * 0.86)}",
        ]
        right += [
            f"L{number(size * (t + 0.035))} {number(size * width * 0.86)}",
            f"L{number(size * (t - 0.03))} {number(size * width)}",
        ]
    with s.at(x, y, turn):
        s.path(
            f"M0 0{''.join(left)}L{number(size)} 0{''.join(reversed(right))}Z", s.lin(light, dark)
        )
        ribs = "".join(
            f"M{number(size * t)} 0L{number(size * (t + 0.16))} {number(sign * size * 0.2)}"
            for t in (0.2, 0.38, 0.56)
            for sign in (-1, 1)
        )
        s.line(
            f"M{number(-size * 0.16)} 0H{number(size * 0.88)}{ribs}",
            "#e3c9df" if purple else "#d6e7bb",
            1.2,
            opacity=0.75,
        )


def bowl(
    s: Sheet,
    cx: float,
    cy: float,
    rx: float,
    depth: float,
    out: tuple[str, str] = ("#fdfaf3", "#d8cdb9"),
    inside: str = "#cfc3ae",
    band: str | None = None,
) -> None:
    """Draw an empty bowl whose rim's middle is at the point."""
    n, ry = number, rx * 0.3
    shadow(s, cx, cy + depth, rx * 0.95)
    s.rect(cx - rx * 0.38, cy + depth - 8, rx * 0.76, 10, out[1], rx=3)
    s.path(
        f"M{n(cx - rx)} {n(cy)}C{n(cx - rx * 0.96)} {n(cy + depth * 0.72)} {n(cx - rx * 0.55)} {n(cy + depth)} {n(cx)} {n(cy + depth)}S{n(cx + rx * 0.96)} {n(cy + depth * 0.72)} {n(cx + rx)} {n(cy)}Z",
        s.lin(*out, across=True),
    )
    if band:
        s.line(
            f"M{n(cx - rx * 0.94)} {n(cy + depth * 0.36)}Q{n(cx)} {n(cy + depth * 0.36 + ry * 1.55)} {n(cx + rx * 0.94)} {n(cy + depth * 0.36)}",
            band,
            6,
            opacity=0.85,
        )
    s.ellipse(cx, cy, rx, ry, out[0])
    s.ellipse(cx, cy + 1.5, rx * 0.93, ry * 0.88, inside)


def mound(
    s: Sheet, cx: float, cy: float, rx: float, rise: float, fill: str, ry: float | None = None
) -> None:
    """Draw the body of a heap that lies in a round opening."""
    n, low = number, rx * 0.28 if ry is None else ry
    s.path(
        f"M{n(cx - rx)} {n(cy)}A{n(rx)} {n(low)} 0 0 0 {n(cx + rx)} {n(cy)}C{n(cx + rx * 0.8)} {n(cy - rise)} {n(cx + rx * 0.35)} {n(cy - rise * 1.1)} {n(cx)} {n(cy - rise * 1.1)}S{n(cx - rx * 0.8)} {n(cy - rise)} {n(cx - rx)} {n(cy)}Z",
        fill,
    )


def strew(
    s: Sheet,
    stamp: str,
    cx: float,
    cy: float,
    rx: float,
    ry: float,
    rise: float,
    count: int,
    turn: float = 180,
    scale: tuple[float, float] = (0.9, 1.1),
) -> None:
    """Strew a stamp over a heap; without ``turn`` all lie alike, which keeps the file small."""
    for x, y in heap(s, cx, cy, rx, ry, rise, count):
        s.place(stamp, x, y, s.chance(-turn, turn) if turn else 0, s.chance(*scale) if turn else 1)


def sack(
    s: Sheet,
    cx: float,
    top: float,
    rx: float,
    height: float,
    fill: str,
    cloth: tuple[str, str] = ("#d9b98a", "#b28a55"),
    rise: float = 22,
) -> None:
    """Draw an open sack with a rolled rim, filled with something of one colour."""
    n, base = number, top + height
    shadow(s, cx, base - 2, rx * 1.4)
    s.path(
        f"M{n(cx - rx)} {n(top)}C{n(cx - rx * 1.28)} {n(top + height * 0.5)} {n(cx - rx * 1.2)} {n(base - 6)} {n(cx - rx * 0.9)} {n(base)}Q{n(cx)} {n(base + 10)} {n(cx + rx * 0.9)} {n(base)}C{n(cx + rx * 1.2)} {n(base - 6)} {n(cx + rx * 1.28)} {n(top + height * 0.5)} {n(cx + rx)} {n(top)}Z",
        s.lin(cloth[0], cloth[1], across=True),
    )
    weave = "".join(
        f"M{n(cx - rx * 1.05)} {n(top + height * k)}q{n(rx * 1.05)} 14 {n(rx * 2.1)} 0"
        for k in (0.3, 0.45, 0.6, 0.75, 0.9)
    )
    s.line(weave, "#8e6a3a", 1.2, opacity=0.3)
    s.ellipse(cx, top, rx * 1.06, rx * 0.3 + 5, cloth[1])
    s.ellipse(cx, top - 3, rx * 1.06, rx * 0.3 + 3, cloth[0])
    s.ellipse(cx, top - 2, rx * 0.92, rx * 0.25, "#7d5a30")
    mound(s, cx, top - 2, rx * 0.9, rise, fill, rx * 0.24)


def basket(
    s: Sheet,
    cx: float,
    top: float,
    rx: float,
    height: float,
    colours: tuple[str, str] = ("#d6a25c", "#a9743a"),
) -> None:
    """Draw a woven basket; its opening's middle is at the point. Fill it afterwards, then ``basket_rim``."""
    n, base, ry = number, top + height, rx * 0.26
    shadow(s, cx, base + 2, rx * 1.15)
    s.path(
        f"M{n(cx - rx)} {n(top)}L{n(cx - rx * 0.78)} {n(base - 8)}Q{n(cx)} {n(base + ry)} {n(cx + rx * 0.78)} {n(base - 8)}L{n(cx + rx)} {n(top)}Z",
        s.lin(colours[0], colours[1], across=True),
    )
    across = ""
    for i in range(1, 5):
        k = i / 5
        half = rx * (1 - 0.22 * k)
        across += f"M{n(cx - half)} {n(top + height * k)}q{n(half)} {n(ry * 1.9)} {n(2 * half)} 0"
    s.line(across, "#7b5022", 2, opacity=0.5)
    upright = "".join(
        f"M{n(cx + rx * t)} {n(top + ry * (1 - t * t) ** 0.5)}L{n(cx + rx * t * 0.8)} {n(base + ry * 0.4 * (1 - t * t))}"
        for t in (-0.84, -0.6, -0.34, -0.1, 0.14, 0.38, 0.62, 0.86)
    )
    s.line(upright, "#7b5022", 2, opacity=0.35)
    s.ellipse(cx, top, rx, ry, "#6f4a22")


def basket_rim(s: Sheet, cx: float, top: float, rx: float, colour: str = "#c18c48") -> None:
    """Draw the near half of a basket's rim over what lies in it."""
    n, ry = number, rx * 0.26
    s.line(f"M{n(cx - rx)} {n(top)}A{n(rx)} {n(ry)} 0 0 0 {n(cx + rx)} {n(top)}", colour, 10)
    s.line(
        f"M{n(cx - rx)} {n(top)}A{n(rx)} {n(ry)} 0 0 0 {n(cx + rx)} {n(top)}",
        "#8d5f2b",
        2,
        stroke_dasharray="7 6",
        opacity=0.7,
    )


def jar(
    s: Sheet,
    cx: float,
    top: float,
    width: float,
    height: float,
    content: tuple[str, str],
    lid: tuple[str, str] = ("#c9463a", "#8f2b22"),
    full: float = 0.12,
) -> None:
    """Draw a round-shouldered glass jar with a screw lid; ``full`` is the air above the content."""
    n, w, base = number, width / 2, top + height
    shadow(s, cx, base - 1, width * 0.72)
    body = f"M{n(cx - w * 0.8)} {n(top)}C{n(cx - w * 0.8)} {n(top + 12)} {n(cx - w)} {n(top + 12)} {n(cx - w)} {n(top + 32)}V{n(base - 14)}Q{n(cx - w)} {n(base)} {n(cx - w + 16)} {n(base)}H{n(cx + w - 16)}Q{n(cx + w)} {n(base)} {n(cx + w)} {n(base - 14)}V{n(top + 32)}C{n(cx + w)} {n(top + 12)} {n(cx + w * 0.8)} {n(top + 12)} {n(cx + w * 0.8)} {n(top)}Z"
    s.path(body, "#f4f1e6", opacity=0.9)
    level = top + height * full + 10
    inner = w - 5
    s.path(
        f"M{n(cx - inner)} {n(level)}V{n(base - 16)}Q{n(cx - inner)} {n(base - 5)} {n(cx - inner + 14)} {n(base - 5)}H{n(cx + inner - 14)}Q{n(cx + inner)} {n(base - 5)} {n(cx + inner)} {n(base - 16)}V{n(level)}Z",
        s.lin(*content, across=True),
    )
    s.ellipse(cx, level, inner, 6, content[0])
    s.path(
        f"M{n(cx - w + 9)} {n(top + 36)}V{n(base - 22)}",
        stroke="#ffffff",
        stroke_width=6,
        opacity=0.55,
    )
    s.rect(cx - w * 0.86, top - 22, w * 1.72, 25, s.lin(lid[0], lid[1], across=True), rx=5)
    s.rect(cx - w * 0.86, top - 22, w * 1.72, 6, "#ffffff", rx=3, opacity=0.25)


def bottle(
    s: Sheet,
    cx: float,
    top: float,
    width: float,
    height: float,
    content: tuple[str, str],
    cap: str = "#7a4a24",
    neck: float = 0.34,
) -> None:
    """Draw a tall bottle of oil or drink with a narrow neck."""
    n, w, base = number, width / 2, top + height
    q, shoulder = w * neck, top + height * 0.3
    shadow(s, cx, base - 1, width * 0.8)
    s.path(
        f"M{n(cx - q)} {n(top)}V{n(shoulder - 18)}C{n(cx - q)} {n(shoulder + 4)} {n(cx - w)} {n(shoulder)} {n(cx - w)} {n(shoulder + 30)}V{n(base - 12)}Q{n(cx - w)} {n(base)} {n(cx - w + 12)} {n(base)}H{n(cx + w - 12)}Q{n(cx + w)} {n(base)} {n(cx + w)} {n(base - 12)}V{n(shoulder + 30)}C{n(cx + w)} {n(shoulder)} {n(cx + q)} {n(shoulder + 4)} {n(cx + q)} {n(shoulder - 18)}V{n(top)}Z",
        s.lin(content[0], content[1], content[0], across=True),
    )
    s.line(f"M{n(cx - w + 9)} {n(shoulder + 36)}V{n(base - 20)}", "#ffffff", 5, opacity=0.5)
    s.rect(cx - q - 3, top - 20, q * 2 + 6, 24, cap, rx=4)
    s.rect(cx - q - 3, top - 2, q * 2 + 6, 5, "#000000", opacity=0.18)


def label(
    s: Sheet,
    cx: float,
    cy: float,
    width: float,
    height: float,
    picture: Callable[[], None] | None = None,
    paper: str = "#fff7e4",
    rim: str = "#c9463a",
) -> None:
    """Paste a paper label with a small picture, drawn about the label's middle."""
    s.rect(cx - width / 2, cy - height / 2, width, height, paper, rx=4)
    s.rect(
        cx - width / 2 + 3,
        cy - height / 2 + 3,
        width - 6,
        height - 6,
        "none",
        rx=3,
        stroke=rim,
        stroke_width=1.4,
    )
    if picture:
        with s.at(cx, cy):
            picture()


def peak_mark(s: Sheet, colour: str = "#6f9b74") -> None:
    """Draw a small mark of hills and sun, for labels."""
    s.circle(9, -7, 5, "#e9a13b")
    s.path("M-20 11L-7 -9L1 3L7 -4L20 11Z", colour)


def plate(s: Sheet, cx: float, cy: float, rx: float, ry: float, rim: str = "#8fb0b8") -> None:
    """Draw a plate seen at a slant."""
    shadow(s, cx, cy + ry * 0.62, rx * 1.12, ry * 0.8)
    s.ellipse(cx, cy + 6, rx, ry, "#cfc6b5")
    s.ellipse(cx, cy, rx, ry, s.lin("#ffffff", "#ece4d5"))
    s.ellipse(cx, cy, rx * 0.95, ry * 0.94, stroke=rim, stroke_width=2.5, opacity=0.8)
    s.ellipse(cx, cy + 2, rx * 0.74, ry * 0.72, "#f6f0e4")


def straw_tie(s: Sheet, x: float, y: float, width: float, height: float) -> None:
    """Tie something with straw: many turns, a knot, loose ends."""
    n, turns = number, 7
    s.line(
        f"M{n(x + width * 0.6)} {n(y + height / 2)}q16 -34 40 -30M{n(x + width * 0.6)} {n(y + height / 2)}q26 10 34 40",
        "#b98f35",
        4,
    )
    s.path(
        f"M{n(x)} {n(y)}Q{n(x + width / 2)} {n(y - 8)} {n(x + width)} {n(y)}V{n(y + height)}Q{n(x + width / 2)} {n(y + height + 9)} {n(x)} {n(y + height)}Z",
        s.lin("#e6c66f", "#b98f35"),
    )
    for i in range(1, turns):
        xx = x + width * i / turns
        s.line(
            f"M{n(xx)} {n(y - 3)}q{n(4 - i)} {n(height / 2)} 0 {n(height + 7)}",
            "#96702a",
            1.6,
            opacity=0.7,
        )
    s.ellipse(x + width * 0.6, y + height / 2, 9, 12, "#d9b455", turn=20)
    s.line(f"M{n(x + width * 0.6 - 5)} {n(y + height / 2 - 6)}q8 6 8 14", "#96702a", 1.6)


def box(
    s: Sheet,
    x: float,
    y: float,
    width: float,
    height: float,
    depth: float,
    front: tuple[str, str],
    top: str,
    side: str,
) -> None:
    """Draw a closed box: its front at the point, its lid and right side in perspective."""
    n = number
    shadow(s, x + width / 2 + depth / 3, y + height, width * 0.68, 20)
    s.path(
        f"M{n(x)} {n(y)}l{n(depth)} {n(-depth * 0.55)}h{n(width)}l{n(-depth)} {n(depth * 0.55)}Z",
        top,
    )
    s.path(
        f"M{n(x + width)} {n(y)}l{n(depth)} {n(-depth * 0.55)}v{n(height)}l{n(-depth)} {n(depth * 0.55)}Z",
        side,
    )
    s.rect(x, y, width, height, s.lin(*front), rx=2)
