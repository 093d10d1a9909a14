"""People of usage without their names: a name becomes a number by a keyed hash.

Without the key, which the database does not hold, nobody can try names against the numbers. The same name gives the
same number for ever, so days of one person belong together; another key would make everybody a new person.
"""

from __future__ import annotations

import hashlib
from typing import Final

from django.conf import settings

PARAMETER: Final = "person_key"


def parameters() -> dict[str, str]:
    """The parameter that ``number`` and ``digest`` read."""
    return {PARAMETER: hashlib.sha256(f"health.signals.numbering:{settings.PERSON_KEY}".encode()).hexdigest()}


def plain(name: str) -> str:
    """SQL: a number anybody can make of the name (SQL); letters of an email address count without case."""
    return f"hashtextextended(CASE WHEN strpos({name}, '@') > 0 THEN lower({name}) ELSE {name} END, 0)"


def keyed(number: str) -> str:
    """SQL: the number that only the holder of the key can make of a ``plain`` one; NULL of NULL."""
    digest = f"sha256(convert_to(%({PARAMETER})s || ({number})::text, 'UTF8'))"
    return f"('x' || left(encode({digest}, 'hex'), 16))::bit(64)::bigint"


def number(name: str) -> str:
    """SQL: the number of the person of this name (SQL)."""
    return keyed(plain(name))


def digest(text: str) -> str:
    """SQL: the digest of a text in which a name occurs, given its plain md5."""
    return f"md5(%({PARAMETER})s || {text})"
