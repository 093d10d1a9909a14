"""Countries by their codes of two letters (ISO 3166), as people type them and as files hold them."""

from __future__ import annotations

import re
from typing import Final

from babel import Locale

CODES: Final = frozenset(str(code) for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", str(code)))


def code_of(text: str) -> str:
    """The code in capitals for ``text`` in any case; "" where ``text`` is no code."""
    code = text.strip().upper() if text.isascii() else ""  # ß in capitals is the code of South Sudan
    return code if code in CODES else ""
