"""Drawings of sauces, pickles and spices."""

from pieces import bowl, jar, leaf, mound, plate, strew
from settings import board, cloth, hills, shadow, table
from sheet import Sheet


def _chili(s: Sheet, name: str, top: str = "#e8432f", low: str = "#9c1a16") -> None:
    with s.stamp(name):
        s.path(
            "M-30 -6C-18 -11 4 -9 20 -2C30 2 36 0 42 -5C38 6 26 10 14 8C-4 6 -18 8 -30 7Q-35 0 -30 -6Z",
            s.lin(top, low),
        )
        s.line("M-24 -4Q0 -6 16 1", "#ffffff", 1.8, opacity=0.5)
        s.line("M-32 0Q-40 -1 -44 -6", "#6f8a3a", 3.4)


def chili_sauce(s: Sheet) -> None:
    """Draw a jar of red chilli sauce with fresh chillies and garlic."""
    table(s, "rose", "wood")
    _chili(s, "c")
    jar(s, 186, 84, 146, 186, ("#d9351f", "#a01c12"), ("#e3b64a", "#a97c1e"))
    for i in range(20):
        s.ellipse(
            186 + s.chance(-58, 58),
            128 + s.chance(0, 128),
            s.chance(3, 6),
            s.chance(2, 4),
            "#f08a4a" if i % 3 else "#f7dfa0",
            turn=i * 24,
            opacity=0.9,
        )
    s.rect(128, 154, 116, 80, "#fff4dc", rx=5)
    s.rect(133, 159, 106, 70, "none", rx=4, stroke="#c0331f", stroke_width=2)
    s.place("c", 178, 188, -24, 1.0)
    s.place("c", 194, 204, 14, 1.0)
    for x, y, turn in ((302, 240, -30), (316, 262, 8), (70, 256, 200), (86, 276, 170)):
        shadow(s, x, y + 10, 36)
        s.place("c", x, y, turn, 1.15)
    for x, y in ((346, 222), (366, 240)):
        s.path(
            f"M{x} {y - 24}q4 10 14 16q12 20 -14 22q-26 -2 -14 -22q10 -6 14 -16Z",
            s.lin("#fffdf6", "#e2d6c4"),
        )
        s.line(
            f"M{x} {y - 14}v24M{x - 8} {y - 6}q-4 10 2 18M{x + 8} {y - 6}q4 10 -2 18",
            "#cdbfae",
            1.4,
        )


def pickle_crock(s: Sheet) -> None:
    """Draw a glazed pickle crock with its water rim, pickles in a dish."""
    hills(s, "sage", table="stone", at=70)
    _chili(s, "c")
    shadow(s, 168, 264, 120)
    s.path(
        "M96 92C44 130 44 222 110 262H226C292 222 292 130 240 92Z",
        s.lin("#5f3420", "#a5633a", "#4a2716", across=True),
    )
    s.path("M70 138Q168 172 266 138L270 158Q168 192 66 158Z", "#d9a04a", opacity=0.55)
    s.ellipse(168, 94, 92, 24, "#7a452a")
    s.ellipse(168, 90, 92, 22, "#94583a")
    s.ellipse(168, 90, 76, 16, "#a9c4c4")
    s.path(
        "M112 88C112 50 138 40 168 40S224 50 224 88Q168 104 112 88Z",
        s.lin("#a5633a", "#5f3420", across=True),
    )
    s.ellipse(168, 42, 18, 8, "#b9744a")
    s.line("M84 168Q80 210 116 246M128 62q8 -12 26 -13", "#ffffff", 6, opacity=0.3)
    bowl(s, 316, 222, 64, 42, ("#fdfaf3", "#cfc7b6"), "#e9e2d0", "#5a8f9a")
    for x, y, turn, paint in (
        (286, 214, 10, "#f3f0dc"),
        (306, 206, -20, "#f6b04a"),
        (330, 212, 24, "#f3f0dc"),
        (346, 214, -10, "#9fc26a"),
        (316, 220, 4, "#f6b04a"),
        (296, 224, -30, "#9fc26a"),
        (336, 224, 16, "#f3f0dc"),
    ):
        s.rect(
            x - 20,
            y - 5,
            40,
            11,
            paint,
            rx=5,
            stroke="#000000",
            stroke_opacity=0.15,
            transform=f"rotate({turn} {x} {y})",
        )
    s.place("c", 314, 208, -12, 0.8)


def dried_chili(s: Sheet) -> None:
    """Draw strings of dried red chillies hanging on a farmhouse wall."""
    s.rect(0, 0, 400, 300, s.lin("#f3dcb4", "#dcb981"))
    for y in (74, 150, 226):
        s.line(f"M0 {y}H400", "#b98d52", 3, opacity=0.5)
    for x in (90, 200, 318):
        s.line(f"M{x} 0V300", "#b98d52", 2, opacity=0.3)
    s.rect(0, 18, 400, 16, s.lin("#a9743a", "#7b5022"))
    _chili(s, "c", "#d9332a", "#7d1312")
    _chili(s, "o", "#ef5a3a", "#a82318")
    for x, length in ((84, 9), (204, 11), (322, 8)):
        s.line(f"M{x} 26V{58 + length * 20}", "#d8b257", 4)
        shadow(s, x + 16, 60 + length * 11, 52, length * 12, 0.22)
        for i in range(length):
            y = 62 + i * 20
            s.place("c", x + 30, y, 58 + s.chance(-12, 12), 1.2)
            s.place("o", x - 30, y + 6, 122 + s.chance(-12, 12), 1.2)
            s.place("c" if i % 2 else "o", x, y + 10, 90 + s.chance(-14, 14), 1.15)


def sichuan_pepper(s: Sheet) -> None:
    """Draw green Sichuan pepper: a branch with berries and a dish full."""
    board(s, "sage", cy=212)
    with s.stamp("b"):
        s.circle(0, 0, 7.4, s.rad("#b8cc6a", "#5f8a34"))
        s.circle(2, 2, 1, "#3f5f22")
        s.circle(-3, 3, 1, "#3f5f22")
    with s.stamp("o"):
        s.path("M-8 0A8 8 0 0 1 8 0L3 5L0 1L-4 5Z", "#8f9f4a")
        s.circle(0, 1, 3.6, "#22201c")
    bowl(s, 218, 176, 112, 82, ("#8a5a3a", "#4f2f1c"), "#3a2416")
    mound(s, 218, 176, 104, 44, "#6f8a3c", 30)
    strew(s, "b", 218, 174, 90, 22, 38, 70, turn=0)
    strew(s, "o", 218, 174, 80, 20, 32, 26, turn=180)
    s.line("M24 132Q90 120 168 58M80 116Q84 86 70 60M120 96Q140 96 160 104", "#6b5a2b", 5)
    for x, y, turn in (
        (50, 126, 70),
        (96, 108, 80),
        (66, 60, -140),
        (72, 62, -60),
        (168, 58, -20),
        (150, 70, 40),
        (26, 132, 170),
    ):
        leaf(s, x, y, 50, turn, s.lin("#6fa34a", "#3c7432"), fat=0.3)
    for x, y in (
        (76, 88),
        (90, 84),
        (82, 100),
        (66, 98),
        (138, 84),
        (152, 92),
        (128, 98),
        (142, 104),
        (110, 118),
        (124, 122),
    ):
        s.place("b", x, y)


def fermented_tofu(s: Sheet) -> None:
    """Draw a squat jar of fermented bean curd in red oil, cubes on a dish."""
    table(s, "peach", "pale")
    jar(s, 142, 108, 168, 158, ("#e06a32", "#a8331a"), ("#4f7a57", "#2f5238"))
    for x, y, turn in (
        (96, 168, 6),
        (146, 156, -8),
        (190, 172, 12),
        (108, 218, -6),
        (158, 206, 4),
        (196, 226, -10),
        (128, 246, 8),
        (176, 250, -4),
    ):
        s.rect(
            x - 20,
            y - 17,
            40,
            34,
            s.lin("#fbe6bd", "#e0ab68"),
            rx=5,
            opacity=0.95,
            transform=f"rotate({turn} {x} {y})",
        )
        s.line(f"M{x - 12} {y - 8}h12", "#ffffff", 3, opacity=0.6)
    for _ in range(16):
        s.ellipse(
            142 + s.chance(-66, 66),
            160 + s.chance(0, 92),
            3.6,
            2.2,
            "#b5200f",
            turn=s.chance(0, 180),
        )
    plate(s, 308, 250, 84, 28, "#c9463a")
    for x, y in ((286, 226), (334, 228), (310, 240)):
        s.path(f"M{x - 26} {y - 10}l26 -10l26 10l-26 11Z", "#fff0cc")
        s.path(f"M{x - 26} {y - 10}l26 11v22l-26 -10Z", "#e9bb78")
        s.path(f"M{x} {y + 1}l26 -11v22l-26 11Z", "#d69c58")
        s.path(
            f"M{x - 20} {y - 10}Q{x} {y - 18} {x + 18} {y - 10}Q{x + 10} {y - 2} {x + 4} {y + 8}Q{x - 4} {y - 4} {x - 20} {y - 10}Z",
            "#d0401f",
            opacity=0.85,
        )
    leaf(s, 352, 232, 30, -60, "#5f9a4c")


def dried_radish(s: Sheet) -> None:
    """Draw spiced dried-radish strips in a dish with chopsticks."""
    cloth(s, "cream", "#d9836b")
    shadow(s, 190, 190, 170, 104)
    s.ellipse(190, 166, 158, 110, "#3f5f6b")
    s.ellipse(190, 160, 158, 108, s.lin("#7da3ad", "#567c88"))
    s.ellipse(190, 164, 136, 88, "#e9e3d3")
    with s.stamp("s"):
        s.path(
            "M-46 -6Q-20 -16 4 -8T46 -8Q52 2 44 8Q20 14 -2 6T-44 9Q-52 2 -46 -6Z",
            s.lin("#f0b455", "#b9701f"),
        )
        s.line("M-36 -2Q-14 -9 6 -3T38 -1", "#ffe2a8", 2.4, opacity=0.8)
    for i in range(17):
        s.place("s", 190 + s.chance(-78, 78), 120 + i * 5.4, s.chance(-70, 70), 1.1)
    for i in range(22):
        s.ellipse(
            190 + s.chance(-92, 92),
            162 + s.chance(-48, 52),
            4.4,
            2.4,
            "#c4281a" if i % 2 else "#f6ecc8",
            turn=i * 31,
        )
    for x, y in ((150, 130), (226, 150), (190, 190), (250, 190), (132, 182)):
        s.ellipse(x, y, 6, 3, "#5f9a4c", turn=x)
    s.line("M262 40L392 196M280 30L400 170", "#8a4a2a", 8)
    s.line("M262 40L282 64M280 30L300 54", "#e0b060", 8)


DRAWINGS = {
    "chili-sauce": ("辣椒酱", chili_sauce),
    "pickle-crock": ("土坛泡菜", pickle_crock),
    "dried-chili": ("干辣椒", dried_chili),
    "sichuan-pepper": ("青花椒", sichuan_pepper),
    "fermented-tofu": ("豆腐乳", fermented_tofu),
    "dried-radish": ("香辣萝卜干", dried_radish),
}
