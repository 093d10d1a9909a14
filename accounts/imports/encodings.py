"""The encoding of a text file: proven by its bytes, or several that read it without anything odd."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Programs that say the one write the other: Windows has more characters in the same places.
MEANT: Final = {"shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "s_jis": "cp932"}
# Where every second byte of the cells' marks is zero, the text is UTF-16 without a byte order mark.
LEAST_ZEROS: Final = 0.2
# In these plain letters stand for others, so that no table is written in them.
NO_TABLES: Final = frozenset({"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape"})
KANJI_ODD: Final = re.compile("[A-Za-z][\uff61-\uff9f\u4e00-\u9fff]|[\uff61-\uff9f\u4e00-\u9fff][a-z]")
HALF_WIDTH: Final = re.compile("[\uff61-\uff9f]")
FULL_WIDTH: Final = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
PRIVATE: Final = re.compile("[\ue000-\uf8ff\ufffd\x80-\x9f]")
SIGNS: Final = re.compile("[ƒ‚„†‡ˆ‰‹•˜›¡¢¤¦¨©ª¬¯±²³´¶¸¹º»¼½¾×]")
RUN: Final = re.compile(r"[^\x00-\x7f]{4,}")
NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
READABLE: Final = ("cp932", "euc_jp", "cp1252")


def is_known(name: str) -> bool:
    """Whether a mapping may name this encoding."""
    with suppress(LookupError, ValueError):
        "".encode(name)
        return codecs.lookup(name).name.replace("_", "-") not in NO_TABLES
    return False


def encoding_of(head: bytes, said: str) -> str:
    """The encoding that a byte order mark proves, else the one that is said."""
    for mark, name in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return name
    return MEANT.get(said.casefold(), said)


def encodings(pieces: Sequence[bytes]) -> tuple[str, ...]:
    """The encodings that fit all pieces of a file; the first is the likeliest, one alone is certain enough to be shown only.

    The first piece is the beginning of the file; every piece is cut at ends of lines, unless the file has none.
    """
    head = pieces[0]
    if proven := encoding_of(head, ""):
        return ("utf-8",) if proven == "utf-8-sig" else (proven,)
    if wide := without_mark(head):
        return (wide,)
    whole = b"\n".join(pieces)
    if b"\x1b$" in whole and decoded(whole, "iso2022_jp") is not None:
        return ("iso2022_jp",)
    if decoded(whole, "utf-8") is not None:
        return ("utf-8",)
    readings = {name: text for name in READABLE if (text := decoded(whole, name)) is not None}
    fitting = [name for name, text in readings.items() if not is_odd(text, name)]
    if (
        "euc_jp" in fitting
        and "cp932" in fitting
        and is_half_width(readings["cp932"])
        and FULL_WIDTH.search(readings["euc_jp"])
    ):
        return ("cp932", "euc_jp")
    return tuple(fitting or readings or ("utf-8",))


def without_mark(head: bytes) -> str:
    """UTF-16 by the zeros of its ASCII characters; "" where there are none."""
    if len(head) < 2:  # noqa: PLR2004  a character
        return ""
    even, odd = head[::2].count(0) / len(head[::2]), head[1::2].count(0) / len(head[1::2])
    if odd >= LEAST_ZEROS and even < odd / 4:
        return "utf-16-le"
    return "utf-16-be" if even >= LEAST_ZEROS and odd < even / 4 else ""


def decoded(content: bytes, encoding: str) -> str | None:
    """The text; None where the bytes are none in this encoding. A character may be cut at the end."""
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and error.end == len(content) and "unexpected end" in error.reason:
            return content[: error.start].decode(encoding)
        return None
    except UnicodeError:
        return None


def is_odd(text: str, encoding: str) -> bool:
    """Whether nobody would write such a text: signs amid letters, half and full width in one word, private characters."""
    if PRIVATE.search(text):
        return True
    if encoding == "cp1252":
        others = NOT_ASCII.findall(text)
        return bool(RUN.search(text)) or len(SIGNS.findall(text)) * 2 > len(others)
    if encoding == "cp932" and HALF_WIDTH.search(text):
        mixed = len(re.findall("[\uff61-\uff9f][\u4e00-\u9fff]|[\u4e00-\u9fff][\uff61-\uff9f]", text))
        return mixed * 4 > len(HALF_WIDTH.findall(text)) or bool(KANJI_ODD.search(text))
    return encoding == "cp932" and bool(re.search("[A-Za-z][\u4e00-\u9fff][a-z]", text))


def is_half_width(text: str) -> bool:
    """Whether all that is not ASCII is half-width kana."""
    return all(HALF_WIDTH.match(character) for character in NOT_ASCII.findall(text))


def apart(content: bytes, first: str, second: str) -> tuple[str, str]:
    """The first words that two encodings read apart."""
    for line in content.splitlines():
        one, other = line.decode(first, "replace"), line.decode(second, "replace")
        if one != other:
            pairs = zip(re.split(r"[,;\t|]", one), re.split(r"[,;\t|]", other), strict=False)
            return next(((a.strip(), b.strip()) for a, b in pairs if a != b), (one, other))
    return "", ""
