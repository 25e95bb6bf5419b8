"""Enumerations that know what to call themselves."""

import enum
from typing import Self


class Label(enum.StrEnum):
    """A string enum whose members carry the Chinese words that people read."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
