"""Drawings of sweet-potato goods and konjac."""

from pieces import bowl, leaf, mound, plate, straw_tie
from settings import board, hills, shadow, table, tray
from sheet import Sheet, number

SKIN = ("#c8607a", "#8f2f4f")
FLESH = ("#ffc66b", "#f0932f")


def _tuber(
    s: Sheet, x: float, y: float, length: float, turn: float, skin: tuple[str, str] = SKIN
) -> None:
    with s.at(x, y, turn, length / 100):
        s.path(
            "M-52 3C-40 -20 -14 -30 10 -26C32 -23 44 -10 56 -2C40 14 22 26 -6 25C-28 24 -42 14 -52 3Z",
            s.lin(*skin),
        )
        s.line("M-52 3q-10 2 -16 8M56 -2q8 0 14 -6", skin[1], 3)
        s.line(
            "M-22 -12q6 3 13 2M8 -14q7 3 14 1M-10 10q7 3 14 1M22 6q5 2 10 0",
            "#5d1a33",
            1.6,
            opacity=0.45,
        )
        s.ellipse(-8, -15, 20, 4, "#ffffff", opacity=0.25, turn=-4)


def _slice(s: Sheet, x: float, y: float, r: float, turn: float = 0) -> None:
    s.ellipse(x, y + 4, r, r * 0.72, SKIN[1], turn=turn)
    s.ellipse(x, y, r, r * 0.72, SKIN[0], turn=turn)
    s.ellipse(x, y, r * 0.9, r * 0.63, s.rad(*FLESH, cx=0.5, cy=0.5), turn=turn)
    for k in (0.62, 0.34):
        s.ellipse(
            x, y, r * k, r * k * 0.7, stroke="#e07f1d", stroke_width=1.3, opacity=0.6, turn=turn
        )


def noodles(s: Sheet) -> None:
    """Draw a bundle of translucent sweet-potato noodles, tied with straw."""
    board(s, "butter", cy=206, rx=178, ry=70)
    shadow(s, 200, 228, 150, 22)
    for layer in range(5):
        paint = ("#a89f8e", "#c4bba8", "#d9d2c0", "#ece6d6", "#faf6ea")[layer]
        d = ""
        for i in range(11):
            start = 128 + i * 9.2 + s.chance(-5, 5)
            mid = 150 + i * 5.4 + s.chance(-2, 2)
            end = 130 + i * 9.4 + s.chance(-7, 7)
            n = number
            d += f"M{n(46 + s.chance(-12, 12))} {n(start)}C120 {n(start - 10)} 150 {n(mid)} 200 {n(mid)}S300 {n(end - 10)} {n(352 + s.chance(-14, 12))} {n(end)}"
        s.line(d, paint, 5.6 - layer * 0.75, opacity=0.92)
    straw_tie(s, 178, 150, 46, 58)
    _tuber(s, 84, 262, 74, -8)
    _slice(s, 322, 258, 28, -8)


def wide_noodles(s: Sheet) -> None:
    """Draw a copper hot pot with wide noodles in red broth."""
    table(s, "peach", "wood")
    shadow(s, 200, 262, 150, 22)
    s.path(
        "M66 148C70 226 118 258 200 258S330 226 334 148Z",
        s.lin("#d98a4d", "#8c4a22", "#c5753c", across=True),
    )
    s.path("M66 166q-30 4 -30 22t34 14M334 166q30 4 30 22t-34 14", stroke="#8c4a22", stroke_width=9)
    s.ellipse(200, 148, 136, 46, "#e8a76c")
    s.ellipse(200, 149, 126, 40, s.rad("#d8432b", "#a42318", cx=0.5, cy=0.4))
    for x, y, r in (
        (110, 140, 10),
        (144, 170, 8),
        (270, 172, 11),
        (300, 146, 9),
        (176, 126, 7),
        (240, 122, 8),
    ):
        s.ellipse(x, y, r, r * 0.5, "#f59a4a", opacity=0.7)
    for i in range(7):
        y = 134 + i * 6
        s.line(
            f"M{112 + i * 9} {y}C150 {y - 20} 180 {y + 22} 216 {y}S270 {y - 14} {300 - i * 6} {y + 5}",
            "#8f8272",
            10,
        )
        s.line(
            f"M{112 + i * 9} {y - 2}C150 {y - 22} 180 {y + 20} 216 {y - 2}S270 {y - 16} {300 - i * 6} {y + 3}",
            "#efe6d6",
            6,
        )
    s.line("M236 128C246 84 262 70 286 40M252 132C262 92 276 76 300 48", "#6b3d1e", 6)
    s.line(
        "M238 148C236 110 250 112 250 96C250 86 258 84 262 92C266 104 256 120 268 138", "#f4ecdd", 8
    )
    for x, y, turn in ((124, 158, 20), (292, 160, -40), (156, 128, 80)):
        with s.at(x, y, turn):
            s.path("M-14 0Q0 -9 16 -2Q0 7 -14 0Z", "#7d1410")
    for x, y in ((190, 176), (210, 172), (230, 178), (150, 150), (278, 148)):
        s.ellipse(x, y, 5, 2.6, "#6fae4a")
    s.line("M128 100q-10 -16 0 -30t0 -30M176 92q-10 -16 0 -30t0 -30", "#ffffff", 6, opacity=0.7)


def hot_sour_noodles(s: Sheet) -> None:
    """Draw a paper cup of hot and sour noodles with a fork lifting some."""
    table(s, "butter", "stone")
    shadow(s, 196, 270, 110)
    s.path(
        "M98 122L126 264Q128 274 140 274H256Q268 274 270 264L298 122Z",
        s.lin("#e65a3f", "#b52c22", across=True),
    )
    s.path("M106 164L114 204H282L290 164Z", "#fff4dc")
    s.circle(198, 184, 30, "#fff4dc")
    s.path(
        "M180 194Q176 172 198 168Q204 176 202 184Q212 178 214 168Q224 190 206 202Q186 208 180 194Z",
        "#d9402a",
    )
    s.ellipse(198, 122, 102, 30, "#fff8ea")
    s.ellipse(198, 123, 93, 25, "#c23a20")
    for i in range(9):
        y = 116 + i * 3
        s.line(
            f"M{116 + i * 3} {y}C150 {y - 18} 176 {y + 16} 206 {y}S258 {y - 10} {284 - i * 4} {y + 3}",
            "#d9cfbb" if i % 2 else "#f7f0df",
            4.6,
        )
    for x, y in ((140, 128), (160, 134), (250, 126), (228, 136), (190, 140), (264, 120)):
        s.ellipse(x, y, 7, 4, "#cfa05a")
    for x, y in ((150, 120), (238, 116), (206, 132), (176, 128)):
        s.ellipse(x, y, 6, 3.4, "#5fa044", turn=x)
    d = "".join(
        f"M{206 + i * 6} 124C{204 + i * 7} 96 {200 + i * 7} 84 {212 + i * 4} 54" for i in range(8)
    )
    s.line(d, "#efe6d2", 3.6)
    with s.at(232, 62, 24):
        s.rect(-5, -56, 10, 58, "#c79358", rx=5)
        s.path("M-17 0H17V10Q17 20 0 20T-17 10Z", "#b78144")
        s.line("M-14 8V28M-5 10V30M5 10V30M14 8V28", "#b78144", 5)


def starch(s: Sheet) -> None:
    """Draw a bowl of white starch, a wooden spoon, sweet potatoes behind."""
    hills(s, "sky", sun=None, table="pale")
    _tuber(s, 106, 196, 120, -18)
    _tuber(s, 316, 202, 104, 14)
    bowl(s, 206, 178, 104, 88, ("#d98d5a", "#9d5428"), "#7e4220")
    mound(s, 206, 178, 96, 62, s.rad("#ffffff", "#e4ded2", cx=0.4, cy=0.2), 27)
    s.line(
        "M150 146q20 -20 44 -22M180 160q22 -8 40 -6M236 130q18 8 26 24", "#cfc7b8", 2.4, opacity=0.7
    )
    with s.at(244, 132, -42):
        s.ellipse(0, 0, 26, 16, "#c8924f")
        s.ellipse(0, -2, 20, 11, "#ffffff")
        s.rect(22, -6, 92, 12, "#b67c3d", rx=6)
    _slice(s, 88, 256, 30)
    _slice(s, 132, 268, 26)
    s.ellipse(304, 268, 44, 9, "#ffffff", opacity=0.85)
    s.ellipse(316, 264, 22, 6, "#f3eee4")


def sweet_potato(s: Sheet) -> None:
    """Red-skinned sweet potatoes, one broken open and golden inside."""
    board(s, "peach", cy=208, rx=180, ry=74)
    _tuber(s, 128, 142, 128, -26)
    _tuber(s, 270, 132, 134, 18)
    shadow(s, 200, 226, 120, 20)
    with s.at(176, 200, -10):
        s.path("M-110 6C-92 -32 -40 -48 6 -40L46 -34L46 42C10 52 -66 48 -110 6Z", s.lin(*SKIN))
        s.ellipse(46, 4, 21, 39, SKIN[0])
        s.ellipse(47, 4, 18, 35, s.rad("#ffd98a", "#f29a35", cx=0.5, cy=0.5))
        s.ellipse(47, 4, 10, 21, stroke="#e07f1d", stroke_width=1.6, opacity=0.6)
        s.line("M-74 -14q8 4 18 2M-30 -26q8 4 18 2M-50 20q10 3 18 0", "#5d1a33", 2, opacity=0.45)
    for x, y, r, turn in ((262, 222, 34, -14), (298, 238, 32, -8), (246, 248, 30, 4)):
        _slice(s, x, y, r, turn)
    for x, y, turn in ((70, 110, -70), (84, 104, -30), (64, 124, -120)):
        leaf(s, x, y, 46, turn, "#6aa14f", fat=0.44)


def sweet_potato_dried(s: Sheet) -> None:
    """Draw dried sweet-potato sticks on a bamboo tray in the sun."""
    tray(s, "butter")
    with s.stamp("d"):
        s.path(
            "M-40 -8Q-20 -14 2 -10T40 -7Q44 2 38 8Q16 12 -6 9T-40 9Q-46 0 -40 -8Z",
            s.lin("#f5a04a", "#c0601d"),
        )
        s.line("M-32 -3Q-10 -8 10 -4T34 -2", "#ffd395", 2.4, opacity=0.8)
        s.line("M-28 4Q-6 0 14 4T30 4", "#9c4714", 1.4, opacity=0.5)
    for row in range(5):
        for col in range(5):
            x = 82 + col * 60 + (row % 2) * 14
            y = 84 + row * 36
            if ((x - 200) / 140) ** 2 + ((y - 160) / 94) ** 2 < 1:
                s.place("d", x, y, s.chance(-35, 35), s.chance(0.9, 1.15))
    for x, y, turn in ((160, 150, 58), (240, 170, -50), (200, 208, 12), (206, 118, -16)):
        s.place("d", x, y, turn, 1.1)
    _tuber(s, 330, 252, 96, -24)


def konjac(s: Sheet) -> None:
    """Grey, glossy cubes of konjac on a plate, slices in front."""
    board(s, "sage", cy=212)
    plate(s, 200, 196, 148, 58, "#7f9b6f")
    for x, y in ((146, 128), (226, 124), (186, 160), (262, 158), (112, 164)):
        s.path(f"M{x - 38} {y}l38 -20l40 16l-38 22Z", "#b5aba1")
        s.path(f"M{x - 38} {y}l40 18v40l-40 -18Z", s.lin("#8f857c", "#70665f"))
        s.path(f"M{x + 2} {y + 18}l38 -22v40l-38 22Z", s.lin("#7d736b", "#5e554f"))
        s.path(f"M{x - 24} {y - 2}l24 -12l10 4l-24 13Z", "#ffffff", opacity=0.4)
        for _ in range(5):
            s.circle(x + s.chance(-28, 28), y + s.chance(14, 40), 1.6, "#463f3a", opacity=0.5)
    for x, y, turn in ((172, 228, -8), (214, 232, 4), (256, 224, 12)):
        s.rect(x - 24, y - 8, 48, 15, "#978d84", rx=4, transform=f"rotate({turn} {x} {y})")
        s.rect(x - 20, y - 7, 40, 4, "#c9c0b7", rx=2, transform=f"rotate({turn} {x} {y})")
    for x, y, turn in ((306, 206, -60), (312, 204, -20), (92, 214, 200)):
        leaf(s, x, y, 42, turn, "#5f9a4c")


def potatoes(s: Sheet) -> None:
    """Draw highland potatoes tumbling out of a net bag, one cut."""
    hills(s, "linen", at=80)
    shadow(s, 200, 272, 160)
    skin = s.rad("#ecc883", "#b98743")
    for x, y, rx, ry, turn in (
        (120, 190, 48, 38, -20),
        (206, 172, 52, 40, 12),
        (286, 196, 48, 37, -10),
        (160, 236, 54, 42, 8),
        (252, 244, 52, 38, -6),
        (78, 248, 40, 31, 18),
    ):
        shadow(s, x + 4, y + ry - 2, rx)
        s.ellipse(x, y, rx, ry, skin, turn=turn)
        for i in range(5):
            s.ellipse(
                x + s.chance(-0.6, 0.6) * rx,
                y + s.chance(-0.6, 0.6) * ry,
                3.4,
                1.6,
                "#8d6129",
                opacity=0.6,
                turn=i * 40,
            )
        s.ellipse(
            x - rx * 0.3, y - ry * 0.5, rx * 0.3, ry * 0.13, "#ffffff", opacity=0.4, turn=turn - 10
        )
    s.ellipse(334, 258, 40, 31, "#b98743")
    s.ellipse(331, 255, 37, 28, s.rad("#fff2bb", "#f1d57d", cx=0.5, cy=0.5))
    s.ellipse(331, 255, 24, 16, stroke="#e2c264", stroke_width=1.6, opacity=0.7)
    leaf(s, 214, 134, 56, -50, "#5f9a4c", fat=0.4)
    leaf(s, 210, 134, 50, -110, "#77ad5c", fat=0.4)


DRAWINGS = {
    "noodles": ("晶丝苕粉", noodles),
    "wide-noodles": ("火锅宽苕粉", wide_noodles),
    "hot-sour-noodles": ("酸辣粉", hot_sour_noodles),
    "starch": ("红薯淀粉", starch),
    "sweet-potato": ("鲜食红薯", sweet_potato),
    "sweet-potato-dried": ("红薯干", sweet_potato_dried),
    "konjac": ("魔芋豆腐", konjac),
    "potatoes": ("高山土豆", potatoes),
}
