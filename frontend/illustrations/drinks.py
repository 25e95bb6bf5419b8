"""Drawings of honey and tea."""

from pieces import bowl, jar, leaf
from settings import hills, shadow, table
from sheet import Sheet, around, number


def honey(s: Sheet) -> None:
    """Draw a jar of wild honey, a dipper dripping, a bee."""
    table(s, "butter", "wood")
    jar(s, 150, 94, 154, 174, ("#f7b733", "#c97a0e"), ("#fdf3dc", "#d8c39a"), 0.08)
    s.path(
        "M80 92Q150 70 220 92L230 116Q210 124 196 112Q180 126 162 114Q146 128 128 114Q110 126 96 112Q82 124 70 114Z",
        "#e9d3a0",
    )
    s.line("M82 94Q150 108 218 94", "#b5863a", 4)
    with s.at(150, 198):
        s.path("M-42 0L-21 -36H21L42 0L21 36H-21Z", "#fff4d6", stroke="#b5701a", stroke_width=2.4)
        for x, y in ((0, -14), (-13, 8), (13, 8)):
            s.path(
                f"M{x - 12} {y}l6 -11h12l6 11l-6 11h-12Z",
                "#f3ab2a",
                stroke="#c97a0e",
                stroke_width=1.4,
            )
    s.ellipse(306, 262, 70, 17, "#f3b02c", opacity=0.9)
    s.ellipse(290, 258, 22, 5, "#ffffff", opacity=0.5)
    s.path("M300 190C296 220 300 240 302 262H312C314 240 314 220 312 190Z", "#f0a51f")
    with s.at(306, 158, 28):
        s.rect(-6, -130, 12, 110, s.lin("#d9a566", "#a9743a", across=True), rx=6)
        for i, w in enumerate((22, 31, 36, 36, 30, 20)):
            s.rect(-w, -24 + i * 12, 2 * w, 10, s.lin("#e3b273", "#b07a3c", across=True), rx=5)
        s.path("M-30 4Q0 20 34 2L30 36Q0 56 -22 38Z", "#f7b733", opacity=0.65)
    with s.at(330, 60, -14):
        s.ellipse(
            -4, -17, 12, 19, "#ffffff", opacity=0.85, turn=-24, stroke="#b9c6cc", stroke_width=1
        )
        s.ellipse(
            12, -16, 11, 17, "#ffffff", opacity=0.85, turn=24, stroke="#b9c6cc", stroke_width=1
        )
        s.ellipse(0, 0, 27, 16, "#f4b62c")
        s.line("M-8 -15V15M4 -16V16M15 -13V13", "#3c2a18", 6, stroke_linecap="butt")
        s.circle(-25, -2, 9, "#3c2a18")


def _gaiwan(s: Sheet, cx: float, cy: float, tea: str) -> None:
    shadow(s, cx, cy + 92, 128, 20)
    s.ellipse(cx, cy + 82, 116, 24, "#d8d3c4")
    s.ellipse(cx, cy + 78, 116, 23, "#fffdf7")
    s.ellipse(cx, cy + 78, 58, 11, "#e2dccd")
    bowl(s, cx, cy, 88, 80, ("#ffffff", "#d3dcd6"), tea, "#6f9b74")
    s.ellipse(cx, cy + 3, 78, 20, s.rad("#f3ecb8", tea, cx=0.4, cy=0.4))


def white_tea(s: Sheet) -> None:
    """Draw a gaiwan of pale tea, its lid aside, downy buds on the table."""
    hills(s, "sage", table="pale", at=320)
    _gaiwan(s, 168, 146, "#d9cf7e")
    for x, y, turn in ((140, 148, 10), (178, 144, -30), (198, 152, 30), (158, 156, -12)):
        leaf(s, x, y, 30, turn, "#8aa86a", fat=0.2)
    s.line("M140 108q-12 -20 0 -38t0 -38M186 104q-12 -20 0 -38t0 -38", "#ffffff", 7, opacity=0.75)
    with s.at(312, 196, 26):
        shadow(s, 4, 40, 74)
        s.ellipse(0, 8, 66, 32, "#cfd8d1")
        s.path("M-66 6Q-50 -34 0 -36T66 6Q0 34 -66 6Z", s.lin("#ffffff", "#dfe6df"))
        s.ellipse(0, -38, 18, 9, "#f2f5f0")
        s.line("M-46 -6Q0 12 46 -6", "#6f9b74", 5, opacity=0.85)
    for x, y, turn in (
        (282, 262, -14),
        (306, 272, 8),
        (334, 264, -30),
        (64, 270, 16),
        (90, 278, -20),
    ):
        leaf(s, x, y, 40, turn, s.lin("#eef1de", "#a9b98c"), "#ffffff", 0.2)
        leaf(s, x, y, 32, turn + 24, "#8aa86a", fat=0.2)


def green_tea(s: Sheet) -> None:
    """Draw a glass of green tea with standing leaves and a tea tin."""
    hills(s, "sky", table="wood", at=70)
    shadow(s, 286, 266, 78)
    s.rect(226, 104, 116, 160, s.lin("#4f8a56", "#2a5a38", across=True), rx=6)
    s.ellipse(284, 264, 58, 11, "#244f31")
    s.ellipse(284, 104, 58, 15, "#6aa571")
    s.rect(226, 74, 116, 30, s.lin("#5b9763", "#316841", across=True))
    s.ellipse(284, 74, 58, 15, "#7db384")
    s.rect(242, 146, 84, 84, "#fbf6e6", rx=4)
    for turn in (-130, -90, -50):
        leaf(s, 284, 216, 52 if turn == -90 else 42, turn, "#5f9a4c", fat=0.26)
    shadow(s, 134, 268, 82)
    s.path("M74 70H196L184 262Q134 276 86 262Z", "#ffffff", opacity=0.6)
    s.path("M78 108H192L183 252Q134 266 87 252Z", s.lin("#e6ea9a", "#b7cc62"))
    s.ellipse(135, 108, 57, 11, "#eef1b8")
    for x, y, length, turn in (
        (108, 250, 44, -84),
        (124, 256, 58, -96),
        (142, 254, 50, -80),
        (160, 252, 46, -98),
        (134, 120, 38, 170),
        (150, 116, 34, 12),
        (112, 186, 32, -60),
        (160, 180, 34, -120),
    ):
        leaf(s, x, y, length, turn, "#6b9a3c", "#bcd486", 0.17)
        leaf(s, x, y, length * 0.7, turn + 24, "#88b352", "#d2e3a0", 0.17)
    s.ellipse(135, 70, 61, 12, "none", stroke="#ffffff", stroke_width=4)
    s.line("M88 92L98 250", "#ffffff", 5, opacity=0.7)


def dandelion_tea(s: Sheet) -> None:
    """Draw dandelions in flower and seed beside a cup of golden infusion."""
    hills(s, "cream", table="moss", at=326)
    with s.stamp("head"):
        for k, count, paint in ((34, 18, "#f0ae18"), (25, 14, "#f7c52c"), (14, 9, "#fbdb5e")):
            d = "".join(
                f"M{number(a)} {number(b)}L{number(c)} {number(e)}"
                for (a, b), (c, e) in zip(
                    around(0, 0, 5, 5, count), around(0, 0, k - 4, k - 4, count), strict=True
                )
            )
            s.line(d, paint, 8)
    for x, y, top in ((84, 250, 92), (130, 262, 138), (44, 262, 168)):
        s.line(f"M{x} {y + 20}Q{x - 10} {(y + top) / 2} {x + 4} {top}", "#7fa55a", 5)
        if top == 92:
            ring = around(x + 4, top, 41, 41, 22)
            s.circle(x + 4, top, 42, "#ffffff", opacity=0.55)
            s.line(
                "".join(f"M{x + 4} {top}L{number(px)} {number(py)}" for px, py in ring),
                "#ffffff",
                1.8,
            )
            s.line(
                "".join(f"M{number(px)} {number(py)}h.1" for px, py in ring),
                "#ffffff",
                9,
                opacity=0.9,
            )
            s.circle(x + 4, top, 8, "#a98a5a")
        else:
            s.place("head", x + 4, top)
    for x, y, turn in ((90, 276, -150), (96, 278, -28), (110, 282, -170), (60, 284, -10)):
        leaf(s, x, y, 76, turn, "#5d8f43", "#a9c98a", 0.14)
    for x, y, turn in ((182, 60, 30), (226, 40, 50), (204, 96, 10)):
        with s.at(x, y, turn):
            s.line("M0 20V0M0 0L-9 -9M0 0L0 -12M0 0L9 -9", "#9c9486", 1.6)
    shadow(s, 278, 262, 100)
    s.path("M346 164q44 -2 42 34t-52 36", stroke="#e8e2d4", stroke_width=12)
    bowl(s, 276, 158, 80, 100, ("#fffdf7", "#ddd3c0"), "#d99f2a", "#e0a92a")
    s.ellipse(276, 161, 71, 18, s.rad("#fbd874", "#d0901c", cx=0.4, cy=0.4))
    for x, y in ((254, 160), (290, 166)):
        for i in range(8):
            s.ellipse(x, y - 4, 3, 5.4, "#f7c52c", transform=f"rotate({i * 45} {x} {y})")
    s.line("M256 124q-12 -18 0 -36t0 -36M298 120q-12 -18 0 -36t0 -36", "#ffffff", 7, opacity=0.75)


def _daisy(s: Sheet, x: float, y: float, r: float, name: str = "d") -> None:
    s.place(name, x, y, x, r / 30)


def chrysanthemum_tea(s: Sheet) -> None:
    """Draw a glass teapot in which golden chrysanthemums open."""
    table(s, "cream", "wood")
    with s.stamp("d"):
        for k, count, paint in ((29, 16, "#eaa91c"), (21, 13, "#f6c338"), (12, 8, "#fbdd76")):
            for i in range(count):
                s.ellipse(
                    0, -k * 0.6, 4.4, k * 0.45, paint, transform=f"rotate({360 * i / count:.0f})"
                )
        s.circle(0, 0, 5, "#c98a1b")
    shadow(s, 190, 256, 130, 20)
    s.path("M290 150C340 128 350 210 276 226", stroke="#c9dde0", stroke_width=13)
    s.path("M98 190C70 180 62 150 34 122L52 112C80 130 90 150 110 158Z", "#dcebec", opacity=0.9)
    s.circle(192, 176, 100, "#eef6f5", opacity=0.9)
    s.path(
        "M98 150C84 214 132 270 192 270S300 214 286 150Q192 176 98 150Z",
        s.lin("#fbe69a", "#edb93e"),
        opacity=0.95,
    )
    s.ellipse(192, 152, 95, 17, "#fdf0bc")
    for x, y, r in (
        (146, 202, 34),
        (222, 196, 36),
        (184, 238, 30),
        (250, 226, 22),
        (128, 236, 20),
        (186, 168, 26),
    ):
        _daisy(s, x, y, r)
    s.path("M124 130Q108 200 136 244", stroke="#ffffff", stroke_width=7, opacity=0.7)
    s.ellipse(192, 84, 54, 13, "#cfdfe0")
    s.path("M140 82Q150 54 192 54T244 82Q192 98 140 82Z", "#e9f3f3")
    s.circle(192, 48, 11, "#b5803f")
    for x, y, r in ((336, 262, 26), (372, 274, 19), (48, 266, 25)):
        shadow(s, x, y + 18, r)
        _daisy(s, x, y, r)


def old_eagle_tea(s: Sheet) -> None:
    """Draw a clay pot pouring dark red mountain tea into a cup."""
    hills(s, "peach", table="wood", at=90)
    shadow(s, 250, 208, 120, 16)
    with s.at(240, 130, -14):
        s.path("M88 -28C150 -44 150 50 82 40", stroke="#7a3d22", stroke_width=15)
        s.path("M-88 6C-116 0 -124 -26 -142 -40L-126 -52C-106 -40 -98 -24 -80 -22Z", "#8f4a2a")
        s.ellipse(0, 8, 98, 74, s.rad("#c4764a", "#6b3219"))
        s.ellipse(0, -54, 50, 15, "#7a3d22")
        s.path("M-48 -56Q-36 -84 0 -84T48 -56Q0 -40 -48 -56Z", s.lin("#b9683d", "#84452a"))
        s.circle(0, -88, 10, "#6b3219")
        s.line("M-76 -12Q0 22 76 -12", "#e0a06b", 3, opacity=0.6)
        s.line("M-60 -30q14 -14 34 -18", "#ffffff", 6, opacity=0.35)
    s.path("M96 122C84 150 88 190 92 224H100C98 190 98 156 108 128Z", "#b8401f", opacity=0.9)
    bowl(s, 96, 218, 66, 52, ("#efe2cc", "#b59a74"), "#8d2f16", "#7a3d22")
    s.ellipse(96, 220, 58, 14, s.rad("#d9622f", "#8d2f16"))
    for x, y, turn in (
        (250, 262, -20),
        (280, 272, 10),
        (316, 262, -44),
        (230, 276, 26),
        (340, 276, -8),
    ):
        leaf(s, x, y, 50, turn, "#8a5a33", "#caa071", 0.24)


DRAWINGS = {
    "honey": ("土蜂蜜", honey),
    "white-tea": ("高山白茶", white_tea),
    "green-tea": ("高山绿茶", green_tea),
    "dandelion-tea": ("蒲公英茶", dandelion_tea),
    "chrysanthemum-tea": ("金丝皇菊", chrysanthemum_tea),
    "old-eagle-tea": ("老鹰茶", old_eagle_tea),
}
