"""Ask for files, and whether they are still what they were."""

import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.adapters.files import Files
from market.core.access import DESK
from market.evidence.models import Attachment, StoredFile


def attachment_for(session: Session, person: Person | None, token: str) -> Attachment | None:
    """Return the attachment if this person may see it; ``None`` as person is the public.

    Anyone sees a public one; others are seen by who gave it, by the people of its
    unit and of its supplier, and by those who oversee.
    """
    attachment = session.scalar(
        sa.select(Attachment)
        .where(Attachment.token == token)
        .options(joinedload(Attachment.file, innerjoin=True))
    )
    return attachment if attachment and _may_see(attachment, person) else None


def verify_files(session: Session, files: Files) -> dict[int, str]:
    """Read every stored file and name, in Chinese, those missing or altered, by their ids."""
    faults = {}
    rows = sa.select(StoredFile).order_by(StoredFile.id).execution_options(yield_per=500)
    for file in session.scalars(rows):
        try:
            content = files.get(file.sha256)
        except FileNotFoundError:
            faults[file.id] = f"文件 {file.id}（{file.sha256[:12]}…）的内容不存在"
            continue
        if hashlib.sha256(content).hexdigest() != file.sha256 or len(content) != file.size:
            faults[file.id] = f"文件 {file.id}（{file.sha256[:12]}…）的内容被改动"
    return faults


def _may_see(attachment: Attachment, person: Person | None) -> bool:
    if attachment.is_public:
        return True
    if person is None:
        return False
    return (
        person.role in DESK
        or attachment.by_id == person.id
        or (attachment.unit_id is not None and attachment.unit_id == person.unit_id)
        or (attachment.supplier_id is not None and attachment.supplier_id == person.supplier_id)
    )
