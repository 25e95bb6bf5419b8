"""Keep files, and attach them to what they prove."""

from collections.abc import Sequence
from pathlib import PurePosixPath

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.files import Files
from market.adapters.pictures import cleaned
from market.audit.services import record
from market.core.db import upsert
from market.core.errors import Refused
from market.evidence.models import Attachment, StoredFile

MOST_BYTES = 10 * 1024 * 1024
PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"

_SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    PDF: ".pdf",
    XLSX: ".xlsx",
    CSV: ".csv",
}
_SAME_SUFFIX = {".jpeg": ".jpg"}


def attach(
    session: Session,
    files: Files,
    content: bytes,
    *,
    name: str,
    by: Person | None,
    is_public: bool = False,
    unit_id: int | None = None,
    supplier_id: int | None = None,
    images_only: bool = False,
) -> Attachment:
    """Keep what somebody uploaded, and say who may see it.

    Pictures are written anew without EXIF, so that nobody learns where they were
    taken; a PDF is kept as it is. The same content is kept once. Refuses an empty
    file, one above 10 MB, and what is neither a JPEG, PNG or WebP picture nor
    (unless ``images_only``) a PDF.
    """
    if not content:
        raise Refused("文件是空的，请重新选择文件。")
    if len(content) > MOST_BYTES:
        raise Refused(
            f"文件有 {len(content) / 1024 / 1024:.1f} MB，超过上限 10 MB，请压缩后再上传。"
        )
    media_type = PDF
    if not content.startswith(b"%PDF-"):
        picture = cleaned(content)
        content, media_type = picture.content, picture.media_type
    elif images_only:
        raise Refused("这里只能上传图片（JPG、PNG 或 WebP），不能上传 PDF。")
    attachment = Attachment(
        name=_name(name, media_type),
        is_public=is_public,
        file_id=_stored(session, files, content, media_type),
        by_id=by.id if by else None,
        unit_id=unit_id,
        supplier_id=supplier_id,
    )
    session.add(attachment)
    session.flush()
    sha256 = attachment.file.sha256
    record(session, "file.attached", attachment, by=by, sha256=sha256, is_public=is_public)
    return attachment


def attach_sheet(
    session: Session, files: Files, content: bytes, *, name: str, by: Person | None
) -> Attachment:
    """Keep a table that was read (Excel or CSV) exactly as it was given, for those who oversee."""
    media_type = XLSX if content.startswith(b"PK") else CSV
    attachment = Attachment(
        name=_name(name, media_type),
        file_id=_stored(session, files, content, media_type),
        by_id=by.id if by else None,
    )
    session.add(attachment)
    session.flush()
    sha256 = attachment.file.sha256
    record(session, "file.attached", attachment, by=by, sha256=sha256, is_public=False)
    return attachment


def forget_attachment(session: Session, attachment: Attachment) -> None:
    """Let nobody have a file by this attachment any more; its content stays where it is kept.

    For what its caller records: nothing may refer to the attachment.
    """
    session.delete(attachment)
    session.flush()


def publish(session: Session, attachments: Sequence[Attachment], *, by: Person) -> None:
    """Let everyone see these files from now on."""
    for attachment in attachments:
        if not attachment.is_public:
            attachment.is_public = True
            record(session, "file.published", attachment, by=by, sha256=attachment.file.sha256)


def _stored(session: Session, files: Files, content: bytes, media_type: str) -> int:
    """Keep the content, and return the id of its one row, whoever stored it first."""
    sha256 = files.put(content)
    row = upsert(session, StoredFile).values(
        sha256=sha256, size=len(content), media_type=media_type
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["sha256"]))
    return session.scalars(sa.select(StoredFile.id).where(StoredFile.sha256 == sha256)).one()


def _name(given: str, media_type: str) -> str:
    """Return the last part of a name, fit to be shown, with the suffix of what it is."""
    last = PurePosixPath(given.replace("\\", "/")).name
    plain = "".join(letter for letter in last if letter.isprintable()).strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    right = _SUFFIXES[media_type]
    old = (dot + suffix).lower()
    if not dot or _SAME_SUFFIX.get(old, old) != right:
        stem, suffix = plain, right[1:]
    return f"{stem[: 200 - len(suffix) - 1] or '文件'}.{suffix}"
