"""Pieces of a file that stand for it: its beginning, middle and end, so that memory stays flat."""

from __future__ import annotations

from pathlib import Path
from typing import Final

BEGINNING: Final = 1 << 20
ELSEWHERE: Final = 1 << 18
# No line of a table is longer than this without being refused anyway.
UNIT: Final = 4


def stretches(size: int) -> list[tuple[int, int]]:
    """From where to where ``pieces`` reads a text of so many bytes."""
    if size <= BEGINNING + 2 * ELSEWHERE:
        return [(0, size)]
    starts = [start - start % UNIT for start in ((size - ELSEWHERE) // 2, size - ELSEWHERE)]
    return [(0, BEGINNING), *((start, min(size, start + ELSEWHERE + UNIT)) for start in starts)]


def pieces(path: Path) -> tuple[list[bytes], bool]:
    """The pieces, cut at the ends of lines where there are any, and whether they are the whole file."""
    size = path.stat().st_size
    (_begin, most), *others = stretches(size)
    with path.open("rb") as stream:
        head = stream.read(most)
        if not others:
            return [head], True
        found = [head[: head.rfind(b"\n") + 1] or head]
        for start, end in others:
            stream.seek(start)
            piece = stream.read(end - start)
            found.append(piece[piece.find(b"\n") + 1 :])
        found[1] = found[1][: found[1].rfind(b"\n") + 1]
        return found, False


def texts(found: list[bytes], encoding: str) -> list[str]:
    """The pieces as text, each from the beginning of a line; what cannot be read is marked (U+FFFD)."""
    decoded = [found[0].decode(encoding, "replace").removeprefix("\ufeff")]
    wide = encoding.startswith(("utf-16", "utf-32"))
    for piece in found[1:]:
        # A line end of two bytes was cut in its middle.
        whole = piece[piece[:1] == b"\0" :] if wide else piece
        text = whole.decode(ordered(encoding, found[0]), "replace")
        decoded.append(text[text.find("\n") + 1 :] if wide else text)
    return decoded


def ordered(encoding: str, head: bytes) -> str:
    """The encoding with its byte order, for a piece that has no mark of its own."""
    order = "le" if head[:1] == b"\xff" else "be"
    return f"{encoding}-{order}" if encoding in {"utf-16", "utf-32"} else encoding
