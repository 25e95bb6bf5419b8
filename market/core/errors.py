"""How a service says no."""


class Refused(Exception):
    """The rules forbid it; ``str(error)`` is a Chinese sentence for the person who asked.

    The sentence says what is wrong, the limit, and the next step. ``field`` names
    the form field it belongs beside, where there is one.
    """

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field
