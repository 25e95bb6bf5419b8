"""Drawings of fruit."""

from pieces import basket, basket_rim, leaf
from settings import board, hills, shadow, table
from sheet import Sheet, around, number


def kiwi(s: Sheet) -> None:
    """Draw hairy kiwis, one cut to its green heart."""
    board(s, "sage", cy=208, rx=178, ry=72)
    for x, y, rx, ry, turn in ((110, 150, 62, 50, -24), (292, 146, 62, 50, 18)):
        shadow(s, x, y + 48, 60)
        s.ellipse(x, y, rx, ry, s.rad("#b58d55", "#6b4a24"), turn=turn)
        d = "".join(
            f"M{number(x + s.chance(-0.75, 0.75) * rx)} {number(y + s.chance(-0.7, 0.7) * ry)}l3 -4"
            for _ in range(26)
        )
        s.line(d, "#d8b47c", 1.2, opacity=0.65)
    for x, y, r in ((200, 170, 78), (294, 232, 46)):
        ry = r * 0.86
        shadow(s, x, y + ry, r * 1.05)
        s.ellipse(x, y + 5, r, ry, "#7a5529")
        s.ellipse(x, y, r, ry, "#a67c45")
        s.ellipse(x, y, r * 0.95, ry * 0.95, s.rad("#d8ec7a", "#7fb63a", cx=0.5, cy=0.5, r=0.55))
        d = "".join(
            f"M{number(a)} {number(b)}L{number(c)} {number(e)}"
            for (a, b), (c, e) in zip(
                around(x, y, r * 0.32, ry * 0.3, 22),
                around(x, y, r * 0.86, ry * 0.86, 22),
                strict=True,
            )
        )
        s.line(d, "#b9dc62", 2, opacity=0.8)
        s.ellipse(x, y, r * 0.3, ry * 0.25, "#f5f7cf")
        for k, count in ((0.42, 15), (0.52, 16)):
            for i, (px, py) in enumerate(around(x, y, r * k, ry * k, count, k * 50)):
                s.ellipse(
                    px,
                    py,
                    r * 0.026 + 1,
                    r * 0.045 + 1,
                    "#2a2412",
                    turn=360 * i / count + 90 + k * 50,
                )
    leaf(s, 64, 118, 58, -52, "#6fae4c", fat=0.44)


def mandarin(s: Sheet) -> None:
    """Draw mandarins with leaves, one peeled open into segments."""
    hills(s, "butter", at=84)
    for x, y, r in ((132, 168, 70), (250, 184, 62)):
        shadow(s, x, y + r * 0.86, r)
        s.ellipse(x, y, r, r * 0.87, s.rad("#ffc04d", "#ea7a12"))
        for _ in range(20):
            s.circle(
                x + s.chance(-0.62, 0.62) * r,
                y + s.chance(-0.5, 0.6) * r,
                1.5,
                "#d96a08",
                opacity=0.45,
            )
        s.ellipse(x - r * 0.34, y - r * 0.4, r * 0.22, r * 0.11, "#ffffff", opacity=0.45, turn=-30)
        s.path(f"M{x - 9} {number(y - r * 0.8)}l9 -7l9 6l-4 8h-10Z", "#6f9a3c")
    s.line("M132 112Q136 98 146 88", "#6b5a2b", 5)
    leaf(s, 140, 98, 92, -20, s.lin("#6fb356", "#2f7a3c"))
    leaf(s, 138, 100, 76, -148, s.lin("#7cbd5e", "#3c8443"))
    shadow(s, 316, 266, 74)
    for i, (px, py) in enumerate(around(312, 236, 40, 26, 6, 10)):
        s.path(
            f"M312 238Q{number(px - (py - 236) * 0.9)} {number(py + (px - 312) * 0.4)} {number(312 + (px - 312) * 1.7)} {number(236 + (py - 236) * 1.6)}Q{number(px + (py - 236) * 0.9)} {number(py - (px - 312) * 0.4)} 312 238Z",
            "#f08a1c" if i % 2 else "#f5a13a",
        )
    s.ellipse(312, 226, 42, 33, s.rad("#ffd27a", "#f39a2b"))
    d = "".join(f"M312 222L{number(x)} {number(y)}" for x, y in around(312, 226, 41, 32, 9))
    s.line(d, "#fff0cf", 2.6)


def plum(s: Sheet) -> None:
    """Draw crisp green-red plums with bloom, in a basket."""
    table(s, "sage", "wood")
    basket(s, 200, 176, 136, 90, ("#c99a5a", "#94652f"))
    with s.stamp("p"):
        s.circle(0, 0, 36, s.rad("#dce883", "#9dbb45", "#c2574c", r=0.95))
        s.line("M4 -34Q16 -6 6 32", "#6d8330", 2, opacity=0.6)
        s.ellipse(-13, -14, 11, 6, "#ffffff", opacity=0.5, turn=-36)
        s.line("M2 -34l3 -12", "#6b5a2b", 3)
    for x, y, turn in (
        (108, 150, 0),
        (166, 124, 14),
        (232, 122, -20),
        (290, 148, 30),
        (138, 166, -40),
        (198, 152, 60),
        (260, 168, 8),
    ):
        s.place("p", x, y, turn)
    s.place("p", 200, 184, -16)
    basket_rim(s, 200, 176, 136)
    leaf(s, 168, 88, 56, -40, "#5f9f48")
    leaf(s, 236, 84, 54, -130, "#72b257")
    for x, y in ((56, 254), (350, 258)):
        shadow(s, x, y + 30, 40)
        s.place("p", x, y, x * 0.2, 0.95)


def peach(s: Sheet) -> None:
    """Draw blushing peaches with leaves and a blossom."""
    hills(s, "rose", at=330)
    for x, y, k in ((128, 176, 1.0), (266, 182, 0.92), (198, 208, 0.86)):
        with s.at(x, y, 0, k):
            shadow(s, 0, 76, 80)
            s.path(
                "M2 -66C46 -92 92 -50 84 2C76 54 30 80 -2 84C-34 80 -78 52 -84 2C-90 -48 -44 -90 2 -66Z",
                s.rad("#ffe3b0", "#f79a7a", "#e2505a", cx=0.32, cy=0.28, r=0.95),
            )
            s.path("M2 -66C24 -30 22 40 -2 84", stroke="#c93f4c", stroke_width=3, opacity=0.55)
            s.ellipse(-40, -28, 16, 9, "#ffffff", opacity=0.45, turn=-34)
    s.line("M130 112q2 -16 10 -26M268 122q2 -14 10 -22", "#6b4a2b", 5)
    for x, y, length, turn in ((134, 100, 84, -22), (132, 104, 78, -158), (272, 112, 74, -8)):
        leaf(s, x, y, length, turn, s.lin("#79b75c", "#3c8443"), fat=0.2)
    for i in range(5):
        s.ellipse(330, 236, 12, 19, "#f9bccb", transform=f"rotate({i * 72} 330 254)")
    s.circle(330, 254, 8, "#e2607a")
    s.circle(330, 254, 3, "#fbe08a")


def watermelon(s: Sheet) -> None:
    """Draw a striped watermelon and a red wedge."""
    hills(s, "sky", at=330)
    shadow(s, 150, 262, 150, 20)
    s.ellipse(148, 168, 118, 98, s.rad("#86c25c", "#2f7d3b"))
    for k in (-0.6, -0.3, 0.02, 0.34, 0.66):
        x = 148 + 112 * k
        b = 148 + 150 * k * 1.16
        d = f"M148 71C{number(x - 6)} 96 {number(b - 24)} 128 {number(b * 0.3 + x * 0.7)} 168S{number(x + 4)} 250 148 265C{number(x - 14)} 244 {number(x - 18)} 210 {number(x - 12)} 170S{number(x - 16)} 96 148 71Z"
        s.path(d, "#1f5a2c", opacity=0.75)
    s.line("M148 72Q144 52 160 44", "#6d8f3c", 6)
    s.ellipse(104, 112, 26, 12, "#ffffff", opacity=0.3, turn=-34)
    with s.at(288, 216, -8):
        shadow(s, 0, 58, 108)
        s.path("M-104 -22A106 84 0 0 0 104 -22Z", "#2f7d3b")
        s.path("M-98 -22A98 76 0 0 0 98 -22Z", "#dff0c0")
        s.path("M-92 -22A90 66 0 0 0 92 -22Z", s.rad("#ff7a6e", "#d92f3c", cx=0.5, cy=0.2))
        for x, y in (
            (-60, -8),
            (-30, 4),
            (0, -6),
            (30, 6),
            (60, -6),
            (-44, 14),
            (-12, 22),
            (20, 26),
            (44, 14),
            (-74, -16),
            (76, -16),
        ):
            s.ellipse(x, y, 3.6, 5.4, "#2a1512", turn=x * 0.3)


def pear(s: Sheet) -> None:
    """Brown-speckled mountain pears, one halved."""
    board(s, "butter", cy=214, ry=62)
    body = "M0 -88C20 -86 26 -60 34 -34C44 -8 72 10 70 46C68 82 34 94 0 94S-68 82 -70 46C-72 10 -44 -8 -34 -34C-26 -60 -20 -86 0 -88Z"
    for x, y, turn in ((118, 146, -8), (288, 152, 10)):
        shadow(s, x, y + 88, 74)
        with s.at(x, y, turn, 0.96):
            s.path(body, s.rad("#f5dd86", "#c39a3a"))
            for _ in range(26):
                s.circle(s.chance(-48, 48), s.chance(-30, 80), 1.5, "#8d6a22", opacity=0.6)
            s.line("M0 -86q4 -20 16 -28", "#6b4a2b", 5)
            s.ellipse(-26, 20, 9, 22, "#ffffff", opacity=0.4, turn=14)
    leaf(s, 128, 40, 64, 18, s.lin("#6fb356", "#2f7a3c"))
    with s.at(204, 184, 4, 0.86):
        shadow(s, 0, 92, 74)
        s.path(body, "#c39a3a")
        with s.at(0, 3, 0, 0.93):
            s.path(body, s.rad("#fffdf0", "#f4ecc4", cx=0.5, cy=0.6))
        s.path("M0 -50V14", stroke="#dccb8e", stroke_width=3)
        s.ellipse(0, 42, 24, 27, stroke="#dccb8e", stroke_width=3)
        s.ellipse(-8, 42, 5.4, 10, "#5b3718", turn=12)
        s.ellipse(8, 42, 5.4, 10, "#5b3718", turn=-12)


DRAWINGS = {
    "kiwi": ("猕猴桃", kiwi),
    "mandarin": ("柑橘", mandarin),
    "plum": ("脆李", plum),
    "peach": ("鲜桃", peach),
    "watermelon": ("高山西瓜", watermelon),
    "pear": ("雪梨", pear),
}
