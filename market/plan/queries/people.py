"""Count different people without knowing who they are."""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Sequence

from market.core.errors import Refused
from market.plan.models import Indicator

MOST_PEOPLE = 2000
LEAST_LETTERS, MOST_LETTERS = 4, 40


def digests_of(indicator: Indicator, year: int, typed: str, *, key: bytes) -> list[str]:
    """Return the keyed digests of people's identifiers, typed one per line, in their order.

    An identifier (of a card, say, or a student) has a digit, for names alone are shared.
    Width, case and blanks make no difference. A digest is of this indicator and year, so
    that nobody can be followed from one list to another. Refuses an indicator that
    doesn't count people, and by its number a line that is no identifier or stands twice.
    """
    lines = [(n, _plain(line)) for n, line in enumerate(typed.splitlines(), 1)]
    lines = [(n, line) for n, line in lines if line]
    if lines and not indicator.our_distinct:
        raise Refused(
            f"“{indicator.our_name}”不按人去重，请把人员名单留空，只填数量。", field="people"
        )
    if len(lines) > MOST_PEOPLE:
        raise Refused(
            f"名单有 {len(lines)} 行，一次最多 {MOST_PEOPLE} 行，请分成几条记录填报。",
            field="people",
        )
    found: dict[str, int] = {}
    for number, line in lines:
        fits = LEAST_LETTERS <= len(line) <= MOST_LETTERS and any(c.isdigit() for c in line)
        if not fits:
            raise Refused(
                f"名单第 {number} 行不是证件号或学号：应为 {LEAST_LETTERS} 到 {MOST_LETTERS} "
                "个字、含有数字，每行一人，请改正这一行。",
                field="people",
            )
        digest = _digest(indicator, year, line, key)
        if digest in found:
            raise Refused(
                f"名单第 {number} 行与第 {found[digest]} 行是同一个人，请删去其中一行。",
                field="people",
            )
        found[digest] = number
    return list(found)


def lines_named(typed: str, places: Sequence[int]) -> str:
    """Return which lines people stand on, given their places among those that are not blank."""
    numbers = [n for n, line in enumerate(typed.splitlines(), 1) if _plain(line)]
    shown = "、".join(str(numbers[place]) for place in places[:10])
    return f"{shown} 等 {len(places)} 行" if len(places) > 10 else f"{shown} 行"


def _plain(line: str) -> str:
    return "".join(unicodedata.normalize("NFKC", line).split()).upper()


def _digest(indicator: Indicator, year: int, line: str, key: bytes) -> str:
    told = json.dumps(["indicator_subject", indicator.our_code, year, line], ensure_ascii=False)
    return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()
