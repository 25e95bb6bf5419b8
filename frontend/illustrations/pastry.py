"""Drawings of pastry and snacks."""

from pieces import bowl, leaf, perilla, plate, strew
from settings import board, cloth, hills, shadow, table
from sheet import Sheet, around, number


def crisp_cakes(s: Sheet) -> None:
    """Draw a plate of flaky 擀酥饼 with sesame, one broken open."""
    cloth(s, "rose", "#c9846b")
    plate(s, 200, 186, 172, 82, "#c9463a")
    for x, y in ((118, 150), (206, 132), (290, 154), (160, 200)):
        shadow(s, x + 3, y + 24, 58, 22)
        s.ellipse(x, y + 15, 55, 38, "#c98a3f")
        for k in (11, 7, 3):
            s.ellipse(x, y + k, 55, 38, stroke="#f3d596", stroke_width=1.6)
        s.ellipse(x, y, 55, 38, s.rad("#fbe3a4", "#dfa24c"))
        s.ellipse(x, y, 37, 25, stroke="#c98a3f", stroke_width=1.6, opacity=0.6)
        for px, py in [*around(x, y, 26, 17, 9), *around(x, y, 11, 7, 4, 30)]:
            s.ellipse(px, py, 4, 2.2, "#fffbe8" if int(px) % 3 else "#3c2f28", turn=px * 7)
        s.circle(x, y, 5, "#c43a2a")
    with s.at(256, 222, -6):
        shadow(s, 0, 30, 70, 18)
        s.path("M-62 6A62 44 0 0 1 62 6L60 26Q0 44 -60 26Z", "#dfa24c")
        s.path("M-62 6A62 44 0 0 1 62 6Q40 14 0 14T-62 6Z", s.rad("#fbe3a4", "#e0a552"))
        s.path("M-60 8Q0 22 60 8L58 28Q0 42 -58 28Z", "#f9e6b4")
        s.path("M-42 16Q0 27 42 16L38 28Q0 34 -38 28Z", "#5b3a2a")
        s.line("M-56 12Q0 25 56 12M-56 27Q0 39 56 27", "#d09a4a", 1.6)
        for x, y in ((-24, -10), (-4, -18), (18, -12), (34, -4), (-40, -2), (6, -4)):
            s.ellipse(x, y, 4, 2.2, "#fffbe8", turn=x * 5)


def tangyuan(s: Sheet) -> None:
    """Draw a bowl of glutinous dumplings, one bitten to its perilla-seed heart."""
    table(s, "sky", "wood")
    bowl(s, 194, 148, 138, 108, ("#e05a46", "#a52d24"), "#7d1f18", "#f6cf7a")
    s.ellipse(194, 151, 126, 34, s.lin("#f3efe2", "#dcd6c4"))
    for x, y in ((116, 140), (176, 128), (240, 130), (280, 148), (146, 160), (258, 166)):
        s.ellipse(x, y + 14, 30, 8, "#c9c2ae", opacity=0.7)
        s.circle(x, y, 31, s.rad("#ffffff", "#e3ddcd"))
        s.ellipse(x - 10, y - 12, 9, 6, "#ffffff")
    with s.at(204, 154):
        s.circle(0, 0, 35, s.rad("#ffffff", "#e3ddcd"))
        s.path("M-22 -8Q-8 -24 8 -20T26 -4Q22 16 4 18T-22 -8Z", "#4a3a33")
        s.path("M-8 8Q2 22 0 40Q10 46 14 30Q12 16 8 10Z", "#3a2b25")
        for x, y in ((-8, -8), (4, -12), (14, -2), (-2, 4), (8, 8)):
            s.circle(x, y, 2.4, "#8a7566")
    with s.at(308, 96, -34):
        s.ellipse(-62, 30, 34, 21, s.lin("#ffffff", "#cfd8da"))
        s.rect(-34, 20, 130, 13, s.lin("#ffffff", "#c6cfd1"), rx=6)
    perilla(s, 54, 262, 74, -30)
    s.line("M120 92q-12 -18 0 -34t0 -30M190 82q-12 -18 0 -34t0 -30", "#ffffff", 7, opacity=0.75)


def chestnuts(s: Sheet) -> None:
    """Draw shiny chestnuts, one in its prickly burr."""
    board(s, "linen", cy=210, rx=182, ry=72)
    with s.stamp("c"):
        s.path(
            "M-38 14C-40 -14 -14 -36 2 -42C18 -36 42 -14 38 14C30 32 -30 32 -38 14Z",
            s.rad("#b9693a", "#5b2814"),
        )
        s.path("M-38 14C-20 4 20 4 38 14C30 32 -30 32 -38 14Z", "#d9b083")
        s.path("M-16 -22Q-24 -10 -26 4", stroke="#ffffff", stroke_width=5, opacity=0.5)
        s.line("M2 -42l0 -8", "#d9b083", 3)
    shadow(s, 130, 202, 110, 24)
    spikes = "".join(
        f"M{number(a)} {number(b)}L{number(c)} {number(e)}"
        for (a, b), (c, e) in zip(
            around(128, 142, 70, 62, 46), around(128, 142, 96, 86, 46, 5), strict=True
        )
    )
    s.line(spikes, "#7f9640", 3)
    s.ellipse(128, 142, 76, 67, s.rad("#b3c466", "#6f8434"))
    inner = "".join(
        f"M{number(a)} {number(b)}L{number(c)} {number(e)}"
        for (a, b), (c, e) in zip(
            around(128, 142, 56, 48, 30), around(128, 142, 74, 64, 30, 8), strict=True
        )
    )
    s.line(inner, "#91a54c", 2.4)
    s.ellipse(130, 146, 54, 44, "#f6ecd2")
    s.place("c", 110, 148, -14, 0.95)
    s.place("c", 152, 150, 12, 0.95)
    for x, y, turn, k in (
        (246, 150, 14, 1.0),
        (318, 168, -18, 1.05),
        (270, 206, 4, 1.15),
        (206, 226, -10, 1.0),
        (336, 228, 22, 0.9),
        (146, 248, 30, 0.85),
    ):
        shadow(s, x, y + 26, 44)
        s.place("c", x, y, turn, k)
    leaf(s, 270, 108, 84, -34, s.lin("#8fae4c", "#5c7f34"), fat=0.22)


def gualou_seeds(s: Sheet) -> None:
    """Draw roasted snake-gourd seeds in a dish and the orange gourd."""
    cloth(s, "butter", "#7fa968")
    shadow(s, 304, 150, 82, 70)
    s.ellipse(300, 122, 78, 88, s.rad("#ffc25a", "#df6f1c"), turn=14)
    s.ellipse(276, 84, 20, 12, "#ffffff", opacity=0.4, turn=-36)
    s.line("M316 36Q318 18 336 12M318 32Q344 40 352 24", "#6d8f3c", 6)
    leaf(s, 330, 26, 62, 24, "#7fae55", fat=0.44)
    shadow(s, 160, 206, 152, 84)
    s.ellipse(160, 188, 142, 88, "#8d5a30")
    s.ellipse(160, 180, 142, 88, "#c98f55")
    s.ellipse(160, 183, 124, 72, "#7d4e28")
    with s.stamp("s"):
        s.path(
            "M-15 0C-15 -10 2 -12 15 -3Q17 0 15 3C2 12 -15 10 -15 0Z",
            s.lin("#e0c08c", "#a67a42"),
            stroke="#7b5428",
            stroke_width=0.8,
        )
        s.path("M-9 0C-8 -5 2 -6 10 -1", "none", stroke="#f6e3bd", stroke_width=1.8)
    strew(s, "s", 160, 178, 112, 58, 60, 76, scale=(1.0, 1.25))
    for x, y, turn in ((330, 262, 20), (306, 250, -50), (352, 240, 80), (284, 274, 0)):
        s.place("s", x, y, turn, 1.3)


def rice_candy(s: Sheet) -> None:
    """Draw blocks of puffed-rice candy with peanuts and sesame."""
    board(s, "peach", cy=214, rx=182, ry=66)
    with s.stamp("g"):
        s.ellipse(0, 0, 6, 4, "#fffaf0", stroke="#e0b870", stroke_width=1)
    for x, y in ((52, 152), (178, 158), (112, 92)):
        shadow(s, x + 76, y + 78, 84, 16)
        s.path(f"M{x} {y}l30 -30h118l-26 30Z", "#f6dfab")
        s.path(f"M{x + 122} {y}l26 -30v58l-26 36Z", "#cf9a52")
        s.rect(x, y, 122, 64, s.lin("#f4d89c", "#dfae62"), rx=3)
        for row in range(4):
            for col in range(9):
                s.place(
                    "g", x + 9 + col * 13 + (row % 2) * 5 - 2, y + 9 + row * 15.6 + s.chance(-2, 2)
                )
        for col in range(7):
            s.place("g", x + 24 + col * 15.6, y - 10 - (col % 2) * 9)
        for px, py in ((22, 24), (70, 40), (98, 16), (46, 52)):
            s.ellipse(x + px, y + py, 8, 5.4, s.rad("#d9775c", "#a8412f"), turn=px)
        for px, py in ((36, 12), (84, 28), (60, 20), (108, 48), (14, 46)):
            s.ellipse(x + px, y + py, 3, 1.8, "#3a302a", turn=py * 3)


def ciba(s: Sheet) -> None:
    """Draw glutinous rice cakes dusted with soybean flour, syrup poured over."""
    hills(s, "cream", table="wood", at=70)
    plate(s, 194, 214, 168, 58, "#5a8f9a")
    for x, y, w in (
        (112, 196, 62),
        (206, 204, 66),
        (286, 194, 58),
        (158, 158, 64),
        (244, 160, 60),
        (200, 122, 58),
    ):
        s.path(
            f"M{x - w} {y}Q{x - w} {y - 30} {x} {y - 32}T{x + w} {y}Q{x + w} {y + 24} {x} {y + 26}T{x - w} {y}Z",
            s.rad("#fffdf6", "#eadcc0"),
        )
        s.path(
            f"M{x - w * 0.86} {y - 12}Q{x - w * 0.5} {y - 31} {x} {y - 31}T{x + w * 0.86} {y - 12}Q{x + w * 0.4} {y - 2} {x} {y - 6}T{x - w * 0.86} {y - 12}Z",
            s.lin("#e6bd72", "#cf9a48"),
        )
        for _ in range(7):
            s.circle(x + s.chance(-0.6, 0.6) * w, y + s.chance(-26, -8), 1.6, "#a8762c")
    s.path(
        "M186 44C192 70 184 84 160 96C150 110 158 128 170 122C184 118 190 130 186 146C184 160 200 162 204 148C206 132 216 124 230 128C246 128 250 112 236 102C214 92 200 76 204 44Z",
        s.lin("#7d3f1a", "#5b2a10"),
    )
    s.path("M174 10H250Q262 10 258 24L250 40Q210 56 180 42Z", s.lin("#f3eee2", "#c9c0ae"))
    s.line("M174 108q14 6 22 2M194 76q2 16 -2 26", "#c98a54", 3, opacity=0.8)
    s.ellipse(352, 268, 24, 8, "#d9a85a")


DRAWINGS = {
    "crisp-cakes": ("郁山擀酥饼", crisp_cakes),
    "tangyuan": ("苏麻汤圆", tangyuan),
    "chestnuts": ("板栗", chestnuts),
    "gualou-seeds": ("瓜蒌子", gualou_seeds),
    "rice-candy": ("米花糖", rice_candy),
    "ciba": ("糯米糍粑", ciba),
}
