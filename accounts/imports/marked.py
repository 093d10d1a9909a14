"""The currency of a row by the marks beside its amounts, and what beside them is no mark."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from accounts import currencies
from accounts.imports.cells import Formats
from config.text import FULL_WIDTH

if TYPE_CHECKING:
    from django.db.models import Model

    from accounts.imports.parts import Part
    from accounts.imports.staging import Staged
    from accounts.imports.targets import Trouble


# Of a row that names none: what another row of its id says, then what is known of it.
FILL: Final = """
    UPDATE import_staged s SET currency = coalesce(n.currency, known.currency)
    FROM (SELECT external_id, max(currency) AS currency FROM import_staged GROUP BY 1) n
    LEFT JOIN {table} known ON known.source = %(source)s AND known.external_id = n.external_id
    WHERE s.external_id = n.external_id AND s.currency IS NULL
"""

# What multiplies the number beside it, alone or with a currency: 120万円 are 1,200,000 yen.
FACTORS: Final = frozenset(
    re.findall(
        r"\w+",
        "k m mm t tsd td tausend thousand thousands mille mil milliers mio mill mn mln million millions millionen millones "
        "b bn mrd mia md billion billions billionen milliard milliards milliarden tn trillion trillions lakh lakhs lac crore crores",
    )
)
ONLY_WITH_CURRENCY: Final = frozenset({"t", "b", "mm", "td", "md", "mil"})
FACTOR_SIGNS: Final = re.compile("[百千万億兆仟萬亿백천만억조]")
WORD: Final = re.compile(r"[^\W\d_]+")


def is_factor(mark: str) -> bool:
    """Whether the text beside a number multiplies it (万円, k, Mio, T€): left out as a mark, the amount would be too small."""
    plain = unicodedata.normalize("NFKC", mark).casefold().strip(" .'’")
    # Value added tax in German, not millions of talas of Samoa.
    if currencies.meant_by(mark) or plain == "mwst":
        return False
    words = WORD.findall(plain)
    if FACTOR_SIGNS.search(unicodedata.normalize("NFC", mark)) or not (FACTORS - ONLY_WITH_CURRENCY).isdisjoint(words):
        return True
    return any(
        plain in {factor + beside, beside + factor}
        for factor in FACTORS
        for beside in (plain.removeprefix(factor), plain.removesuffix(factor))
        if currencies.meant_by(beside.strip(" ."))
    )


def fill(staged: Staged, model: type[Model]) -> None:
    """Let a row that names no currency keep the one that it has. At most one statement."""
    if staged.has("currency"):
        staged.execute(FILL.format(table=model._meta.db_table))


def codes_in(text: str, formats: Formats) -> tuple[str, ...]:
    """The codes that the mark beside the amount may mean, the likeliest first; () where none stands there or it names none."""
    plain = text.translate(FULL_WIDTH)
    codes: tuple[str, ...] = ()
    for mark in sorted(formats.marks, key=len, reverse=True):
        if mark in plain:
            found = currencies.meant_by(mark)
            codes = tuple(code for code in codes if code in found) or codes or found
    return codes


def name_one(formats: Formats) -> bool:
    """Whether a mark that may stand beside amounts names a currency."""
    return any(map(currencies.meant_by, formats.marks))


def settle(values: dict[str, Any], cells: list[str], money: Iterable[Part], home: str) -> Iterator[Trouble]:
    """Give a row that names no currency the one of the mark beside its amount, ``home`` where the mark may mean it; (column,
    reason) where the row and the mark, or two marks, differ, or several are as likely.
    """
    for part in money:
        codes = part.codes(cells)
        if codes and not values.get("currency"):
            values["currency"] = currencies.likeliest(codes, home)
            if not values["currency"]:
                yield (
                    part.column,
                    _("is written in %(codes)s: say in which by the field currency") % {"codes": " / ".join(codes)},
                )
        elif codes and values["currency"] not in codes:
            names = {"code": codes[0], "currency": values["currency"]}
            yield part.column, _("is written in %(code)s, the row in %(currency)s") % names
