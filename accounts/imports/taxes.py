"""Whether tax is in the amounts of a column: what its heading says of it, and what a mapping has to say."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.maps import FieldMap, FileMap, MappingError

INCLUDED: Final = re.compile(
    r"税込み?|内税|\bincl(?:\.|(?:uding|usive)?\b)|\bgross\b|brutto|\bTTC\b|with (?:vat|tax)", re.IGNORECASE
)
EXCLUDED: Final = re.compile(
    r"税抜き?|税別|外税|本体価格|\bexcl(?:\.|(?:uding|usive)?\b)|\bnet\b|netto|\bHT\b|(?:without|before|ex) (?:vat|tax)",
    re.IGNORECASE,
)


def tax_word(name: str) -> tuple[str, bool | None]:
    """The word of a heading that says whether tax is in the amounts, and what it says; None where it says nothing."""
    if match := EXCLUDED.search(name):
        return match[0], False
    if match := INCLUDED.search(name):
        return match[0], True
    return "", None


def check_told(file: FileMap, field_map: FieldMap) -> None:
    """Raises MappingError where an amount comes from a column that is called with tax, and the mapping does not say its rate."""
    if field_map.tax is not None:
        return
    for column in field_map.columns:
        if tax_word(column)[1]:
            sentence = _(
                "%(file)s: tax is in %(column)s by its name: say tax = 10 (or another rate) of %(field)s, or tax = 0 if it is not."
            )
            names = {"file": file.name, "column": column, "field": field_map.name}
            raise MappingError(sentence % names, f"{file.name} {field_map.name}")
