"""Drawings of grain, beans and oil."""

from pieces import bottle, bowl, label, leaf, mound, peak_mark, perilla, sack, strew
from settings import board, hills, shadow, table, tray
from sheet import Sheet, number


def _grain(s: Sheet, name: str, colour: str, length: float = 7, width: float = 3) -> None:
    with s.stamp(name):
        s.ellipse(
            0, 0, length, width, colour, stroke="#000000", stroke_opacity=0.16, stroke_width=1
        )
        s.ellipse(-length * 0.2, -width * 0.3, length * 0.45, width * 0.28, "#ffffff", opacity=0.6)


def _ear(
    s: Sheet, x: float, y: float, turn: float, colour: str = "#dfa93a", grains: int = 8
) -> None:
    with s.at(x, y, turn):
        s.line(f"M0 0Q{grains * 5} -8 {grains * 11} 4", "#a98a35", 2.6)
        for i in range(grains):
            px = 24 + i * 8.6
            for sign in (-1, 1):
                s.ellipse(px, sign * 6 - 3, 8, 3.8, colour, turn=sign * 28)


def rice(s: Sheet) -> None:
    """Draw a sack of mountain rice, ears of rice, a bowl of white grains."""
    hills(s, "butter")
    _grain(s, "r", "#fffdf4", 6.5, 2.4)
    sack(s, 156, 110, 74, 152, "#f3ead2", rise=34)
    strew(s, "r", 156, 106, 62, 14, 26, 40)
    label(s, 154, 200, 74, 62, lambda: peak_mark(s), rim="#7f9a3b")
    _ear(s, 236, 150, -58)
    _ear(s, 246, 168, -34)
    bowl(s, 292, 222, 66, 50, ("#f4fbfb", "#9cc0c6"), band="#3f7f92")
    mound(s, 292, 222, 60, 34, s.rad("#fffefa", "#ece3cd"), 17)
    strew(s, "r", 292, 220, 52, 13, 28, 26)


def corn_grits(s: Sheet) -> None:
    """Draw two golden cobs with their husks and a bowl of coarse grits."""
    hills(s, "sage", at=90)
    with s.stamp("k"):
        s.ellipse(0, 0, 5, 4.4, "#ffcf45")
    with s.stamp("cob"):
        leaf(s, -24, 6, 128, 24, "#8fae55", fat=0.22)
        leaf(s, -24, -4, 120, -22, "#a9c26a", fat=0.22)
        s.path(
            "M0 -26C70 -38 150 -24 168 0C150 24 70 38 0 26Q-10 0 0 -26Z",
            s.lin("#fbe28c", "#e39a1e"),
        )
        for row in range(-2, 3):
            for i in range(13):
                s.place("k", 10 + i * 11.4, row * 10.6 * (1 - (i / 15) ** 3))
        leaf(s, -34, 12, 106, 8, "#b9ce7c", fat=0.2)
    s.place("cob", 112, 240, -66, 1.05)
    s.place("cob", 186, 256, -84, 1.05)
    _grain(s, "c", "#f6bc33", 4.4, 3.4)
    bowl(s, 296, 212, 72, 58, ("#a6643a", "#6e3b1e"), "#5a3018")
    mound(s, 296, 212, 66, 38, s.rad("#ffdf7a", "#e7a52c"), 18)
    strew(s, "c", 296, 210, 58, 14, 32, 90, turn=0)


def peanuts(s: Sheet) -> None:
    """Draw small peanuts on a bamboo tray, some shelled."""
    tray(s, "peach")
    with s.stamp("p"):
        s.path(
            "M-24 0C-24 -14 -8 -14 -1 -8C6 -14 24 -13 24 0S6 14 -1 8C-8 14 -24 14 -24 0Z",
            s.lin("#eecb8c", "#c2904c"),
            stroke="#9a6b33",
            stroke_width=1,
        )
        s.line("M-18 -4q6 6 12 2M4 -3q6 6 14 1M-14 5q8 3 30 1", "#9a6b33", 1.2, opacity=0.65)
    with s.stamp("k"):
        s.ellipse(0, 0, 9, 6.5, s.rad("#d9775c", "#a8412f"))
        s.ellipse(-3, -2, 3, 1.4, "#ffffff", opacity=0.5)
    strew(s, "p", 200, 162, 132, 82, 70, 40, scale=(0.95, 1.25))
    for x, y, turn in (
        (150, 214, 12),
        (240, 222, -24),
        (200, 186, 40),
        (275, 178, 80),
        (120, 160, 10),
    ):
        s.place("k", x, y, turn, 1.3)
    with s.at(208, 128, -18, 1.7):
        s.path(
            "M-24 0C-24 -14 -8 -14 -1 -8C6 -14 24 -13 24 0S6 14 -1 8C-8 14 -24 14 -24 0Z", "#caa060"
        )
        s.path(
            "M-20 0C-20 -10 -8 -10 -1 -5C6 -10 20 -9 20 0S6 10 -1 5C-8 10 -20 10 -20 0Z", "#f8e6bf"
        )
        s.place("k", -11, 0, 10, 0.95)
        s.place("k", 10, 0, -10, 0.95)


def perilla_oil(s: Sheet) -> None:
    """Draw a bottle of perilla oil among purple leaves and seeds."""
    table(s, "rose", "wood")
    perilla(s, 116, 196, 104, -112)
    perilla(s, 108, 214, 92, -160)
    bottle(s, 200, 46, 92, 214, ("#f6c85a", "#d4901d"))
    label(s, 200, 182, 82, 78, lambda: perilla(s, -24, 8, 50, -10), "#fbf3e6", "#7d4a80")
    perilla(s, 272, 226, 92, -28)
    perilla(s, 268, 236, 78, -72, purple=False)
    _grain(s, "s", "#6b5344", 4.6, 4.2)
    strew(s, "s", 120, 262, 62, 12, 8, 34)


def camellia_oil(s: Sheet) -> None:
    """Draw a slim bottle of camellia oil with a white flower and fruits."""
    hills(s, "mist", sun=None)
    bottle(s, 150, 42, 84, 222, ("#f0d878", "#c9a63a"), "#2f5d3f", 0.3)
    label(s, 150, 188, 74, 84, lambda: peak_mark(s, "#2f5d3f"), rim="#2f5d3f")
    for x, y, turn in (
        (232, 208, -30),
        (226, 216, 20),
        (310, 190, -60),
        (318, 222, 10),
        (250, 196, -80),
    ):
        leaf(s, x, y, 72, turn, s.lin("#5f9a5c", "#2f6b41"), "#bcd8b2", 0.26)
    for i in range(7):
        s.ellipse(
            282,
            168,
            17,
            27,
            s.lin("#ffffff", "#efe8e2"),
            transform=f"rotate({i * 51.4:.1f} 282 192)",
        )
    s.circle(282, 192, 16, "#f4c542")
    for x, y in ((274, 188), (282, 183), (290, 189), (278, 198), (288, 199)):
        s.circle(x, y, 3, "#c98a1b")
    for x, y in ((232, 252), (268, 262), (330, 254)):
        shadow(s, x, y + 16, 26)
        s.circle(x, y, 20, s.rad("#c4785a", "#6f3322"))
        s.line(
            f"M{x} {y - 19}V{y}M{x} {y}L{x - 14} {y + 12}M{x} {y}L{x + 14} {y + 12}",
            "#4f2217",
            1.6,
            opacity=0.6,
        )


def rapeseed_oil(s: Sheet) -> None:
    """Draw a can of rapeseed oil with a handle, before a yellow field."""
    hills(s, "sky", at=330)
    s.path("M0 190Q100 172 200 190T400 184V222H0Z", "#f2c62e")
    for i in range(40):
        s.circle(
            i * 10.2 + 2, 194 + s.chance(-8, 16), s.chance(3, 6), "#ffdf57" if i % 2 else "#dba915"
        )
    s.rect(0, 216, 400, 84, s.lin("#d9a66c", "#b97f47"))
    shadow(s, 198, 274, 120)
    s.path(
        "M118 118Q118 92 150 88L170 66H232L260 88Q282 92 282 118V262Q282 276 268 276H132Q118 276 118 262Z",
        s.lin("#f9d34c", "#dd9a12", "#f2bd2e", across=True),
    )
    s.rect(226, 40, 42, 30, "#c03b2b", rx=5)
    s.rect(231, 66, 32, 18, "#f4d265")
    s.path(
        "M150 98Q150 42 196 42Q222 42 222 66H206Q206 58 194 58Q168 58 168 98Z",
        s.lin("#f4c53d", "#c98a14"),
    )
    s.line("M136 124V252", "#ffffff", 7, opacity=0.5)
    s.rect(152, 136, 98, 104, "#fffaf0", rx=6)
    with s.at(201, 214):
        s.line("M0 18V-40M0 0L-18 -20M0 -8L18 -28", "#6f9b3c", 4)
        for x, y in ((0, -46), (-20, -26), (20, -34), (-6, -30), (10, -16)):
            for dx, dy in ((-6, 0), (6, 0), (0, -6), (0, 6)):
                s.circle(x + dx, y + dy, 5.4, "#f4c51f")
            s.circle(x, y, 3, "#b98a10")


def soybeans(s: Sheet) -> None:
    """Draw a sack of soybeans with pods beside it."""
    table(s, "sage", "wood")
    _grain(s, "b", "#efcf7e", 7, 6.2)
    sack(s, 188, 112, 92, 150, "#e3ba60", ("#cbb491", "#9d7f54"), 40)
    strew(s, "b", 188, 108, 80, 18, 34, 96)
    for x, y, turn in ((292, 254, -24), (300, 232, 16)):
        with s.at(x, y, turn):
            s.path(
                "M-44 4Q-40 -14 -22 -11Q-10 -18 2 -11Q16 -17 26 -9Q42 -8 48 2Q34 14 20 11Q6 17 -6 12Q-22 17 -44 4Z",
                s.lin("#b7cb74", "#7f9d45"),
            )
            for k in (-22, 2, 26):
                s.ellipse(k, 0, 10, 8, "#cbdc8e", opacity=0.8)
    for x, y in ((84, 268), (104, 276), (66, 258), (252, 280), (96, 252), (330, 282)):
        s.place("b", x, y, x, 1.3)


def kidney_beans(s: Sheet) -> None:
    """Draw a dark bowl of red kidney beans on a board."""
    board(s, "cream")
    with s.stamp("b"):
        s.path(
            "M-15 1C-15 -12 -5 -12 0 -8C5 -12 15 -11 15 1C15 11 5 12 0 6C-5 12 -15 11 -15 1Z",
            s.rad("#c25a52", "#7c1f26"),
        )
        s.ellipse(-6, -4, 5, 2, "#ffffff", opacity=0.5, turn=-20)
        s.ellipse(0, 5, 3.2, 1.6, "#f6e3d2")
    bowl(s, 200, 152, 118, 96, ("#55707a", "#2c424c"), "#22343c", "#d9b25e")
    mound(s, 200, 152, 110, 56, "#7c1f26", 31)
    strew(s, "b", 200, 148, 92, 22, 50, 62, scale=(0.95, 1.15))
    for x, y, turn in (
        (66, 236, 20),
        (92, 254, -30),
        (330, 242, 60),
        (306, 258, 0),
        (344, 222, -40),
    ):
        shadow(s, x + 2, y + 9, 18)
        s.place("b", x, y, turn, 1.15)


def perilla_seed(s: Sheet) -> None:
    """Draw a bamboo scoop of perilla seed on a tray, with leaves."""
    tray(s, "rose", cy=166)
    _grain(s, "s", "#5f4a3e", 4.4, 4)
    _grain(s, "t", "#8b7461", 4.4, 4)
    s.blob(
        [
            (74, 176),
            (130, 116),
            (220, 108),
            (300, 142),
            (328, 190),
            (270, 236),
            (180, 248),
            (104, 226),
        ],
        "#5b473b",
    )
    strew(s, "s", 200, 180, 120, 56, 60, 130, turn=0)
    strew(s, "t", 200, 178, 112, 50, 54, 50, turn=0)
    perilla(s, 92, 150, 108, -42)
    perilla(s, 104, 164, 86, -88, purple=False)
    with s.at(262, 150, 32):
        s.path("M-66 -30H20Q40 -30 40 0T20 30H-66Q-50 0 -66 -30Z", s.lin("#e7bf7c", "#a9743a"))
        s.path("M-54 -22H16Q30 -22 30 0T16 22H-54Q-42 0 -54 -22Z", "#4e3b30")
        s.rect(38, -9, 92, 18, "#c8924f", rx=8)
    strew(s, "t", 250, 142, 30, 14, 12, 24)


def buckwheat_noodles(s: Sheet) -> None:
    """Draw three bundles of dried buckwheat noodles and a paper band."""
    board(s, "mist", cy=206, ry=70)
    for y, x, turn in ((172, 70, -7), (206, 64, 2), (238, 78, -4)):
        with s.at(x, y, turn):
            shadow(s, 132, 22, 140, 12)
            s.rect(0, -20, 264, 40, s.lin("#b9a48a", "#8b745a"), rx=6)
            d = "".join(
                f"M{number(s.chance(-4, 3))} {-17 + i * 3.8:.1f}H{number(s.chance(262, 270))}"
                for i in range(10)
            )
            s.line(d, "#e0cfb4", 1.5, opacity=0.85)
            s.rect(108, -22, 46, 44, s.lin("#fdf6e6", "#e3d3b2"))
            with s.at(131, 0, 0, 0.8):
                peak_mark(s, "#6d4f7a")
    for x, y in ((92, 92), (116, 74), (142, 96), (300, 84), (324, 102), (280, 106)):
        for dx, dy in ((-8, 0), (8, 0), (0, -8), (0, 8), (0, 0)):
            s.circle(x + dx, y + dy, 6, "#ffffff" if dx or dy else "#e79aa8")
    s.line("M120 150Q110 120 116 84M300 150Q310 120 302 92", "#8fa870", 3)


DRAWINGS = {
    "rice": ("高山大米", rice),
    "corn-grits": ("玉米糁", corn_grits),
    "peanuts": ("小米花生", peanuts),
    "perilla-oil": ("紫苏油", perilla_oil),
    "camellia-oil": ("山茶油", camellia_oil),
    "rapeseed-oil": ("菜籽油", rapeseed_oil),
    "soybeans": ("黄豆", soybeans),
    "kidney-beans": ("红芸豆", kidney_beans),
    "perilla-seed": ("苏麻籽", perilla_seed),
    "buckwheat-noodles": ("荞麦挂面", buckwheat_noodles),
}
