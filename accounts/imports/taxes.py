"""Whether tax is in the amounts of a column: what its heading says of it, and what a mapping has to say."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.headings import apart
from accounts.imports.maps import FieldMap, FileMap, MappingError

# With ``MwSt`` as its words are apart.
TAX: Final = r"(?:sales tax|tax(?:es)?|vat|gst|mw ?st|ust|mehrwertsteuer|umsatzsteuer|steuer|tva)"
# Of the tax alone, and sure of it.
WITH_TAX: Final = rf"税込|内税|税含|消費税\w{{0,3}}含|\bTTC\b|\bT\.T\.C\b|\bTVAC\b|(?:\b(?:inc|m|with|mit|samt|avec|after)\b\.?|\bw/) ?(?:\d+ ?% )?{TAX}\b"
IN_IT: Final = r"(?:included|enthalten|inbegriffen|inclus(?:es?)?|comprise?s?)"
INCLUDED: Final = re.compile(
    rf"税込み|{WITH_TAX}|\bin[ck]l(?:\.|(?:uding|usive)?\b)|\beinschl(?:\.|ie(?:ß|ss)lich\b|\b)|\bgross\b|brutto"
    rf"|\b{TAX}\b\W{{1,2}}(?:(?:is|are) )?{IN_IT}\b",
    re.IGNORECASE,
)
EXCLUDED: Final = re.compile(
    r"税抜き?|税別|外税|本体価格|消費税\w{0,3}(?:含ま(?:な|ず|れな|れず)|除)|\be(?:xc|xk)l(?:\.|(?:uding|usive)?\b)|\bnet\b|netto|\bHT\b|\bH\.T\b|\bHTVA\b|\bhors taxes?\b|\bzzgl\b|\bzuzüglich\b"
    rf"|\b(?:without|before|ex|plus|ohne|vor|sans|not including|w/o) {TAX}\b|\bo\. ?{TAX}\b"
    rf"|\b{TAX}\b\W{{1,2}}(?:(?:is|are) )?(?:(?:not|nicht|non) {IN_IT}|excluded)\b",
    re.IGNORECASE,
)
# What says of the tax itself that it is in the amount; ``incl.`` alone may be of a discount.
SURELY: Final = re.compile(
    rf"{WITH_TAX}|\b(?:incl|inkl|einschl)\w*\.? (?:\d+ ?% )?{TAX}\b|\b{TAX}\b\W{{1,2}}(?:(?:is|are) )?{IN_IT}\b",
    re.IGNORECASE,
)
# What is left of the words beside an amount when the above is taken out.
NAMED: Final = re.compile(rf"\b{TAX}\b\.?", re.IGNORECASE)
# The rates in percent, the usual one of a country first.
JAPANESE: Final = (Decimal(10), Decimal(8))
GERMAN: Final = (Decimal(19), Decimal(7))
FRENCH: Final = (Decimal(20), Decimal(10), Decimal("5.5"))
# Those that are looked for between two prices, and offered for a column whose heading says nothing of tax.
USUAL: Final = (*JAPANESE, *GERMAN, FRENCH[0])
# By the words that are used where they hold; and those of all others.
RATES: Final = (
    (re.compile(r"税"), JAPANESE),
    (
        re.compile(r"\b(?:mw ?st|ust|inkl|einschl)|steuer|brutto", re.IGNORECASE),
        (*GERMAN, Decimal(20), Decimal(10), Decimal("8.1")),
    ),
    (
        re.compile(r"\bT\.?T\.?C\b|\bTVAC\b|\btva\b|\btaxes? (?:compris|inclus)", re.IGNORECASE),
        (*FRENCH, Decimal(21), Decimal("8.1")),
    ),
)
# The answer that it is another rate, which somebody types.
TYPED: Final = "typed"
OTHERS: Final = (*JAPANESE, FRENCH[0], *GERMAN, *map(Decimal, (5, 21, 22, 23, 25)))


@lru_cache(maxsize=1_000)
def tax_word(name: str) -> tuple[str, bool | None]:
    """The word of a heading that says whether tax is in the amounts, and what it says; None where it says nothing."""
    text = apart(name)
    excluded, rest = EXCLUDED.search(text), EXCLUDED.sub(" ", text)
    # What says both of the tax, as Net à payer TTC, is asked about.
    if (match := INCLUDED.search(rest)) and (excluded is None or SURELY.search(rest)):
        return match[0], True
    return (excluded[0], False) if excluded else ("", None)


def without_words(name: str) -> str:
    """The heading without what it says of tax: ``Bruttobetrag`` as ``betrag``; as it is where it says nothing."""
    text = apart(name)
    plain = INCLUDED.sub(" ", EXCLUDED.sub(" ", text))
    return NAMED.sub(" ", plain) if plain != text else name


def rates_of(name: str) -> tuple[Decimal, ...]:
    """The rates in percent that a heading which says that tax is included may mean, the likeliest first."""
    text = apart(name)
    return next((rates for words, rates in RATES if words.search(text)), OTHERS)


def check_told(file: FileMap, field_map: FieldMap) -> None:
    """Raises MappingError where an amount comes from a column that is called with tax, and the mapping does not say its rate."""
    if field_map.tax is not None:
        return
    for column in field_map.columns:
        if tax_word(column)[1]:
            sentence = _(
                "%(file)s: tax is in %(column)s by its name: say tax = %(rate)s (or another rate) of %(field)s, or tax = 0 if it is not."
            )
            names = {"file": file.name, "column": column, "field": field_map.name, "rate": rates_of(column)[0]}
            raise MappingError(sentence % names, f"{file.name} {field_map.name}")
