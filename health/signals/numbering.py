"""People of usage without their names: a name becomes a number by a keyed hash.

Without the key, which the database does not hold, nobody can try names against the numbers. The same name gives the
same number for ever, so days of one person belong together. Another key would make everybody a new person, and usage that is
sent again would count twice: a mark of the key is kept, and nobody is numbered by another one.
"""

from __future__ import annotations

import hashlib
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Organisation

PARAMETER: Final = "person_key"
MARK: Final = 16


class AnotherKey(Exception):  # noqa: N818  a verdict on the setting, not a fault of the code
    """People were numbered by another key than the one that is set now."""

    def __str__(self) -> str:
        return _(
            "TSUNAGU_PERSON_KEY is not the key by which people were numbered so far: set it back, or run "
            "“manage.py number_people_anew”, after which days that were sent before must not be sent again."
        )


def check() -> None:
    """Raise AnotherKey where people were numbered by another key; the first key that numbers somebody is noted."""
    ours = mark()
    known = Organisation.objects.values_list("person_key", flat=True).first()
    if known == "":
        Organisation.objects.filter(person_key="").update(person_key=ours)
        known = Organisation.objects.values_list("person_key", flat=True).first()
    if known not in {None, ours}:
        raise AnotherKey


def number_anew() -> None:
    """Number people by the key that is set now, from today on."""
    Organisation.objects.update(person_key=mark())


def mark() -> str:
    """What is kept of the key: enough to tell it from another, and nothing by which to try names."""
    return hashlib.sha256(f"mark of {parameters()[PARAMETER]}".encode()).hexdigest()[:MARK]


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
