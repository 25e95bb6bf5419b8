"""Long work that says how far it has come, whoever is told: a page, a terminal, or nobody."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """What has been done of a work: ``done`` of ``of``, and in Chinese words."""

    words: str
    done: int
    of: int


Steps = Generator[Step, None, T]


def result_of(steps: Steps[T]) -> T:
    """Do the work to its end, telling nobody, and return what it made."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
