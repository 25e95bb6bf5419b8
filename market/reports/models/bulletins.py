"""The monthly bulletin (通报): its text, what was kept with it, and its files."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Model
from market.core.labels import Label
from market.evidence.models import Attachment


class BulletinState(Label):
    """How far a bulletin has come."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待签发"
    RETURNED = "returned", "已退回"
    ISSUED = "issued", "已签发"
    CALLED_OFF = "called_off", "已取消"


class Section(Label):
    """The parts of the text, in their order."""

    OVERALL = "overall", "总体情况"
    GOOD = "good", "完成较好"
    SLOW = "slow", "进度较慢"
    PROBLEMS = "problems", "存在问题"
    NEXT_STEPS = "next_steps", "下一步工作"


class FileKind(Label):
    """A file that is kept of an issued bulletin; the public ones say nothing of what is unpaid."""

    PDF = "pdf", "PDF"
    XLSX = "xlsx", "Excel"
    PUBLIC_PDF = "public_pdf", "公开版 PDF"
    PUBLIC_XLSX = "public_xlsx", "公开版 Excel"

    @property
    def is_public(self) -> bool:
        """Whether everyone may have it."""
        return self in (FileKind.PUBLIC_PDF, FileKind.PUBLIC_XLSX)

    @property
    def suffix(self) -> str:
        """What its name ends with."""
        return "pdf" if self in (FileKind.PDF, FileKind.PUBLIC_PDF) else "xlsx"


class Bulletin(Model):
    """One bulletin of a month, cut off on a day.

    ``text`` are the sections as they were written, with named fields in braces. From its
    submission on ``content`` keeps the figures and what stands beside them: facts that
    change (names, diners, what is unpaid) can only be kept; what comes from credits and
    targets can be computed again from the rows up to ``credit_mark`` and ``entry_mark``.
    ``version`` counts what was saved. A correction names the bulletin that it ``corrects``,
    once; a month has one bulletin that corrects none. ``made_with`` are the programs whose
    files come out the same, byte for byte.
    """

    __tablename__ = "bulletin"
    __table_args__ = (
        sa.CheckConstraint("month BETWEEN 1 AND 12", "month"),
        sa.CheckConstraint("year BETWEEN 2018 AND 2100", "year"),
        sa.CheckConstraint(
            "issued_by_id <> made_by_id AND issued_by_id <> edited_by_id"
            " AND issued_by_id <> submitted_by_id",
            "another_issues",
        ),
        sa.CheckConstraint(
            "(state = 'issued') = (number IS NOT NULL AND issued_by_id IS NOT NULL"
            " AND issued_at IS NOT NULL AND serial IS NOT NULL)",
            "issued",
        ),
        sa.CheckConstraint("(corrects_id IS NULL) = (reason = '')", "reason"),
        sa.CheckConstraint("state = 'issued' OR sent_at IS NULL", "sent"),
        sa.UniqueConstraint("issue_year", "serial"),
        sa.Index(
            "uq_bulletin_month",
            "year",
            "month",
            unique=True,
            sqlite_where=sa.text("corrects_id IS NULL AND state <> 'called_off'"),
            postgresql_where=sa.text("corrects_id IS NULL AND state <> 'called_off'"),
        ),
        sa.Index(
            "uq_bulletin_corrects_id",
            "corrects_id",
            unique=True,
            sqlite_where=sa.text("state <> 'called_off'"),
            postgresql_where=sa.text("state <> 'called_off'"),
        ),
    )

    MOVES = {
        BulletinState.DRAFT: {BulletinState.SUBMITTED, BulletinState.CALLED_OFF},
        BulletinState.SUBMITTED: {BulletinState.ISSUED, BulletinState.RETURNED},
        BulletinState.RETURNED: {BulletinState.SUBMITTED, BulletinState.CALLED_OFF},
        BulletinState.ISSUED: set(),
        BulletinState.CALLED_OFF: set(),
    }

    ref: Mapped[str] = mapped_column(sa.String(24), unique=True)
    year: Mapped[int]
    month: Mapped[int]
    cut_off_on: Mapped[dt.date]
    state: Mapped[BulletinState] = mapped_column(default=BulletinState.DRAFT, index=True)
    is_public: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    text: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    content: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    credit_mark: Mapped[int | None]
    entry_mark: Mapped[int | None]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    answer: Mapped[str] = mapped_column(sa.String(200), default="")
    number: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    issue_year: Mapped[int | None]
    serial: Mapped[int | None]
    made_with: Mapped[str] = mapped_column(sa.String(200), default="")
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    edited_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    submitted_at: Mapped[dt.datetime | None]
    issued_at: Mapped[dt.datetime | None]
    sent_at: Mapped[dt.datetime | None]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    edited_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    issued_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    corrects_id: Mapped[int | None] = mapped_column(sa.ForeignKey("bulletin.id"))

    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id], innerjoin=True)
    edited_by: Mapped[Person] = relationship(foreign_keys=[edited_by_id], innerjoin=True)
    submitted_by: Mapped[Person | None] = relationship(foreign_keys=[submitted_by_id])
    issued_by: Mapped[Person | None] = relationship(foreign_keys=[issued_by_id])
    corrects: Mapped["Bulletin | None"] = relationship(remote_side="Bulletin.id")
    files: Mapped[list["BulletinFile"]] = relationship(order_by="BulletinFile.id")

    @property
    def is_editable(self) -> bool:
        """Whether its text may still be changed."""
        return self.state in (BulletinState.DRAFT, BulletinState.RETURNED)

    def month_is_over(self, today: dt.date) -> bool:
        """Whether the month has passed, so that it may be submitted."""
        return (self.year, self.month) < (today.year, today.month)

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/reports/bulletins/{self.ref}"


class BulletinFile(Model):
    """A file of an issued bulletin as it was made then."""

    __tablename__ = "bulletin_file"
    __table_args__ = (sa.UniqueConstraint("bulletin_id", "kind"),)

    kind: Mapped[FileKind]
    bulletin_id: Mapped[int] = mapped_column(sa.ForeignKey("bulletin.id"))
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"))

    attachment: Mapped[Attachment] = relationship(innerjoin=True)


class BulletinUnit(Model):
    """That a unit stands in the table of an issued bulletin; its people may read it."""

    __tablename__ = "bulletin_unit"
    __table_args__ = (sa.UniqueConstraint("bulletin_id", "unit_id"),)

    bulletin_id: Mapped[int] = mapped_column(sa.ForeignKey("bulletin.id"))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
