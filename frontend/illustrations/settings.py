"""Where the goods stand: the hills of 彭水, a table, a board, a cloth, a bamboo tray."""

from sheet import HEIGHT, WIDTH, Sheet, number

TINTS = {
    "cream": ("#fff8ea", "#fbe9cb"),
    "peach": ("#fff3ea", "#fbdcc6"),
    "sage": ("#f6f8ea", "#dfe9c9"),
    "sky": ("#f3f8f6", "#d5e6e2"),
    "butter": ("#fffae2", "#f9e7a9"),
    "rose": ("#fff4f0", "#f7d6cf"),
    "linen": ("#fbf6ee", "#ecdfcb"),
    "mist": ("#f7f6f2", "#dfe0d8"),
}


def shadow(
    s: Sheet, cx: float, cy: float, rx: float, ry: float | None = None, dark: float = 0.34
) -> None:
    """Lay a soft shadow on the ground."""
    paint = s.rad(
        f"#4a2c12/{dark:g}", f"#4a2c12/{dark * 0.6:g}", "#4a2c12/0", cx=0.5, cy=0.5, r=0.5
    )
    s.ellipse(cx, cy, rx, rx * 0.16 if ry is None else ry, paint)


def wall(s: Sheet, tint: str) -> None:
    """Fill the background with a warm light."""
    light, deep = TINTS[tint]
    s.rect(0, 0, WIDTH, HEIGHT, s.lin(light, deep))


def hills(
    s: Sheet, tint: str = "cream", sun: str | None = "#ffd89a", at: float = 300, table: str = "wood"
) -> None:
    """Draw the layered hills and river mist of 彭水 behind a table."""
    wall(s, tint)
    if sun:
        s.circle(at, 70, 34, sun, opacity=0.75)
    s.path(
        "M0 150 Q40 98 78 128 Q112 62 160 118 Q196 84 232 130 Q284 70 322 122 Q360 96 400 134V240H0Z",
        "#b9cfb4",
        opacity=0.55,
    )
    s.path(
        "M0 182 Q54 132 104 170 Q150 118 204 172 Q262 128 306 168 Q352 136 400 176V250H0Z",
        "#93b58f",
        opacity=0.6,
    )
    s.path("M0 208 Q70 172 140 200 T280 196 T400 206V260H0Z", "#6f9b74", opacity=0.55)
    s.rect(0, 176, WIDTH, 44, s.lin("#ffffff/0", "#ffffff/.55"))
    ground(s, table)


def ground(s: Sheet, kind: str = "wood", top: float = 216) -> None:
    """Draw the table the goods stand on."""
    if kind == "wood":
        s.rect(0, top, WIDTH, HEIGHT - top, s.lin("#d9a66c", "#b97f47"))
        s.rect(0, top, WIDTH, 5, "#efc795")
        for i, y in enumerate((238, 262, 285)):
            s.line(
                f"M0 {y}Q{110 + 60 * i} {y - 6} 230 {y + 2}T400 {y - 2}",
                "#9c6838",
                1.4,
                opacity=0.45,
            )
    elif kind == "pale":
        s.rect(0, top, WIDTH, HEIGHT - top, s.lin("#f3e3c8", "#e2c9a0"))
        s.rect(0, top, WIDTH, 4, "#fff3dc")
    elif kind == "stone":
        s.rect(0, top, WIDTH, HEIGHT - top, s.lin("#d9d5cb", "#b8b3a6"))
        s.rect(0, top, WIDTH, 4, "#ece9e1")
    else:
        s.rect(0, top, WIDTH, HEIGHT - top, s.lin("#9fb98a", "#7d9c6b"))
        s.rect(0, top, WIDTH, 4, "#bdd1aa")


def table(s: Sheet, tint: str = "cream", kind: str = "pale", halo: str | None = "#ffffff") -> None:
    """Draw a plain warm wall with a round glow, and a table."""
    wall(s, tint)
    if halo:
        s.circle(200, 140, 128, halo, opacity=0.45)
    ground(s, kind)


def board(
    s: Sheet, tint: str = "linen", cx: float = 200, cy: float = 214, rx: float = 168, ry: float = 62
) -> None:
    """Draw a round wooden board on a light surface, seen from above at a slant."""
    light, deep = TINTS[tint]
    s.rect(0, 0, WIDTH, HEIGHT, s.lin(light, deep, slant=True))
    shadow(s, cx + 6, cy + 16, rx + 22, ry + 12)
    s.ellipse(cx, cy + 9, rx, ry, "#9a6433")
    s.ellipse(cx, cy, rx, ry, s.lin("#e3b57c", "#cf9556"))
    for k in (0.86, 0.64, 0.4):
        s.ellipse(cx - 8, cy - 1, rx * k, ry * k, stroke="#b47d42", stroke_width=1.3, opacity=0.45)


def cloth(s: Sheet, tint: str = "cream", check: str = "#d9836b") -> None:
    """Draw a checked cloth seen from above."""
    light, deep = TINTS[tint]
    s.rect(0, 0, WIDTH, HEIGHT, s.lin(light, deep, slant=True))
    d = "".join(f"M{x} 0V300" for x in range(20, 400, 56)) + "".join(
        f"M0 {y}H400" for y in range(10, 300, 56)
    )
    s.line(d, check, 15, opacity=0.13, stroke_linecap="butt")


def tray(
    s: Sheet, tint: str = "sage", cx: float = 200, cy: float = 160, rx: float = 172, ry: float = 118
) -> None:
    """Draw a round bamboo tray (簸箕) with its weave."""
    light, deep = TINTS[tint]
    s.rect(0, 0, WIDTH, HEIGHT, s.lin(light, deep, slant=True))
    shadow(s, cx + 6, cy + 18, rx + 24, ry + 16, 0.3)
    s.ellipse(cx, cy + 6, rx, ry, "#a97b3c")
    s.ellipse(cx, cy, rx, ry, s.lin("#e9c988", "#c8994f"))
    s.ellipse(cx, cy + 3, rx - 13, ry - 12, s.rad("#f0d9a4", "#dfbd79", cx=0.5, cy=0.45))
    d = ""
    for i in range(-6, 7):
        x = i * 23
        half = (ry - 15) * max(0.0, 1 - (x / (rx - 14)) ** 2) ** 0.5
        d += f"M{number(cx + x)} {number(cy + 3 - half)}v{number(2 * half)}"
    for i in range(-4, 5):
        y = i * 22
        half = (rx - 16) * max(0.0, 1 - (y / (ry - 13)) ** 2) ** 0.5
        d += f"M{number(cx - half)} {number(cy + 3 + y)}h{number(2 * half)}"
    s.line(d, "#b98d46", 1.6, opacity=0.5)
