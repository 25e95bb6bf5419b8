"""What is kept of an upload, and what is refused."""

import io
import threading

import pytest
from PIL import Image

from market.adapters.files import FolderFiles
from market.core.db import db
from market.core.errors import Refused
from market.evidence.models import Attachment, StoredFile
from market.evidence.queries import attachment_for, verify_files
from market.evidence.services import attach
from tests import make

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PLACE = 0x8825
ORIENTATION = 0x0112


@pytest.fixture
def files(tmp_path):
    return FolderFiles(tmp_path / "files")


def picture(kind="JPEG", size=(40, 20), mode="RGB", colour="red", **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **options)
    return out.getvalue()


def with_place(kind="JPEG", size=(40, 20)) -> bytes:
    """A picture that says where it was taken, by whose camera, and that it lies on its side."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "Camera of somebody"
    exif.get_ifd(PLACE)[1] = "N"
    exif.get_ifd(PLACE)[2] = (29.0, 17.0, 36.0)
    return picture(kind, size, exif=exif)


def stored(files, attachment) -> Image.Image:
    return Image.open(io.BytesIO(files.get(attachment.file.sha256)))


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")],
)
def test_a_picture_loses_its_place_and_is_turned_upright(session, buyer, files, kind, media_type):
    content = with_place(kind)
    assert Image.open(io.BytesIO(content)).getexif().get_ifd(PLACE)
    kept = attach(session, files, content, name="到货.jpg", by=buyer)
    image = stored(files, kept)
    raw = files.get(kept.file.sha256)
    assert not image.getexif()
    assert b"Exif" not in raw
    assert b"EXIF" not in raw
    assert b"Camera of somebody" not in raw
    assert image.size == (20, 40)
    assert kept.file.media_type == media_type
    assert kept.file.size == len(raw)


def test_a_comment_and_a_colour_profile_stay_behind(session, buyer, files):
    content = picture(comment=b"taken by somebody", icc_profile=b"profile" * 30)
    kept = attach(session, files, content, name="a.jpg", by=buyer)
    raw = files.get(kept.file.sha256)
    assert b"somebody" not in raw
    assert b"profile" not in raw


def test_a_large_picture_is_made_smaller(session, buyer, files):
    kept = attach(session, files, picture(size=(4000, 1000)), name="a.jpg", by=buyer)
    assert stored(files, kept).size == (2000, 500)


@pytest.mark.parametrize(
    ("kind", "mode", "becomes"),
    [
        ("PNG", "RGBA", "RGBA"),
        ("PNG", "P", "RGB"),
        ("PNG", "I;16", "RGB"),
        ("PNG", "L", "RGB"),
        ("JPEG", "CMYK", "RGB"),
        ("WEBP", "RGBA", "RGBA"),
    ],
)
def test_every_kind_of_pixels_can_be_kept(session, buyer, files, kind, mode, becomes):
    content = picture(
        kind, mode=mode, colour=(9, 9, 9, 9) if len(mode) == 4 and mode != "I;16" else 1
    )
    kept = attach(session, files, content, name="a", by=buyer)
    assert stored(files, kept).mode == becomes


def test_of_several_pictures_in_one_jpeg_the_first_is_kept(session, buyer, files):
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(
        out, "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))]
    )
    kept = attach(session, files, out.getvalue(), name="a.jpg", by=buyer)
    assert kept.file.media_type == "image/jpeg"
    assert stored(files, kept).format == "JPEG"


def test_a_pdf_is_kept_as_it_is(session, buyer, files):
    kept = attach(session, files, PDF, name="检测报告.pdf", by=buyer)
    assert files.get(kept.file.sha256) == PDF
    assert (kept.file.media_type, kept.name) == ("application/pdf", "检测报告.pdf")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的"),
        (b"hello", "不是可以读取的图片"),
        (b"<svg onload='alert(1)'/>", "不是可以读取的图片"),
        (b"\xff\xd8\xff\xe0broken", "不是可以读取的图片"),
        (picture("GIF", mode="P", colour=1), "不是可以读取的图片"),
        (b"\0" * (10 * 1024 * 1024 + 1), "超过上限 10 MB"),
        (picture("PNG", size=(8000, 8000), mode="1", colour=0), "图片像素过多"),
    ],
)
def test_what_is_refused(session, buyer, files, content, sentence):
    with pytest.raises(Refused, match=sentence):
        attach(session, files, content, name="a.jpg", by=buyer)
    assert session.query(Attachment).count() == 0


def test_a_pdf_is_refused_where_a_picture_is_wanted(session, buyer, files):
    with pytest.raises(Refused, match="只能上传图片"):
        attach(session, files, PDF, name="a.pdf", by=buyer, images_only=True)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_broken_anywhere_is_kept_or_refused_and_nothing_else(session, buyer, files, kind):
    whole = with_place(kind, size=(64, 64))
    for cut in range(0, len(whole), 7):
        for content in (whole[:cut], whole[:cut] + b"\xee" * 9 + whole[cut + 9 :]):
            try:
                attach(session, files, content, name="a", by=buyer)
            except Refused as refusal:
                assert str(refusal)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("到货.JPG", "到货.JPG"),
        ("到货.jpeg", "到货.jpeg"),
        ("到货.html", "到货.html.jpg"),
        ("C:\\照片\\到货.jpg", "到货.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("a\r\nb.jpg", "ab.jpg"),
        ("", "文件.jpg"),
        (".jpg", "jpg.jpg"),
        ("长" * 300 + ".jpg", "长" * 196 + ".jpg"),
    ],
)
def test_a_name_is_fit_to_be_shown(session, buyer, files, given, kept):
    attachment = attach(session, files, picture(), name=given, by=buyer)
    session.refresh(attachment)
    assert attachment.name == kept


def test_the_same_content_is_stored_once(session, buyer, stranger, files):
    one = attach(session, files, PDF, name="a.pdf", by=buyer)
    two = attach(session, files, PDF, name="b.pdf", by=stranger)
    assert one.file_id == two.file_id
    assert one.token != two.token
    assert session.query(StoredFile).count() == 1


def test_two_may_store_the_same_content_at_once(app, session, files):
    """Without ``on_conflict_do_nothing`` one of them got an IntegrityError."""
    session.commit()
    outcomes, start = [], threading.Barrier(4)

    def store():
        with app.app_context():
            start.wait()
            attach(db.session, files, PDF, name="a.pdf", by=None)
            db.session.commit()
            outcomes.append("kept")

    threads = [threading.Thread(target=store) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert outcomes == ["kept"] * 4
    assert session.query(StoredFile).count() == 1
    assert session.query(Attachment).count() == 4


def test_who_may_see_a_file(
    session, buyer, colleague, stranger, coordinator, inspector, vendor, files
):
    other = make.supplier_person(session, make.supplier(session))
    kept = attach(
        session,
        files,
        PDF,
        name="a.pdf",
        by=buyer,
        unit_id=buyer.unit_id,
        supplier_id=vendor.supplier_id,
    )
    own = attach(session, files, PDF, name="a.pdf", by=stranger)
    for person in (buyer, colleague, vendor, coordinator, inspector):
        assert attachment_for(session, person, kept.token) is kept
    for person in (stranger, other, None):
        assert attachment_for(session, person, kept.token) is None
    assert attachment_for(session, stranger, own.token) is own
    for person in (buyer, other, vendor, None):
        assert attachment_for(session, person, own.token) is None
    assert attachment_for(session, coordinator, "nothing") is None


def test_anyone_sees_a_public_file(session, buyer, stranger, files):
    kept = attach(session, files, PDF, name="a.pdf", by=buyer, is_public=True)
    assert attachment_for(session, None, kept.token) is kept
    assert attachment_for(session, stranger, kept.token) is kept


def test_verify_names_files_missing_and_altered(session, buyer, files, tmp_path):
    whole = attach(session, files, PDF, name="a.pdf", by=buyer)
    missing = attach(session, files, PDF + b"1", name="b.pdf", by=buyer)
    altered = attach(session, files, PDF + b"2", name="c.pdf", by=buyer)
    assert verify_files(session, files) == {}
    on_disk = {path.name: path for path in (tmp_path / "files").rglob("*") if path.is_file()}
    assert len(on_disk) == 3
    on_disk[missing.file.sha256].unlink()
    on_disk[altered.file.sha256].write_bytes(PDF + b"3")
    faults = verify_files(session, files)
    assert list(faults) == [missing.file_id, altered.file_id]
    assert all(f"文件 {id_}（" in fault for id_, fault in faults.items())
    assert "不存在" in faults[missing.file_id]
    assert "被改动" in faults[altered.file_id]
    assert whole.file.sha256[:12] not in "".join(faults.values())
