"""What reports keep: the rules that units are watched by, and bulletins."""

from market.reports.models.bulletins import (
    Bulletin,
    BulletinFile,
    BulletinState,
    BulletinUnit,
    FileKind,
    Section,
)
from market.reports.models.kept import MOST_QUERY, KeptReport
from market.reports.models.watching import WatchKind, WatchNotice, WatchRule

__all__ = [
    "MOST_QUERY",
    "Bulletin",
    "BulletinFile",
    "BulletinState",
    "BulletinUnit",
    "FileKind",
    "KeptReport",
    "Section",
    "WatchKind",
    "WatchNotice",
    "WatchRule",
]
