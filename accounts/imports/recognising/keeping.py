"""What a file was recognised as, kept while somebody sets its import up: no page reckons the same bytes twice."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import fields
from hashlib import blake2b
from pathlib import Path
from typing import Final

from django.core.cache import cache
from django.db import connection
from django.utils.translation import get_language

from accounts.imports.cells import Formats
from accounts.imports.dialects import COMPOUND, ZIP, first_bytes
from accounts.imports.opening import sentence_of
from accounts.imports.recognising import NOTHING, recognise, sampling
from accounts.imports.recognising.found import Choice, Column, Question, Recognised
from accounts.imports.rows import Unreadable
from accounts.imports.taking import UNHURRIED

KEPT_SECONDS: Final = 3600
# What was kept by an earlier version of the program is not read by this one.
SHAPE: Final = repr(
    [
        (kind.__name__, [known.name for known in fields(kind)])
        for kind in (Recognised, Column, Question, Choice, Formats)
    ]
)
CHUNK: Final = 1 << 20


def recognised(path: Path, sheet: str = "", said: Mapping[str, str] = NOTHING) -> Recognised:
    """As ``recognise``, reckoned once an hour for the bytes that it reads, its answers and the reader's language. The request's transaction may be idle meanwhile."""
    key = f"import-recognised:{digest(path, sheet, said)}"
    if known := cache.get(key):
        found: Recognised = pickle.loads(known)  # noqa: S301  our own, of our own cache
        return found
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(UNHURRIED)
    found = recognise(path, sheet, said)
    cache.set(key, pickle.dumps(found), KEPT_SECONDS)
    return found


def digest(path: Path, sheet: str, said: Mapping[str, str]) -> str:
    """Of all that the answer depends on: of a text the pieces that are looked at, of a workbook every byte."""
    content = blake2b(repr([SHAPE, path.name, sheet, sorted(said.items()), get_language()]).encode(), digest_size=32)
    try:
        content.update(str(path.stat().st_size).encode())
        if first_bytes(path).startswith((ZIP, COMPOUND)):
            with path.open("rb") as stream:
                while chunk := stream.read(CHUNK):
                    content.update(chunk)
        else:
            for piece in sampling.pieces(path)[0]:
                content.update(piece)
    except OSError as error:
        raise Unreadable(sentence_of(path, "", error)) from error
    return content.hexdigest()
