"""Drawings of vegetables, mushrooms and green tofu."""

from pieces import basket, basket_rim, bowl, leaf, plate
from settings import board, cloth, hills, shadow, table
from sheet import Sheet, around, number


def radish(s: Sheet) -> None:
    """Draw white radishes with their leaves, one cut into rounds."""
    hills(s, "sky")
    for x, y, turn, k in ((120, 150, 66, 1.0), (196, 140, 80, 1.1)):
        with s.at(x, y, turn, k):
            shadow(s, 60, 34, 96, 10)
            for a, length in ((150, 80), (176, 92), (204, 80), (228, 60)):
                leaf(s, -8, 0, length, a, s.lin("#83b95b", "#4c8a3c"), "#dcecc2", 0.26)
            s.path(
                "M-14 -20C14 -40 70 -34 104 -18C124 -8 138 0 150 8C128 14 110 20 84 28C46 38 2 36 -14 20Q-24 0 -14 -20Z",
                s.lin("#ffffff", "#dfe2d4"),
            )
            s.path(
                "M-14 -20Q0 -30 16 -33Q8 0 16 34Q-6 34 -14 20Q-24 0 -14 -20Z",
                "#c3d99a",
                opacity=0.8,
            )
            s.line("M40 -20q4 8 2 14M70 6q4 8 2 14M96 -8q3 6 1 10", "#b9bda8", 1.8)
    for x, y in ((292, 226), (326, 246), (272, 256)):
        shadow(s, x, y + 20, 44)
        s.ellipse(x, y + 8, 38, 26, "#d5d9c5")
        s.ellipse(x, y, 38, 26, "#f1f3e6")
        s.ellipse(x, y, 33, 22, s.rad("#ffffff", "#f0f2e4", cx=0.5, cy=0.5))
        d = "".join(f"M{x} {y}L{number(px)} {number(py)}" for px, py in around(x, y, 27, 17, 10))
        s.line(d, "#dfe3cd", 1.5)


def _morel(s: Sheet, x: float, y: float, k: float, turn: float = 0) -> None:
    with s.at(x, y, turn, k):
        s.path(
            "M-17 10C-15 36 -22 56 -24 70Q0 80 24 70C22 56 15 36 17 10Z",
            s.lin("#fbf0d6", "#d9c39a", across=True),
        )
        s.line("M-8 22q2 24 -2 44M8 24q0 20 4 40", "#c0a878", 1.6, opacity=0.6)
        s.path(
            "M0 -82C24 -74 38 -30 35 -2C32 16 16 20 0 20S-32 16 -35 -2C-38 -30 -24 -74 0 -82Z",
            s.lin("#b58a57", "#6f4826", across=True),
        )
        s.place("pit", 0, 0)


def morel(s: Sheet) -> None:
    """Draw morels with honeycombed caps on moss."""
    hills(s, "mist", sun=None, table="moss")
    with s.stamp("pit"):
        for row in range(8):
            y = -66 + row * 11
            half = (9, 17, 22, 26, 28, 29, 28, 24)[row]
            for i in range(2 + (row > 0) + (row > 2)):
                many = 2 + (row > 0) + (row > 2)
                px = -half + 2 * half * (i + 0.5) / many
                s.ellipse(px, y + (i % 2) * 4, half / many * 0.78, 5.6, "#4a2c14", turn=(px * 0.6))
    for x, y, k, turn in (
        (94, 176, 0.95, -8),
        (206, 150, 1.45, 2),
        (312, 182, 1.05, 10),
        (148, 216, 0.72, -14),
        (266, 222, 0.66, 8),
    ):
        shadow(s, x, y + 72 * k, 40 * k)
        _morel(s, x, y, k, turn)
    for i in range(16):
        x = 14 + i * 25
        leaf(
            s,
            x,
            292 - s.chance(0, 14),
            s.chance(16, 30),
            -90 + s.chance(-26, 26),
            "#5d8a49",
            "#8fb57a",
            0.2,
        )


def wood_ear(s: Sheet) -> None:
    """Draw black wood-ear mushrooms growing on a log."""
    hills(s, "sage", at=70)
    shadow(s, 200, 262, 190, 20)
    s.rect(20, 188, 340, 66, s.lin("#9b7048", "#5e3e23"), rx=10)
    s.ellipse(358, 221, 20, 33, "#d9b17c")
    s.ellipse(358, 221, 13, 23, stroke="#a9804e", stroke_width=2)
    s.ellipse(358, 221, 6, 11, stroke="#a9804e", stroke_width=2)
    s.line("M34 204h90M150 214h70M40 236h120M230 240h90M250 202h70", "#4a2f18", 2, opacity=0.5)
    for x, y, k in (
        (76, 190, 0.9),
        (140, 172, 1.25),
        (222, 166, 1.45),
        (300, 184, 1.05),
        (180, 206, 0.95),
        (262, 212, 0.85),
        (112, 218, 0.75),
    ):
        with s.at(x, y, 0, k):
            s.path(
                "M-44 4C-54 -26 -22 -48 4 -38C32 -50 58 -22 44 6C36 24 14 14 2 24C-12 16 -36 26 -44 4Z",
                s.rad("#6e5047", "#2a1c1a"),
            )
            s.path(
                "M-30 2C-34 -18 -12 -30 4 -22C22 -30 38 -12 30 4C22 12 12 4 2 12C-8 6 -24 12 -30 2Z",
                "#4b332d",
            )
            s.line("M-24 -6q10 -14 26 -10M10 -10q12 -4 18 6", "#a98878", 2.4, opacity=0.7)


def bamboo_shoots(s: Sheet) -> None:
    """Draw dried bamboo-shoot strips and two fresh shoots in their sheaths."""
    hills(s, "butter", table="pale", at=60)
    for x, y, k, turn in ((296, 244, 1.15, 6), (240, 250, 0.85, -8)):
        with s.at(x, y, turn, k):
            shadow(s, 0, 4, 52)
            s.path(
                "M-36 0C-36 -60 -14 -120 2 -150C18 -120 38 -60 36 0Q0 16 -36 0Z",
                s.lin("#b58a58", "#6f4a2b", across=True),
            )
            for i in range(4):
                y0 = -8 - i * 30
                w = 36 - i * 7
                s.path(
                    f"M{-w} {y0}Q{-w * 0.2:.0f} {y0 - 12} {w * 0.3:.0f} {y0 - 58}Q{w} {y0 - 26} {w} {y0}Q0 {y0 + 12} {-w} {y0}Z",
                    "#c79c66" if i % 2 else "#9c7040",
                    stroke="#5e3d20",
                    stroke_width=1.2,
                )
            s.path("M-3 -134Q-2 -150 2 -156Q8 -144 9 -130Z", "#a9c26a")
    with s.stamp("strip"):
        s.path(
            "M-80 -7C-40 -15 20 -13 78 -3Q86 2 76 7C20 5 -40 3 -80 9Q-88 1 -80 -7Z",
            s.lin("#edcf8d", "#b9873f"),
        )
        s.line("M-70 -2Q0 -9 66 0M-66 4Q0 -3 60 4", "#8f6428", 1.3, opacity=0.6)
    shadow(s, 126, 262, 120, 18)
    for x, y, turn, k in (
        (118, 262, 4, 1.15),
        (122, 246, -10, 1.1),
        (112, 230, 8, 1.1),
        (130, 214, -6, 1.0),
        (116, 198, 14, 0.95),
        (128, 184, -14, 0.85),
        (122, 172, 6, 0.7),
    ):
        s.place("strip", x, y, turn, k)


def pumpkin(s: Sheet) -> None:
    """Draw a flat ribbed pumpkin and a wedge with seeds."""
    hills(s, "peach", at=70)
    shadow(s, 170, 262, 150, 22)
    paint = s.rad("#f7b24a", "#c7641c")
    for x, rx in ((76, 44), (264, 44), (108, 56), (232, 56), (140, 54), (200, 54)):
        s.ellipse(x, 186, rx, 78, paint, stroke="#a54f14", stroke_width=1.6)
    s.ellipse(170, 187, 46, 80, s.rad("#fcc262", "#d27322"), stroke="#a54f14", stroke_width=1.6)
    s.path(
        "M152 118Q158 96 142 74Q160 64 174 76Q172 98 190 116Q170 126 152 118Z",
        s.lin("#8aa25a", "#566f34"),
    )
    s.line("M186 92q30 -24 52 -6t30 -10", "#7d9850", 4)
    leaf(s, 196, 98, 60, -28, "#7fae55", fat=0.42)
    with s.at(318, 232, -8):
        shadow(s, 0, 44, 66)
        s.path("M-56 40C-62 -18 -20 -66 42 -64C20 -40 14 0 38 40Q-10 54 -56 40Z", "#c7641c")
        s.path("M-44 38C-48 -12 -12 -52 40 -60C20 -38 16 2 36 38Q-6 48 -44 38Z", "#ffc052")
        s.path("M-14 34C-18 4 0 -26 26 -40C16 -16 14 8 28 34Q6 40 -14 34Z", "#e88a2a")
        for x, y, turn in ((4, 20, 20), (10, 0, 60), (0, 2, 100), (16, 24, -20), (14, -18, 70)):
            s.ellipse(x, y, 7, 4, "#fff4d4", turn=turn)


def cabbage(s: Sheet) -> None:
    """Draw a round highland cabbage with open outer leaves."""
    hills(s, "sky", at=320)
    shadow(s, 200, 266, 150, 22)
    for x, y, rx, ry, turn in (
        (104, 204, 66, 76, -34),
        (296, 204, 66, 76, 34),
        (146, 236, 84, 44, 14),
        (256, 238, 84, 44, -14),
    ):
        s.blob(
            [(px + s.chance(-6, 6), py + s.chance(-6, 6)) for px, py in around(x, y, rx, ry, 14)],
            s.rad("#a9cf7e", "#5f9a4c"),
            transform=f"rotate({turn * 0.3:.0f} {x} {y})",
        )
    s.circle(200, 176, 92, s.rad("#eaf3c4", "#8fbe62"))
    s.path("M120 140C150 90 240 84 282 134C240 118 168 120 120 140Z", "#f3f8d8", opacity=0.6)
    s.line(
        "M200 266C198 220 196 160 206 92M200 250C176 216 150 190 122 170M200 236C226 204 250 180 278 166M199 208C182 180 166 156 150 138M200 196C218 168 234 146 250 130",
        "#f6fae4",
        4.6,
        opacity=0.85,
    )
    s.path(
        "M118 168C112 214 146 262 196 268C170 246 150 214 146 176Q134 166 118 168Z",
        "#9ac66e",
        opacity=0.7,
    )
    s.path(
        "M282 168C288 214 254 262 204 268C230 246 250 214 254 176Q266 166 282 168Z",
        "#86b85c",
        opacity=0.7,
    )
    for x, y in ((150, 116), (240, 108), (178, 150), (262, 196), (132, 210)):
        s.ellipse(x, y, 4, 5.4, "#ffffff", opacity=0.75)


def shiitake(s: Sheet) -> None:
    """Draw dried shiitake with cracked caps in a basket."""
    table(s, "linen", "wood")
    basket(s, 200, 168, 138, 96)
    with s.stamp("m"):
        s.ellipse(0, 6, 33, 25, "#d8bd8f")
        s.ellipse(0, 0, 34, 25, s.rad("#a9744a", "#5a341c"))
        s.line(
            "M-22 -4L-8 2L-4 -16M-8 2L-2 17M6 -18L8 -4L24 -6M8 -4L10 12L24 10M-20 8L-10 10",
            "#f1dfbd",
            3,
        )
    with s.stamp("u"):
        s.ellipse(0, 0, 33, 24, "#7d4e2b")
        s.ellipse(0, -1, 28, 20, "#f0dcb2")
        d = "".join(
            f"M{number(a)} {number(b)}L{number(c)} {number(e)}"
            for (a, b), (c, e) in zip(
                around(0, -1, 8, 6, 18), around(0, -1, 27, 19, 18), strict=True
            )
        )
        s.line(d, "#c3a26c", 1.3)
        s.ellipse(0, -2, 9, 7, "#d3b27c")
        s.ellipse(0, -5, 7, 5, "#e9cf9c")
    for x, y, turn, kind in (
        (110, 148, -10, "m"),
        (160, 130, 30, "m"),
        (224, 126, -30, "u"),
        (284, 146, 14, "m"),
        (140, 172, 60, "u"),
        (196, 160, 100, "m"),
        (254, 172, -60, "m"),
        (204, 192, 10, "m"),
        (100, 176, 140, "m"),
        (300, 174, 80, "m"),
    ):
        s.place(kind, x, y, turn, 1.1)
    basket_rim(s, 200, 168, 138)
    s.place("m", 52, 266, 20, 0.9)
    s.place("u", 348, 264, -10, 0.9)


def peppers(s: Sheet) -> None:
    """Draw fresh long peppers, green and red, in a shallow basket."""
    cloth(s, "cream", "#7fa968")
    shadow(s, 200, 210, 180, 76)
    s.ellipse(200, 176, 172, 96, "#b98745")
    s.ellipse(200, 168, 172, 94, "#d9ae68")
    s.ellipse(200, 170, 152, 78, "#8d622f")
    for name, top, low in (("g", "#8fc453", "#3f7f30"), ("r", "#ef5a42", "#b01f1c")):
        with s.stamp(name):
            s.path(
                "M-62 -10C-40 -20 0 -16 30 -4C48 4 62 4 74 -2C64 14 44 18 24 14C-10 10 -40 14 -62 10Q-70 0 -62 -10Z",
                s.lin(top, low),
            )
            s.line("M-50 -7C-24 -12 4 -8 26 1", "#ffffff", 3, opacity=0.5)
            s.path("M-60 -10Q-70 -6 -66 0Q-72 6 -60 11Q-52 2 -60 -10Z", "#5d8a35")
            s.line("M-66 0Q-82 -2 -90 -12", "#5d8a35", 5)
    for i, (x, y, turn, k) in enumerate(
        (
            (110, 140, 20, 0.95),
            (250, 122, -14, 1),
            (176, 124, 8, 0.9),
            (290, 168, 30, 0.95),
            (140, 178, -24, 1.05),
            (226, 166, 160, 1),
            (120, 206, 10, 0.85),
            (206, 204, -8, 1.1),
            (280, 206, 168, 0.95),
        )
    ):
        s.place("r" if i in (2, 5, 8) else "g", x, y, turn, k)


def green_tofu(s: Sheet) -> None:
    """Draw emerald leaf tofu (斑鸠豆腐) in a bowl with a red pepper dressing."""
    board(s, "butter", cy=222, ry=58)
    for x, y, turn in ((330, 206, -50), (338, 214, -10), (60, 216, 200), (66, 206, 240)):
        leaf(s, x, y, 60, turn, s.lin("#6fb04f", "#35763a"), fat=0.42)
    bowl(s, 200, 158, 126, 92, ("#fffdf8", "#d6d1c4"), "#c9c7b0", "#5a8f9a")
    for x, y in ((140, 140), (206, 126), (264, 142), (172, 164), (236, 166), (204, 148)):
        s.path(f"M{x - 36} {y}l34 -15l38 12l-34 17Z", "#8fc766")
        s.path(f"M{x - 36} {y}l38 14v22l-38 -12Z", s.lin("#5fa548", "#3c7d35"))
        s.path(f"M{x + 2} {y + 14}l34 -17v22l-34 17Z", s.lin("#4c913e", "#2f6b2d"))
        s.path(f"M{x - 20} {y - 1}l20 -9l10 3l-21 10Z", "#ffffff", opacity=0.45)
    for x, y in (
        (186, 128),
        (200, 122),
        (214, 128),
        (196, 134),
        (222, 140),
        (180, 140),
        (208, 140),
        (232, 128),
    ):
        s.ellipse(x, y, 7, 4, "#d13a22", turn=x)
    for x, y in ((204, 130), (190, 136), (226, 134), (212, 122)):
        s.ellipse(x, y, 4, 2.4, "#f7ecc8", turn=y)
    for x, y in ((150, 134), (262, 138), (240, 158), (176, 160)):
        s.circle(x, y, 3, "#eadf9a")


def beans(s: Sheet) -> None:
    """Draw fresh green beans lying in a white dish."""
    table(s, "sage", "pale")
    plate(s, 200, 208, 160, 62, "#8fae7a")
    with s.stamp("v"):
        s.path(
            "M-78 4C-40 -14 20 -18 72 -8Q86 -8 92 -14Q86 2 70 6C20 2 -36 2 -72 14Q-84 14 -78 4Z",
            s.lin("#a3d167", "#4f9440"),
        )
        s.line("M-66 4C-30 -8 20 -11 66 -4", "#d7efae", 2.4, opacity=0.7)
    for i in range(15):
        s.place("v", 200 + s.chance(-34, 34), 222 - i * 7.4, s.chance(-26, 26), 1.05 - i * 0.025)


DRAWINGS = {
    "radish": ("雷公盖萝卜", radish),
    "morel": ("羊肚菌", morel),
    "wood-ear": ("黑木耳", wood_ear),
    "bamboo-shoots": ("干笋", bamboo_shoots),
    "pumpkin": ("老南瓜", pumpkin),
    "cabbage": ("高山莲白", cabbage),
    "shiitake": ("香菇", shiitake),
    "peppers": ("鲜辣椒", peppers),
    "green-tofu": ("斑鸠豆腐", green_tofu),
    "beans": ("四季豆", beans),
}
