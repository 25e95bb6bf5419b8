"""Chinese words as people type them: in characters, in pinyin, or by first letters."""

import unicodedata

from pypinyin import Style, lazy_pinyin

MOST_TYPED = 60  # Letters that are looked for; databases refuse a pattern that is too long.


def search_text(*words: str) -> str:
    """Return what a search looks through: each word, its pinyin and its initials.

    Lower case, full-width letters made narrow: 苕粉 gives ``苕粉 shaofen sf``.
    """
    found: dict[str, None] = {}
    for word in (_plain(word) for word in words):
        if word:
            for text in (word, _spelled(word, Style.NORMAL), _spelled(word, Style.FIRST_LETTER)):
                found[text] = None
    return " ".join(found)


def patterns(typed: str) -> list[str]:
    """Return one LIKE pattern per typed word, its own wildcards escaped by a backslash.

    No more than the first ``MOST_TYPED`` letters are looked for.
    """
    marked = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})
    return [f"%{word.translate(marked)}%" for word in _plain(typed)[:MOST_TYPED].split()]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().strip()


def _spelled(word: str, style: Style) -> str:
    return "".join(lazy_pinyin(word, style=style)).replace(" ", "")
