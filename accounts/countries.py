"""Countries by their codes of two letters (ISO 3166), as people type them and as files hold them."""

from __future__ import annotations

import re
from typing import Final

from babel import Locale
from babel.core import get_global

CODES: Final = frozenset(str(code) for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", str(code)))


# Codes of three letters; and the two of two letters that people use: others of CLDR's (MI, CT) are states of America to them.
OTHER: Final = {
    str(other): codes[0]
    for other, codes in get_global("territory_aliases").items()
    if len(codes) == 1 and codes[0] in CODES and re.fullmatch("[A-Z]{3}", str(other))
} | {"UK": "GB", "EL": "GR", "UAE": "AE", "ENGLAND": "GB", "SCOTLAND": "GB", "WALES": "GB"}

# Names by which people call countries, beside those of CLDR.
ALSO: Final = {
    "CI": "Ivory Coast", "CN": "People's Republic of China|中華人民共和国", "CZ": "Czech Republic|チェコ共和国",
    "GB": "Great Britain|Britain|英国|イギリス連合王国", "HK": "Hong Kong|香港", "KR": "Korea|Republic of Korea|Korea, Republic of|大韓民国|대한민국",
    "MO": "Macao|Macau|マカオ", "NL": "The Netherlands|Holland", "RU": "Russian Federation|ロシア連邦", "TR": "Turkey|Türkei|Turquie",
    "US": "United States of America|America|アメリカ|米国", "VN": "Viet Nam",
}  # fmt: skip


def code_of(text: str) -> str:
    """The code in capitals for ``text`` in any case, also for UK, U.S.A. and codes of three letters; "" where it is no code."""
    code = text.strip().upper() if text.isascii() else ""  # ß in capitals is the code of South Sudan
    if code not in CODES:
        code = code.replace(".", "").replace(" ", "") if "." in code else code
    return code if code in CODES else OTHER.get(code, "")
