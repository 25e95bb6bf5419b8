"""Pictures as people give them, made fit to keep and to show; read and written by Pillow."""

import io
import struct
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps

from market.core.errors import Refused

MOST_SIDE = 2000
MOST_PIXELS = 60_000_000

# How each kind is written again; nothing but the pixels is carried over.
_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("image/jpeg", {"quality": 85, "optimize": True}),
    "PNG": ("image/png", {"optimize": True}),
    "WEBP": ("image/webp", {"quality": 85}),
}
# What Pillow is known to raise for contents that only begin like a picture.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
)

# Pillow only warns up to twice this number; the check below is stricter than both.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Picture:
    """A picture written anew: its bytes, and their media type."""

    content: bytes
    media_type: str


def cleaned(content: bytes) -> Picture:
    """Return a JPEG, PNG or WebP upright, at most ``MOST_SIDE`` long, with nothing but its pixels.

    EXIF (which holds the place where it was taken), comments and colour profiles are
    left behind; of a moving picture the first frame is kept. Refuses what is not such
    a picture, and one of more than ``MOST_PIXELS``, which is read from its head
    before anything is unpacked.
    """
    try:
        with Image.open(io.BytesIO(content), formats=list(_KINDS)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Refused(
                    f"图片像素过多（{image.width}×{image.height}），最多"
                    f" {MOST_PIXELS // 10_000} 万像素，请缩小后再上传。"
                )
            # Some phones put several pictures into one JPEG (MPO); the first is the picture.
            kind = image.format if image.format in _KINDS else "JPEG"
            shown = _plain(ImageOps.exif_transpose(image), kind)
    except _BROKEN:
        raise Refused("这个文件不是可以读取的图片，请上传 JPG、PNG 或 WebP 图片。") from None
    media_type, options = _KINDS[kind]
    out = io.BytesIO()
    shown.save(out, kind, **options)
    return Picture(out.getvalue(), media_type)


def _plain(image: Image.Image, kind: str) -> Image.Image:
    clear = kind != "JPEG" and (image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info)
    plain = image.convert("RGBA" if clear else "RGB")
    plain.thumbnail((MOST_SIDE, MOST_SIDE))
    plain.info = {}  # Pillow would write some of it again, comments for one.
    return plain
