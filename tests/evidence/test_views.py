"""Files as they are sent."""

import io

import pytest
from PIL import Image

from market.evidence.services import attach

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def files(app):
    return app.extensions["files"]


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20)).save(out, "PNG")
    return out.getvalue()


def test_a_public_picture_is_sent_to_anyone_and_kept_long(app, session, buyer, files):
    kept = attach(session, files, picture(), name="木耳.png", by=buyer, is_public=True)
    session.commit()
    reply = app.test_client().get(f"/files/{kept.token}")
    assert reply.status_code == 200
    assert reply.content_type == "image/png"
    assert reply.data == files.get(kept.file.sha256)
    assert reply.headers["Content-Security-Policy"] == "sandbox"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = app.test_client().get(
        f"/files/{kept.token}", headers={"If-None-Match": reply.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_a_pdf_is_saved_under_its_chinese_name(session, buyer, colleague, sign_in, files):
    kept = attach(session, files, PDF, name="检测报告.pdf", by=buyer, unit_id=buyer.unit_id)
    reply = sign_in(colleague).get(f"/files/{kept.token}")
    assert reply.content_type == "application/pdf"
    assert reply.headers["Content-Disposition"].startswith("attachment")
    assert (
        "filename*=UTF-8''%E6%A3%80%E6%B5%8B%E6%8A%A5%E5%91%8A.pdf"
        in reply.headers["Content-Disposition"]
    )
    assert reply.headers["Cache-Control"] == "private, no-store"


def test_a_stranger_and_the_public_find_nothing(app, session, buyer, stranger, sign_in, files):
    kept = attach(session, files, PDF, name="a.pdf", by=buyer, unit_id=buyer.unit_id)
    assert sign_in(stranger).get(f"/files/{kept.token}").status_code == 404
    assert app.test_client().get(f"/files/{kept.token}").status_code == 404


def test_a_file_whose_content_is_gone_is_not_found(
    app, session, buyer, sign_in, files, monkeypatch, tmp_path
):
    kept = attach(session, files, PDF, name="a.pdf", by=buyer)
    monkeypatch.setattr(files, "_folder", tmp_path)
    assert sign_in(buyer).get(f"/files/{kept.token}").status_code == 404
