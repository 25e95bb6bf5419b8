"""How a service says no."""

from collections.abc import Sequence


class Refused(Exception):
    """The rules forbid it; ``str(error)`` is a Chinese sentence for the person who asked.

    The sentence says what is wrong, the limit, and the next step. ``field`` names
    the form field it belongs beside, where there is one.
    """

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class Several(Refused):
    """Several things are refused at once; ``each`` has a sentence beside its own field."""

    def __init__(self, each: Sequence[Refused]) -> None:
        super().__init__("".join(map(str, each)), field=each[0].field)
        self.each = each


def reason_of(given: str, what: str) -> str:
    """Return a reason that was given, or refuse beside its field; ``what`` is what it is called."""
    reason = given.strip()
    if not 1 <= len(reason) <= 200:
        raise Refused(f"请填写{what}，最多 200 个字。", field="answer")
    return reason
