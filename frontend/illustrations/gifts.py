"""Drawings of gift boxes."""

from pieces import basket, basket_rim, bottle, box, jar, label, leaf, peak_mark, perilla
from settings import hills, shadow, table
from sheet import Sheet, number


def _bow(
    s: Sheet, x: float, y: float, k: float = 1, colours: tuple[str, str] = ("#f7cf6a", "#d39a24")
) -> None:
    with s.at(x, y, 0, k):
        paint = s.lin(*colours)
        s.path("M0 0C-16 -34 -58 -40 -62 -16C-64 8 -30 14 0 0Z", paint)
        s.path("M0 0C16 -34 58 -40 62 -16C64 8 30 14 0 0Z", paint)
        s.path("M-4 2L-34 46L-18 44L-12 58L4 6ZM4 2L34 46L18 44L12 58L-4 6Z", colours[1])
        s.line("M-8 -4Q-34 -24 -48 -16M8 -4Q34 -24 48 -16", "#a8741a", 2, opacity=0.6)
        s.ellipse(0, 2, 12, 10, colours[0])


def gift_noodles(s: Sheet) -> None:
    """Draw a red gift box with a window showing bundles of noodles, tied with gold."""
    table(s, "rose", "pale")
    box(s, 66, 108, 238, 152, 54, ("#d9402f", "#a8231d"), "#ee6a52", "#8a1b17")
    s.rect(92, 132, 186, 92, "#fff4dc", rx=6)
    s.rect(98, 138, 174, 80, "#6b2a1c", rx=4)
    for i in range(3):
        y = 144 + i * 25
        d = "".join(
            f"M{number(102 + s.chance(0, 4))} {y + 2 + k * 3.4:.1f}Q184 {y + 6 + k * 2.2:.1f} {number(268 - s.chance(0, 4))} {y + 2 + k * 3.4:.1f}"
            for k in range(6)
        )
        s.line(d, "#f6f0de", 2.8)
        s.rect(174, y - 1, 20, 22, "#d9b455", rx=3)
    s.path("M276 108l54 -30h14l-54 30V260h-14Z", "#f0c458", opacity=0.9)
    s.rect(66, 238, 238, 9, "#f0c458")
    s.path("M66 108l54 -30h238l-54 30Z", "#ffffff", opacity=0.08)
    _bow(s, 288, 88, 0.9)


def gift_bacon(s: Sheet) -> None:
    """Draw an open wooden box with bacon and sausages on straw."""
    table(s, "butter", "wood")
    shadow(s, 200, 266, 178, 20)
    s.path("M58 60H342L352 132H48Z", s.lin("#8d5a30", "#6b4020"))
    s.path("M74 70H326L332 124H68Z", "#b98145")
    with s.at(200, 98, 0, 1.3):
        s.path("M-26 12L-9 -12L1 2L8 -5L26 12Z", "#f6deb0")
        s.circle(13, -10, 5, "#e9573f")
    s.path("M36 132H364L350 262H50Z", s.lin("#d9a566", "#a9743a"))
    s.path("M50 138H350L340 236H60Z", "#7b5022")
    d = "".join(
        f"M{number(60 + i * 9)} {number(210 + s.chance(-60, 14))}q{number(s.chance(4, 18))} {number(s.chance(-18, 10))} {number(s.chance(20, 34))} {number(s.chance(-6, 12))}"
        for i in range(28)
    )
    s.line(d, "#e6c56f", 3)
    for x, turn in ((98, -4), (152, 3)):
        with s.at(x, 186, turn):
            s.rect(-24, -46, 48, 92, "#7d2e1a", rx=6)
            for k, paint in ((-14, "#f0cf94"), (-4, "#c4613a"), (6, "#eec489"), (16, "#d98a55")):
                s.line(f"M{k} -40q6 40 0 80", paint, 7)
    for x in (210, 240):
        s.path(
            f"M{x - 13} 146Q{x - 18} 190 {x - 12} 228Q{x} 238 {x + 12} 228Q{x + 18} 190 {x + 13} 146Q{x} 136 {x - 13} 146Z",
            s.lin("#d9634a", "#8c2a20", across=True),
        )
        for k in range(5):
            s.ellipse(x - 5 + (k % 2) * 9, 160 + k * 14, 3.4, 4.6, "#f4cdb0")
    with s.at(300, 186, 12):
        s.ellipse(0, 0, 34, 48, s.rad("#d08a48", "#7a3216"))
        s.ellipse(0, -26, 20, 14, "#b84a3a")
        s.ellipse(0, -26, 8, 6, "#f7ead2")
    s.path("M44 236H356L350 266H50Z", s.lin("#e3b574", "#b07a3c"))
    s.line("M58 251H342", "#8d5f2b", 1.6, opacity=0.5)
    s.rect(168, 226, 64, 44, "#c9302a", rx=5)
    _bow(s, 200, 246, 0.42)


def gift_mountain(s: Sheet) -> None:
    """Draw an open green box with six kinds of mountain goods in compartments."""
    s.rect(0, 0, 400, 300, s.lin("#f7f5e6", "#dfe6cd", slant=True))
    shadow(s, 204, 172, 196, 128)
    s.rect(34, 36, 332, 232, "#2f5d3f", rx=10)
    s.rect(34, 32, 332, 230, s.lin("#5b8f63", "#37694a"), rx=10)
    cells = [(48 + c * 104, 46 + r * 104) for r in range(2) for c in range(3)]
    for x, y in cells:
        s.rect(x, y, 96, 96, "#f3e6c8", rx=6)
        s.rect(x, y, 96, 10, "#000000", rx=5, opacity=0.1)
    (ax, ay), (bx, by), (cx, cy), (dx, dy), (ex, ey), (fx, fy) = cells
    with s.stamp("cap"):
        s.ellipse(0, 0, 18, 14, s.rad("#a9744a", "#5a341c"))
        s.line("M-10 0H10M0 -8V8", "#f1dfbd", 2.2)
    with s.stamp("ear"):
        s.path(
            "M-18 2C-22 -10 -8 -18 2 -13C14 -19 24 -6 17 4C12 14 4 8 0 12C-6 8 -16 12 -18 2Z",
            s.rad("#6e5047", "#2a1c1a"),
        )
    with s.stamp("nut"):
        s.path(
            "M-12 0C-12 -9 -4 -8 0 -4C4 -8 12 -8 12 0S4 8 0 4C-4 8 -12 9 -12 0Z",
            "#d3a25c",
            stroke="#9a6b33",
            stroke_width=1.2,
        )
    with s.stamp("chestnut"):
        s.path(
            "M-14 6C-14 -6 -4 -13 0 -15C4 -13 14 -6 14 6Q0 15 -14 6Z", s.rad("#b9693a", "#5b2814")
        )
        s.path("M-13 6Q0 0 13 6Q0 14 -13 6Z", "#d9b083")
    for i in range(12):
        column, row = i % 3, i // 3
        if row < 3:
            s.place("cap", ax + 20 + column * 28, ay + 22 + row * 27, i * 40)
            s.place("chestnut", fx + 20 + column * 28, fy + 24 + row * 26, i * 17 - 60)
        s.place("ear", bx + 21 + column * 27, by + 20 + row * 20, i * 67)
        s.place("nut", cx + 16 + (i % 4) * 21, cy + 20 + (i // 4) * 28, i * 37 % 90 - 45)
    for i in range(9):
        s.line(
            f"M{dx + 8} {dy + 16 + i * 9}q40 {number(s.chance(-12, 12))} 80 0",
            "#cfc5ae" if i % 2 else "#fffaf0",
            5,
        )
    s.rect(dx + 38, dy + 10, 20, 80, "#d9b455", rx=4)
    for i in range(14):
        leaf(
            s,
            ex + 12 + (i % 4) * 19,
            ey + 24 + (i // 4) * 19,
            26,
            s.chance(-50, 50),
            ("#6b9a3c", "#88b352", "#a9b98c")[i % 3],
            fat=0.2,
        )
    _bow(s, 348, 262, 0.66, ("#e9573f", "#b02a22"))


def gift_honey(s: Sheet) -> None:
    """Draw two jars of honey in an open carton with a handle."""
    hills(s, "butter", table="pale", at=330)
    s.path("M84 130L74 66H326L316 130Z", "#c98a3f")
    s.line("M150 66C150 12 250 12 250 66", "#b5803f", 9)
    for x in (142, 258):
        jar(s, x, 92, 98, 150, ("#f7b733", "#c97a0e"), ("#d9402f", "#9c241d"), 0.08)
        with s.at(x, 168, 0, 0.7):
            s.path(
                "M-42 0L-21 -36H21L42 0L21 36H-21Z", "#fff4d6", stroke="#b5701a", stroke_width=2.4
            )
            s.ellipse(0, 4, 19, 11, "#f4b62c")
            s.ellipse(-3, -11, 8, 13, "#dfeaea", turn=-24)
            s.ellipse(9, -10, 8, 12, "#dfeaea", turn=24)
            s.line("M-5 -6V14M3 -7V15M11 -4V12", "#3c2a18", 4, stroke_linecap="butt")
    shadow(s, 200, 272, 160)
    s.path("M70 196H330L320 272H80Z", s.lin("#e9ae5a", "#c17f2c"))
    for i in range(7):
        for row in range(2):
            x, y = 100 + i * 34 + row * 17, 220 + row * 28
            if x < 310:
                s.path(f"M{x - 15} {y}l8 -13h15l8 13l-8 13h-15Z", "#ffe2a0", opacity=0.55)
    s.path("M70 196H330L328 204H72Z", "#ffffff", opacity=0.35)


def gift_basket(s: Sheet) -> None:
    """Draw a New Year basket: oil, sauce, bacon, noodles, mandarins."""
    table(s, "peach", "wood")
    s.line("M76 176C70 4 330 4 324 176", "#9a6a30", 10)
    bottle(s, 138, 62, 54, 150, ("#f6c85a", "#d4901d"))
    label(s, 138, 160, 46, 44, lambda: perilla(s, -13, 4, 28, -10), "#fbf3e6", "#7d4a80")
    with s.at(196, 126, 6):
        s.rect(-24, -66, 48, 130, "#7d2e1a", rx=7)
        for k, paint in ((-14, "#f0cf94"), (-4, "#c4613a"), (6, "#eec489"), (16, "#d98a55")):
            s.line(f"M{k} -58q6 50 0 110", paint, 7)
    jar(s, 262, 100, 74, 96, ("#d9351f", "#a01c12"), ("#e3b64a", "#a97c1e"))
    label(s, 262, 156, 50, 36, lambda: peak_mark(s, "#a01c12"))
    basket(s, 200, 186, 140, 82)
    for x, y, r in ((96, 180, 27), (146, 190, 28), (300, 184, 27), (250, 192, 26)):
        s.circle(x, y, r, s.rad("#ffc04d", "#ea7a12"))
        s.ellipse(x - 8, y - 12, 7, 4, "#ffffff", opacity=0.5)
        leaf(s, x, y - r + 3, 24, -36, "#4f934a")
    d = "".join(
        f"M{162 + i * 3} {198 + i * 1.2:.1f}Q200 {172 + i * 2} {238 - i * 2} {200 + i}"
        for i in range(8)
    )
    s.line(d, "#f7f0dd", 3.2)
    basket_rim(s, 200, 186, 140)
    _bow(s, 200, 226, 0.9, ("#e9573f", "#b02a22"))


DRAWINGS = {
    "gift-noodles": ("苕粉礼盒", gift_noodles),
    "gift-bacon": ("腊味礼盒", gift_bacon),
    "gift-mountain": ("山货礼盒", gift_mountain),
    "gift-honey": ("土蜂蜜礼盒", gift_honey),
    "gift-basket": ("年货提篮", gift_basket),
}
