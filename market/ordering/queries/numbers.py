"""The numbers of orders, which payers also write on their transfers."""

import re
import unicodedata

_NUMBER = re.compile(r"[0-9]{13}")


def check_digits(body: str) -> str:
    """Return the two digits that close a number (ISO 7064, MOD 97-10).

    Copied by hand into a bank's remark field, a number must not turn into another
    one: every single wrong digit and every swap of two neighbours is found.
    """
    return f"{98 - int(body) * 100 % 97:02d}"


def is_sound(number: str) -> bool:
    """Whether a number has the right length and check digits, so that it may be an order's."""
    return bool(_NUMBER.fullmatch(number)) and int(number) % 97 == 1


def typed_number(text: str) -> str:
    """Return what was typed in plain digits, without the blanks people put between them."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
