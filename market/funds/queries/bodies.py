"""What a document says, as one body whose hash is what people sign."""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.evidence.models import Attachment, StoredFile
from market.funds.models import Document, DocumentFile


def body_of(session: Session, document: Document) -> dict[str, Any]:
    """Return everything that is signed: words, sums, hands, invoices, and the hashes of the files.

    Plain JSON values; amounts in fen, days as ISO. Neither its state nor what came after
    it was submitted is in it.
    """
    files = session.execute(
        sa.select(DocumentFile.purpose, StoredFile.sha256)
        .join(Attachment, Attachment.id == DocumentFile.attachment_id)
        .join(StoredFile, StoredFile.id == Attachment.file_id)
        .where(DocumentFile.document_id == document.id)
    )
    return {
        "number": document.number,
        "version": document.version,
        "kind": document.kind.value,
        "year": document.year,
        "earmark": document.earmark.code if document.earmark else None,
        "to_earmark": document.to_earmark.code if document.to_earmark else None,
        "agreement": document.agreement.number if document.agreement else None,
        "target": document.target.number if document.target else None,
        "title": document.title,
        "reason": document.reason,
        "amount_fen": document.amount_fen,
        "cost_type": document.cost_type,
        "document_no": document.document_no,
        "occurred_on": document.occurred_on.isoformat(),
        "payer": document.payer,
        "payee": document.payee,
        "payee_person": document.payee_person_id,
        "maker": document.made_by_id,
        "lines": [
            {
                "cost_type": line.cost_type,
                "payee": line.payee,
                "invoice_code": line.invoice_code,
                "invoice_number": line.invoice_number,
                "invoice_on": line.invoice_on.isoformat(),
                "amount_fen": line.amount_fen,
            }
            for line in document.lines
        ],
        "files": sorted([purpose.value, sha256] for purpose, sha256 in files),
    }


def digest_of(body: Any) -> str:
    """Return the SHA-256 of canonical JSON."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
