"""The codes that payers write on their transfers: numbers of orders and of statements."""

import re
import unicodedata

from market.ordering.queries import is_sound
from market.ordering.queries.numbers import check_digits

_STATEMENT = re.compile(r"JS[0-9]{11}")
_ANY = re.compile(r"JS[0-9]{11}(?![0-9])|(?<![0-9])[0-9]{13}(?![0-9])")


def statement_number(year: int, month: int, drawn: int) -> str:
    """Return the number of a statement: JS, its month, five drawn digits, two check digits."""
    body = f"{year % 100:02d}{month:02d}{drawn:05d}"
    return f"JS{body}{check_digits(body)}"


def is_sound_statement(number: str) -> bool:
    """Whether a number has the shape and the check digits of a statement's."""
    return bool(_STATEMENT.fullmatch(number)) and int(number[2:]) % 97 == 1


def codes_in(text: str) -> list[str]:
    """Return the sound codes in what a payer wrote, each once, in the order they stand.

    Full-width signs are understood, and so are blanks, dashes and dots within a code;
    a number whose check digits are wrong is left out.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    joined = re.sub(r"(?<=[0-9SJ])[\s\-.·]+(?=[0-9])", "", plain)
    found = [*_ANY.findall(plain), *_ANY.findall(joined)]
    return list(dict.fromkeys(code for code in found if is_sound(code) or is_sound_statement(code)))
