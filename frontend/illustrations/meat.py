"""Drawings of cured and fresh meat, poultry and eggs."""

from pieces import basket, basket_rim, leaf
from settings import board, hills, shadow, table
from sheet import Sheet, number


def _pole(s: Sheet, y: float = 40) -> None:
    s.rect(-6, y - 9, 412, 18, s.lin("#c9a05a", "#8a6230"))
    for x in (60, 180, 330):
        s.rect(x, y - 10, 7, 20, "#77521f", opacity=0.6)


def _smoke(s: Sheet) -> None:
    for x, y in ((40, 250), (360, 230), (200, 290)):
        s.line(f"M{x} {y}q-22 -30 0 -60t0 -60", "#ffffff", 14, opacity=0.28)


def bacon(s: Sheet) -> None:
    """Draw strips of smoked bacon hanging from a bamboo pole."""
    hills(s, "peach", sun=None, table="pale")
    _smoke(s)
    _pole(s)
    for x, top, width, length in (
        (84, 74, 58, 176),
        (164, 80, 64, 186),
        (250, 74, 60, 172),
        (326, 82, 52, 160),
    ):
        s.line(f"M{x} 34V{top + 12}", "#d8b257", 5)
        w = width / 2
        n = number
        body = f"M{n(x - w * 0.7)} {top}Q{x} {top - 8} {n(x + w * 0.8)} {top + 2}C{n(x + w * 1.1)} {top + 50} {n(x + w * 0.86)} {top + 120} {n(x + w)} {top + length}Q{x} {top + length + 12} {n(x - w * 0.9)} {top + length - 4}C{n(x - w)} {top + 110} {n(x - w * 0.76)} {top + 60} {n(x - w * 0.7)} {top}Z"
        s.path(body, s.lin("#8d3b22", "#6a2416", across=True))
        for k, paint, thick in (
            (-0.5, "#f0cf94", 9),
            (-0.1, "#c4613a", 7),
            (0.18, "#eec489", 8),
            (0.56, "#d98a55", 5),
        ):
            s.line(
                f"M{n(x + w * k)} {top + 8}C{n(x + w * k + 6)} {top + 60} {n(x + w * k - 5)} {top + 110} {n(x + w * k + 3)} {top + length - 4}",
                paint,
                thick,
                opacity=0.95,
            )
        s.line(
            f"M{n(x + w * 0.82)} {top + 8}C{n(x + w * 1.05)} {top + 50} {n(x + w * 0.8)} {top + 120} {n(x + w * 0.92)} {top + length - 4}",
            "#4a1a0e",
            5,
        )
        s.line(f"M{n(x - w * 0.62)} {top + 14}V{top + length - 30}", "#ffffff", 2.4, opacity=0.35)


def pork_knuckle(s: Sheet) -> None:
    """Draw two smoked pork trotters on a board with bay and pepper."""
    board(s, "linen", cy=206, rx=182, ry=76)
    for x, y, turn, flip in ((196, 128, -10, False), (206, 216, 6, True)):
        shadow(s, x, y + 40, 150, 18)
        with s.at(x, y, turn, 1.0, flip):
            s.path(
                "M-148 4C-146 -36 -96 -52 -48 -44C-6 -38 30 -30 72 -30C96 -32 108 -30 122 -26L148 -30Q160 -20 150 -8L160 -2Q164 12 148 14L120 16C92 24 60 22 20 30C-30 42 -130 56 -148 4Z",
                s.lin("#c9793a", "#7a3216"),
            )
            s.ellipse(-126, 2, 24, 40, "#e9b98a", turn=6)
            s.ellipse(-126, 2, 18, 32, s.rad("#b84a3a", "#7f241d"), turn=6)
            s.ellipse(-128, 4, 8, 13, "#f7ead2")
            s.ellipse(-128, 4, 4, 7, "#c98a6a")
            s.line("M122 -24q8 20 2 38M150 -8L126 -4", "#4a1a0e", 3)
            s.path(
                "M148 -30Q166 -30 164 -18Q158 -10 150 -8Q142 -18 148 -30ZM160 -2Q174 2 168 12Q158 18 148 14Q148 4 160 -2Z",
                "#e8d3ac",
            )
            s.line("M-84 -34C-40 -32 10 -20 70 -18M-60 34q50 -2 90 -14", "#f2b878", 4, opacity=0.55)
            s.line("M-20 -34q8 24 0 54M26 -26q8 20 2 42", "#5d210f", 2.4, opacity=0.5)
    for x, y, turn in ((322, 116, 30), (336, 128, 70), (60, 250, -20)):
        leaf(s, x, y, 46, turn, "#7d9450")
    for x, y in ((300, 262), (316, 254), (328, 266), (96, 262), (340, 250)):
        s.circle(x, y, 5, s.rad("#a3413a", "#5b1a1a"))


def sausage(s: Sheet) -> None:
    """Draw links of smoked sausage hanging in pairs, some sliced on a board."""
    hills(s, "butter", sun=None)
    _pole(s, 34)
    with s.stamp("l"):
        s.path(
            "M-15 0C-20 30 -20 90 -14 122Q0 134 14 122C20 90 20 30 15 0Q0 -12 -15 0Z",
            s.lin("#d9634a", "#8c2a20", across=True),
        )
        for x, y, r in (
            (-6, 18, 3.6),
            (5, 34, 3),
            (-4, 54, 3.8),
            (7, 70, 3.2),
            (-7, 86, 3),
            (4, 104, 3.6),
            (8, 14, 2.6),
        ):
            s.ellipse(x, y, r, r * 1.4, "#f4cdb0", opacity=0.85)
        s.line("M-9 14V108", "#ffffff", 3, opacity=0.35)
    for x in (70, 118, 176, 224, 282, 330):
        s.line(f"M{x + (24 if x in (70, 176, 282) else -24)} 30L{x} 66", "#d8b257", 4)
        s.place("l", x, 74, 4 if x in (70, 176, 282) else -4, 1.05)
    s.ellipse(200, 262, 172, 34, "#9a6433")
    s.ellipse(200, 255, 172, 34, "#e0b078")
    for i in range(7):
        x = 92 + i * 36
        s.ellipse(x, 250, 21, 19, "#7d241b")
        s.ellipse(x - 3, 248, 19, 17, s.rad("#e0705a", "#a83427"))
        for dx, dy in ((-8, -6), (4, -8), (8, 4), (-4, 6), (-12, 4), (0, -1)):
            s.ellipse(x - 3 + dx, 248 + dy, 3, 2.2, "#f7dcc6")


def goat(s: Sheet) -> None:
    """Draw a black goat on a hillside meadow."""
    hills(s, "sky", at=66, table="moss")
    for i in range(14):
        leaf(
            s,
            10 + i * 29,
            294 - s.chance(0, 46),
            s.chance(16, 28),
            -90 + s.chance(-24, 24),
            "#5d8a49",
            "#8fb57a",
            0.18,
        )
    shadow(s, 196, 268, 130, 18)
    coat = s.lin("#54504f", "#1f1c1e")
    for x, shift in ((132, -4), (164, 2), (248, -2), (276, 4)):
        s.path(f"M{x - 11} 196L{x - 7 + shift} 262H{x + 8 + shift}L{x + 12} 196Z", "#262224")
        s.rect(x - 8 + shift, 258, 17, 11, "#0f0d0e", rx=2)
    s.path(
        "M96 148C98 118 150 112 198 116C232 116 256 108 276 116C298 124 304 168 290 196C280 216 262 208 240 214C206 222 150 224 122 210C98 198 92 176 96 148Z",
        coat,
    )
    s.path("M100 150Q78 132 84 114Q102 122 112 140Z", "#2a2628")
    s.path(
        "M250 132C262 104 268 88 282 76C296 64 318 66 328 80L352 100Q358 112 346 118C334 124 320 120 312 124C308 146 302 166 286 178Q250 170 250 132Z",
        coat,
    )
    s.path(
        "M288 78C278 52 262 36 236 32C254 46 264 62 270 86ZM302 70C298 46 286 26 266 16C278 34 284 54 286 76Z",
        s.lin("#cbb48e", "#7d6746"),
    )
    s.path("M284 84Q262 84 254 100Q276 106 294 94Z", "#2a2628")
    s.path("M284 88Q268 90 262 98Q276 100 288 94Z", "#8a6a66")
    s.circle(318, 92, 6.4, "#e8b13c")
    s.ellipse(318, 92, 4.6, 2, "#161214")
    s.line("M340 112q-8 2 -14 -2", "#0f0d0e", 2.4)
    s.circle(348, 106, 2.4, "#0f0d0e")
    s.path("M320 120Q326 142 316 156Q308 140 310 122Z", "#2a2628")
    s.line("M124 130q40 -8 84 -4M140 196q40 10 80 4M236 132q16 4 24 0", "#807b79", 2.4, opacity=0.6)


def goat_meat(s: Sheet) -> None:
    """Draw goat ribs and a leg cut on a board, with ginger and herbs."""
    board(s, "sage", cy=204, rx=184, ry=78)
    shadow(s, 150, 196, 120, 24)
    s.path(
        "M46 152C44 110 92 88 150 90C210 92 246 112 244 152C242 198 200 214 146 212C90 212 48 196 46 152Z",
        "#f3dcc6",
    )
    s.path(
        "M58 152C58 120 98 100 150 102C202 104 232 120 230 152C228 190 194 200 146 200C96 200 60 188 58 152Z",
        s.rad("#d9625c", "#a52f36"),
    )
    for i in range(5):
        x = 84 + i * 31
        s.path(
            f"M{x - 7} 108C{x - 12} 136 {x - 11} 168 {x - 4} 196L{x + 9} 196C{x + 3} 168 {x + 2} 136 {x + 7} 106Z",
            "#f7e7d3",
        )
        s.ellipse(x, 106, 8, 5, "#fffaf0")
        s.ellipse(x, 106, 4, 2.4, "#d99f8d")
    s.line("M66 148q30 14 60 6M170 176q24 -6 44 -22", "#f6cfc0", 3, opacity=0.7)
    shadow(s, 292, 226, 80, 20)
    with s.at(290, 198, -14):
        s.path(
            "M-78 -4C-78 -42 -26 -56 18 -46C60 -38 78 -16 74 12C68 42 20 50 -24 42C-56 38 -78 22 -78 -4Z",
            "#f0d3bd",
        )
        s.path(
            "M-68 -4C-68 -34 -24 -46 14 -38C50 -30 66 -14 62 10C56 34 18 40 -22 34C-50 30 -68 18 -68 -4Z",
            s.rad("#e0736b", "#a52f36"),
        )
        s.circle(-8, -4, 16, "#fbf0df")
        s.circle(-8, -4, 8, "#dba592")
        s.line(
            "M18 -28q22 10 30 30M-50 -12q8 20 24 30M20 22q16 -2 24 -12", "#f8d8ca", 3.4, opacity=0.8
        )
    for x, y, turn in ((84, 240, -20), (92, 248, 10), (84, 244, -60)):
        leaf(s, x, y, 54, turn, "#5f9a4c", fat=0.18)
    s.blob(
        [
            (158, 246),
            (178, 234),
            (204, 238),
            (222, 228),
            (236, 242),
            (222, 258),
            (190, 260),
            (166, 262),
        ],
        s.lin("#ecd08f", "#c39a54"),
    )
    s.line("M178 240q4 8 0 16M206 240q4 8 0 16", "#a37c3a", 2)


def hen(s: Sheet) -> None:
    """Draw a free-range hen under the hills."""
    hills(s, "butter", at=66, table="moss")
    shadow(s, 196, 272, 110, 16)
    s.line(
        "M178 232V266M178 266l-16 6M178 266l4 8M178 266l18 4M216 232V264M216 264l-14 8M216 264l6 8M216 264l18 4",
        "#e0962e",
        6,
    )
    for i, (dx, dy) in enumerate(((0, 0), (-10, 18), (-8, 36), (6, -16))):
        s.path(
            f"M118 {150 + dy / 2}C{92 + dx} {136 + dy} {66 + dx} {108 + dy} {52 + dx} {88 + dy * 1.1}C{84 + dx} {88 + dy} {112} {110 + dy} 140 {136 + dy / 2}Z",
            ("#3c3330", "#5a3a24", "#7d4a24", "#2c3a38")[i],
        )
    s.path(
        "M104 152C112 132 140 130 168 136C204 142 226 128 240 104C246 80 256 62 276 60C300 58 308 76 306 96C308 132 306 176 284 208C262 238 222 246 184 242C134 238 96 196 104 152Z",
        s.rad("#e9a95c", "#a4561f"),
    )
    s.path(
        "M140 160C168 148 214 156 238 176C226 206 190 222 158 212C136 204 128 180 140 160Z",
        s.lin("#8d4a1e", "#5c2f14"),
    )
    s.line("M150 176q34 -8 74 8M150 190q32 -4 62 6M160 204q22 0 38 2", "#d99a56", 3)
    s.line("M252 112q14 8 40 6M250 128q18 10 50 8M250 146q20 10 48 8", "#c9752e", 3, opacity=0.8)
    s.path(
        "M262 64C256 46 266 40 272 50C274 34 286 32 288 48C296 36 308 42 302 62Q284 72 262 64Z",
        "#d9352c",
    )
    s.path("M304 80L328 88L304 98Z", "#f0b43c")
    s.path("M300 98Q312 104 306 122Q294 120 296 102Z", "#d9352c")
    s.circle(288, 80, 6, "#fff4d8")
    s.circle(289, 80, 3.6, "#1c1412")
    for x, y in ((338, 262), (352, 270), (330, 276), (366, 258)):
        s.ellipse(x, y, 4, 3, "#f0c651")


def eggs(s: Sheet) -> None:
    """Draw brown and pale green eggs in a basket of straw."""
    table(s, "peach", "wood")
    basket(s, 200, 176, 140, 88)
    d = "".join(
        f"M{number(72 + i * 8.4)} {number(178 + s.chance(-10, 14))}q{number(s.chance(8, 22))} {number(s.chance(-22, -6))} {number(s.chance(24, 44))} {number(s.chance(-8, 8))}"
        for i in range(30)
    )
    s.line(d, "#e6c56f", 3)
    tones = (
        ("#f7dcbd", "#d49c6b"),
        ("#f3cfa8", "#c58a58"),
        ("#fbeedd", "#dfc09b"),
        ("#e4eddb", "#aec3a6"),
    )
    for x, y, turn, tone in (
        (118, 142, -20, 0),
        (168, 120, 8, 1),
        (228, 118, -10, 3),
        (284, 142, 22, 0),
        (146, 162, 12, 2),
        (200, 146, -4, 0),
        (256, 162, -16, 1),
        (204, 178, 86, 2),
    ):
        with s.at(x, y, turn):
            s.path(
                "M0 -44C22 -44 34 -8 33 10C32 32 18 40 0 40S-32 32 -33 10C-34 -8 -22 -44 0 -44Z",
                s.rad(*tones[tone]),
            )
            s.ellipse(-11, -14, 7, 12, "#ffffff", opacity=0.5, turn=16)
    basket_rim(s, 200, 176, 140)
    s.line("M64 170C70 40 330 40 336 170", "#b07f3e", 9)
    s.line("M64 170C70 40 330 40 336 170", "#e0b46c", 3, stroke_dasharray="10 8")
    with s.at(60, 256, 74, 0.9):
        shadow(s, 20, 0, 34, 30)
        s.path(
            "M0 -44C22 -44 34 -8 33 10C32 32 18 40 0 40S-32 32 -33 10C-34 -8 -22 -44 0 -44Z",
            s.rad(*tones[3]),
        )


def pork(s: Sheet) -> None:
    """Draw a slab of fresh belly pork with clear layers, on a board with leaves."""
    board(s, "mist", cy=210, rx=182, ry=72)
    shadow(s, 204, 222, 160, 24)
    s.path("M60 128L118 88H336L350 108L338 118L282 140Z", "#f7c9b8")
    s.path("M60 128H284V222Q172 234 60 222Z", "#f3b4a4")
    s.path("M284 128L344 98V186L284 222Z", "#d98c80")
    for y, paint, thick in (
        (136, "#f6d6c4", 14),
        (156, "#cf4f50", 17),
        (175, "#fbe6da", 11),
        (192, "#c9464a", 16),
        (209, "#f9dccd", 11),
    ):
        s.line(f"M60 {y}Q120 {y - 7} 172 {y + 2}T284 {y}", paint, thick, stroke_linecap="butt")
        s.line(
            f"M284 {y}L344 {y - 32 + (y - 136) * 0.06:.0f}",
            paint,
            thick - 3,
            stroke_linecap="butt",
            opacity=0.85,
        )
    s.path("M60 128H284L344 98L338 92H118Z", s.lin("#fbdccb", "#f1bba9"))
    s.line("M110 104q60 -8 210 -4M90 116q70 -8 220 -4", "#e8a08d", 2, opacity=0.6)
    for x, y, turn in ((74, 92, -40), (66, 96, -90), (82, 96, 0)):
        leaf(s, x, y, 50, turn, "#5f9a4c", fat=0.36)
    for x, y in ((314, 238), (334, 228), (300, 248)):
        s.ellipse(x, y, 15, 12, "#f4ead8")
        s.ellipse(x - 3, y - 3, 11, 8, "#fffdf6")
        s.line(f"M{x} {y - 12}v-10", "#cbb99a", 3)


DRAWINGS = {
    "bacon": ("腊肉", bacon),
    "pork-knuckle": ("腊猪蹄", pork_knuckle),
    "sausage": ("腊香肠", sausage),
    "goat": ("黑山羊", goat),
    "goat-meat": ("黑山羊肉", goat_meat),
    "hen": ("土鸡", hen),
    "eggs": ("土鸡蛋", eggs),
    "pork": ("鲜黑猪肉", pork),
}
