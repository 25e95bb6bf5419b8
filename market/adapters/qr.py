"""QR codes, drawn as SVG that stands in the page itself."""

import io

import segno


def svg(text: str, label: str) -> str:
    """Return a QR code of a text as an SVG element without a style of its own; ``label`` is read aloud."""
    held = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(
        held,
        kind="svg",
        xmldecl=False,
        svgns=False,
        omitsize=True,
        border=4,
        dark="#000",
        light="#fff",
        svgclass="qr",
        lineclass=None,
        title=label,
        nl=False,
    )
    return held.getvalue().decode().replace("<svg ", '<svg role="img" ', 1)
