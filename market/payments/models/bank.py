"""What a bank's files look like, and the files that were read."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label
from market.evidence.models import Attachment


class Encoding(Label):
    """How a CSV file's signs are written."""

    AUTO = "auto", "自动识别"
    UTF8 = "utf-8-sig", "UTF-8"
    GBK = "gb18030", "GBK"


class BankFormat(Model):
    """Which column of a bank's file says what; saved once per bank.

    Columns are named by their headings; an empty name means that the bank has none.
    Money comes either in one signed column (``amount_column``; with ``side_column`` the
    sign is a word there, and ``in_words`` says which of its words mean money in) or in
    one for money in and one for money out. ``remark_columns`` are several headings, one
    a line. Time and balance only tell rows apart that are alike and have no serial.
    """

    __tablename__ = "bank_format"

    name: Mapped[str] = mapped_column(sa.String(60), unique=True)
    encoding: Mapped[Encoding] = mapped_column(default=Encoding.AUTO)
    date_column: Mapped[str] = mapped_column(sa.String(60))
    time_column: Mapped[str] = mapped_column(sa.String(60), default="")
    serial_column: Mapped[str] = mapped_column(sa.String(60), default="")
    amount_column: Mapped[str] = mapped_column(sa.String(60), default="")
    side_column: Mapped[str] = mapped_column(sa.String(60), default="")
    in_words: Mapped[str] = mapped_column(sa.String(60), default="")
    in_column: Mapped[str] = mapped_column(sa.String(60), default="")
    out_column: Mapped[str] = mapped_column(sa.String(60), default="")
    balance_column: Mapped[str] = mapped_column(sa.String(60), default="")
    payer_name_column: Mapped[str] = mapped_column(sa.String(60), default="")
    payer_account_column: Mapped[str] = mapped_column(sa.String(60), default="")
    remark_columns: Mapped[str] = mapped_column(sa.String(300), default="")
    saved_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    saved_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    saved_by: Mapped[Person] = relationship()


class BankFile(Model):
    """A bank's file that was read: what was in it, row by row, is in its payments.

    The same content is read once. The counts say what became of all its rows: new
    money in, rows known before, money out, and rows of nothing.
    """

    __tablename__ = "bank_file"

    sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    new_count: Mapped[int] = mapped_column(default=0)
    new_fen: Mapped[Fen] = mapped_column(default=0)
    known_count: Mapped[int] = mapped_column(default=0)
    out_count: Mapped[int] = mapped_column(default=0)
    empty_count: Mapped[int] = mapped_column(default=0)
    read_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    format_id: Mapped[int] = mapped_column(sa.ForeignKey("bank_format.id"))
    attachment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attachment.id"))
    read_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    format: Mapped[BankFormat] = relationship()
    attachment: Mapped[Attachment | None] = relationship()
    read_by: Mapped[Person] = relationship()


class Standing(Label):
    """Where a transfer with free money stands, on the desk that matches them."""

    EXACT = "exact", "编号与金额一致"
    CODED = "coded", "有编号，金额或状态不符"
    NO_CODE = "no_code", "没有编号"
    BACK = "back", "待退回"
    CREDIT = "credit", "已记入账户余额"
    ASIDE = "aside", "与货款无关"
