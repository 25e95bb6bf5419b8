"""Compute an issued bulletin again, and compare it with what was kept."""

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from market.adapters.files import Files
from market.evidence.models import Attachment
from market.reports.models import Bulletin, BulletinFile, BulletinState, FileKind
from market.reports.queries.bulletins.behind import marks_of
from market.reports.queries.bulletins.content import differences, ledger_sums, with_sums
from market.reports.queries.bulletins.finding import heading_of
from market.reports.queries.bulletins.papers import files_of, programs
from market.reports.queries.bulletins.report import report_of


@dataclass(frozen=True)
class FileProof:
    """A kept file beside the one made again: their SHA-256, empty where there is none."""

    kind: FileKind
    name: str
    kept: str
    stored: str
    again: str


@dataclass(frozen=True)
class Proof:
    """What came of computing a bulletin again; ``faults`` are differences, in words."""

    faults: list[str]
    files: list[FileProof]
    is_same_programs: bool


def proof_of(session: Session, files: Files, bulletin: Bulletin) -> Proof:
    """Compute an issued bulletin again from the ledgers and the kept facts; four queries.

    Files made again are compared byte by byte where the same programs made them; newer
    ones may set the same page otherwise, then the figures and the kept bytes are compared.
    """
    assert bulletin.content is not None
    sums = ledger_sums(
        session, bulletin.year, bulletin.month, bulletin.cut_off_on, marks_of(bulletin)
    )
    faults = differences(session, bulletin.content, sums)
    report = report_of(
        bulletin.year, bulletin.month, bulletin.cut_off_on, with_sums(bulletin.content, sums)
    )
    again = files_of(report, bulletin.text, heading_of(bulletin), is_public=bulletin.is_public)
    is_same = bulletin.made_with == programs()
    kept = {file.kind: file.attachment for file in bulletin.files}
    found = []
    for kind, content in again.items():
        attachment = kept.get(kind)
        if attachment is None:
            faults.append(f"没有留存{kind.label}")
            continue
        proof = FileProof(
            kind,
            attachment.name,
            attachment.file.sha256,
            _stored(files, attachment.file.sha256),
            hashlib.sha256(content).hexdigest(),
        )
        found.append(proof)
        if proof.stored != proof.kept:
            faults.append(f"留存的{kind.label}缺失或被改动")
        if is_same and proof.again != proof.kept:
            faults.append(f"重新生成的{kind.label}与留存的不一致")
    return Proof(faults, found, is_same)


def verify_bulletins(session: Session, files: Files) -> list[str]:
    """Name, in Chinese, every issued bulletin that comes out otherwise when it is computed again."""
    found = []
    rows = session.scalars(
        sa.select(Bulletin)
        .where(Bulletin.state == BulletinState.ISSUED)
        .options(
            selectinload(Bulletin.files)
            .joinedload(BulletinFile.attachment)
            .joinedload(Attachment.file)
        )
        .order_by(Bulletin.id)
    ).all()
    for bulletin in rows:
        faults = proof_of(session, files, bulletin).faults
        found += [f"{bulletin.number}：{fault}" for fault in faults]
    return found


def _stored(files: Files, sha256: str) -> str:
    try:
        return hashlib.sha256(files.get(sha256)).hexdigest()
    except FileNotFoundError:
        return ""
