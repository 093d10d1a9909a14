"""Uploads in tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts import uploads
from accounts.models import Upload, User
from tests.factories import user

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)


def begun(content: bytes, name: str = "contracts.csv", *, piece: int = 4, by: User | None = None) -> Upload:
    """An upload of ``content`` in pieces of ``piece`` bytes, of which none has arrived."""
    upload = uploads.begin(name, len(content), by=by or user("admin"), now=NOW)
    upload.piece_size = piece
    upload.save(update_fields=["piece_size"])
    return upload


def piece(content: bytes, upload: Upload, number: int) -> bytes:
    return content[(number - 1) * upload.piece_size : number * upload.piece_size]


def whole(content: bytes, name: str = "contracts.csv", **how: Any) -> Upload:
    """A complete upload."""
    upload = begun(content, name, **{"piece": 2**20} | how)
    for number in range(1, upload.pieces_needed + 1):
        uploads.put(upload, number, piece(content, upload, number))
    return uploads.complete(upload, now=NOW)
