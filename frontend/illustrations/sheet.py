"""A sheet of drawing paper, 400 × 300, that writes small and deterministic SVG."""

import contextlib
import math
from collections.abc import Iterator, Sequence

WIDTH, HEIGHT = 400, 300

Point = tuple[float, float]


def number(value: float) -> str:
    """Write a number with at most one decimal and no needless zero."""
    text = f"{value:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


class Sheet:
    """Collects shapes in order; later ones lie above earlier ones.

    Shapes are methods that take numbers and colours. Gradients are asked for with
    ``lin`` and ``rad``, which answer a paint to be used as ``fill``; equal gradients
    are written once. ``chance`` is a fixed sequence of pseudo-random numbers, so the
    same program draws the same bytes everywhere.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.defs: dict[str, str] = {}
        self.parts: list[str] = []
        self._state = sum((i + 1) * ord(sign) for i, sign in enumerate(title)) or 1

    # Chance.

    def chance(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return the next number of the fixed sequence, between ``low`` and ``high``."""
        self._state = (self._state * 1103515245 + 12345) % (1 << 31)
        return low + (high - low) * ((self._state >> 8) % 10007) / 10007

    # Paint.

    def lin(self, *colours: str, across: bool = False, slant: bool = False) -> str:
        """Return a linear gradient, from top to bottom unless ``across`` or ``slant``."""
        end = {"x2": "1", "y2": "1"} if slant else {"x2": "1", "y2": "0"}
        if not across and not slant:
            end = {"x2": "0", "y2": "1"}
        head = f'linearGradient x1="0" y1="0" x2="{end["x2"]}" y2="{end["y2"]}"'
        return self._gradient(head, colours)

    def rad(self, *colours: str, cx: float = 0.36, cy: float = 0.3, r: float = 0.75) -> str:
        """Return a radial gradient, brightest upper left as if lit from a window."""
        return self._gradient(f'radialGradient cx="{cx:g}" cy="{cy:g}" r="{r:g}"', colours)

    def _gradient(self, head: str, colours: Sequence[str]) -> str:
        stops = ""
        for i, colour in enumerate(colours):
            paint, _, opacity = colour.partition("/")
            offset = number(100 * i / max(1, len(colours) - 1))
            faint = f' stop-opacity="{opacity}"' if opacity else ""
            stops += f'<stop offset="{offset}%" stop-color="{paint}"{faint}/>'
        body = f"{head}|{stops}"
        if body not in self.defs:
            name = f"g{len(self.defs)}"
            tag = head.split()[0]
            self.defs[body] = (
                f"<{head.replace(tag, f'{tag} id={chr(34)}{name}{chr(34)}', 1)}>{stops}</{tag}>"
            )
        return f"url(#g{list(self.defs).index(body)})"

    # Shapes.

    def add(self, tag: str, **attributes: object) -> None:
        """Add any element; underscores in names become hyphens."""
        text = ""
        for name, value in attributes.items():
            if value is None:
                continue
            shown = number(value) if isinstance(value, (int, float)) else str(value)
            if name in ("opacity", "stroke_opacity", "fill_opacity"):
                shown = f"{value:g}" if isinstance(value, (int, float)) else shown
            text += f' {name.replace("_", "-")}="{shown}"'
        self.parts.append(f"<{tag}{text}/>")

    def path(self, d: str, fill: str = "none", **more: object) -> None:
        """Add a path; a stroke comes with round ends."""
        if "stroke" in more:
            more.setdefault("stroke_linecap", "round")
        self.add("path", d=d, fill=fill, **more)

    def ellipse(
        self, cx: float, cy: float, rx: float, ry: float, fill: str = "none", **more: object
    ) -> None:
        """Add an ellipse; ``turn`` rotates it about its middle, in degrees."""
        turn = more.pop("turn", None)
        if turn:
            more["transform"] = f"rotate({number(float(str(turn)))} {number(cx)} {number(cy)})"
        self.add("ellipse", cx=cx, cy=cy, rx=rx, ry=ry, fill=fill, **more)

    def circle(self, cx: float, cy: float, r: float, fill: str = "none", **more: object) -> None:
        """Add a circle."""
        self.add("circle", cx=cx, cy=cy, r=r, fill=fill, **more)

    def rect(
        self, x: float, y: float, width: float, height: float, fill: str, **more: object
    ) -> None:
        """Add a rectangle; ``rx`` rounds its corners."""
        self.add("rect", x=x, y=y, width=width, height=height, fill=fill, **more)

    def line(self, d: str, stroke: str, width: float = 2, **more: object) -> None:
        """Add an open line along a path."""
        self.path(d, "none", stroke=stroke, stroke_width=width, **more)

    def blob(self, points: Sequence[Point], fill: str, **more: object) -> None:
        """Add a smooth closed shape through the points."""
        self.path(smooth(points), fill, **more)

    @contextlib.contextmanager
    def at(
        self, x: float = 0, y: float = 0, turn: float = 0, scale: float = 1, flip: bool = False
    ) -> Iterator[None]:
        """Move, turn and scale everything drawn inside."""
        steps = f"translate({number(x)} {number(y)})"
        if turn:
            steps += f" rotate({number(turn)})"
        if scale != 1 or flip:
            sx = -scale if flip else scale
            steps += f" scale({sx:.3g} {scale:.3g})" if flip else f" scale({scale:.3g})"
        self.parts.append(f'<g transform="{steps}">')
        yield
        self.parts.append("</g>")

    @contextlib.contextmanager
    def stamp(self, name: str) -> Iterator[None]:
        """Keep what is drawn inside as a stamp, to be placed with ``place``."""
        outer, self.parts = self.parts, []
        yield
        self.defs[f"stamp {name}"] = f'<g id="{name}">{"".join(self.parts)}</g>'
        self.parts = outer

    def place(self, name: str, x: float, y: float, turn: float = 0, scale: float = 1) -> None:
        """Put a stamp somewhere."""
        if not turn and scale == 1:
            self.parts.append(f'<use href="#{name}" x="{x:.0f}" y="{y:.0f}"/>')
            return
        steps = f"translate({x:.0f} {y:.0f})"
        if turn:
            steps += f"rotate({turn:.0f})"
        if scale != 1:
            steps += f"scale({scale:.2g})"
        self.parts.append(f'<use href="#{name}" transform="{steps}"/>')

    def text(self) -> str:
        """Return the finished SVG."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img"><title>{self.title}（演示插图）</title>'
            f"<defs>{''.join(self.defs.values())}</defs>{''.join(self.parts)}</svg>\n"
        )


def smooth(points: Sequence[Point], closed: bool = True) -> str:
    """Return a path that runs softly through the points."""
    count = len(points)
    d = f"M{number(points[0][0])} {number(points[0][1])}"
    for i in range(count if closed else count - 1):
        if closed:
            a, b, c, e = (points[(i + k) % count] for k in (-1, 0, 1, 2))
        else:
            a, b, c, e = (points[min(max(i + k, 0), count - 1)] for k in (-1, 0, 1, 2))
        near = (b[0] + (c[0] - a[0]) / 6, b[1] + (c[1] - a[1]) / 6)
        far = (c[0] - (e[0] - b[0]) / 6, c[1] - (e[1] - b[1]) / 6)
        d += "C" + " ".join(number(v) for v in (*near, *far, *c))
    return d + ("Z" if closed else "")


def around(cx: float, cy: float, rx: float, ry: float, count: int, start: float = 0) -> list[Point]:
    """Return points evenly around an ellipse, from ``start`` degrees on."""
    angles = [math.radians(start + 360 * i / count) for i in range(count)]
    return [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in angles]


def heap(
    sheet: Sheet, cx: float, cy: float, rx: float, ry: float, rise: float, count: int
) -> list[Point]:
    """Return scattered places on a heap over an ellipse, the far ones first."""
    places = []
    for i in range(count):
        x = (2 * ((i * 0.618034 + 0.31) % 1) - 1) * 0.97
        dome = math.sqrt(1 - x * x)
        y = sheet.chance(-rise * dome, ry * dome)
        places.append((cx + rx * x, cy + y))
    return sorted(places, key=lambda place: place[1])
