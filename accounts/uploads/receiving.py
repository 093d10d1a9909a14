"""Receiving a file: begin, put its pieces in any order, complete."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator
from typing import IO, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import BinaryField, Func
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Upload, UploadPiece, User
from accounts.models.uploads import LARGEST
from accounts.uploads import names, samples

UNFINISHED_KEPT: Final = dt.timedelta(days=2)
KEPT: Final = dt.timedelta(days=30)


def begin(name: str, size: int, *, by: User, now: dt.datetime) -> Upload:
    """Declare a file of ``size`` bytes, of which no piece is here yet.

    Raises ValidationError at ``name`` or ``size``.
    """
    name = names.check(name)
    if size < 1:
        raise ValidationError({"size": [_("“%(name)s” is empty.") % {"name": name}]})
    if size > LARGEST:
        sentence = _("“%(name)s” has %(size)s; a file may have at most %(most)s: split it, or send it as a ZIP.")
        amounts = {"name": name, "size": filesizeformat(size), "most": filesizeformat(LARGEST)}
        raise ValidationError({"size": [sentence % amounts]})
    return Upload.objects.create(
        name=name,
        size=size,
        piece_size=settings.UPLOAD_PIECE,
        by=by,
        begun_at=now,
        kept_until=now + UNFINISHED_KEPT,
    )


def arrived(upload: Upload) -> list[int]:
    """The numbers of the pieces that are here, in order."""
    return list(upload.pieces.order_by("number").values_list("number", flat=True))


def put(upload: Upload, number: int, content: bytes) -> bool:
    """Store a piece; returns whether it was new. The same piece again changes nothing.

    Raises ValidationError where the upload has no such piece, or another content for it.
    """
    if not 1 <= number <= upload.pieces_needed:
        sentence = ngettext(
            "“%(name)s” has %(count)d piece; there is no piece %(number)d.",
            "“%(name)s” has %(count)d pieces; there is no piece %(number)d.",
            upload.pieces_needed,
        )
        amounts = {"name": upload.name, "count": upload.pieces_needed, "number": number}
        raise ValidationError({"number": [sentence % amounts]})
    if len(content) != upload.size_of(number):
        sentence = _("Piece %(number)d has %(size)d bytes; it should have %(expected)d.")
        amounts = {"number": number, "size": len(content), "expected": upload.size_of(number)}
        raise ValidationError({"content": [sentence % amounts]})
    with transaction.atomic():
        # Pieces of one upload follow one another; KEY SHARE, which other tables take for their references, passes.
        locked = _locked(upload)
        digest = Func("content", function="sha256", output_field=BinaryField())
        present = locked.pieces.filter(number=number).values_list(digest, flat=True).first()
        if present is None:
            UploadPiece.objects.create(upload=locked, number=number, content=content)
            return True
    if bytes(present) != hashlib.sha256(content).digest():
        sentence = _("Piece %(number)d is here already with another content: begin the upload anew.")
        raise ValidationError({"content": [sentence % {"number": number}]})
    return False


def complete(upload: Upload, *, now: dt.datetime, sha256: str = "", kept: dt.timedelta = KEPT) -> Upload:
    """Close an upload whose pieces are all here; again it changes nothing. It is ``kept`` from then on.

    ``sha256`` is the digest that the sender expects. Raises ValidationError where pieces are missing or the digest is
    another.
    """
    with transaction.atomic():
        upload = _locked(upload)
        if upload.completed_at is None:
            present = set(arrived(upload))
            missing = [number for number in range(1, upload.pieces_needed + 1) if number not in present]
            if missing:
                sentence = ngettext(
                    "%(count)d piece is missing; the first is piece %(number)d.",
                    "%(count)d pieces are missing; the first is piece %(number)d.",
                    len(missing),
                )
                raise ValidationError(sentence % {"count": len(missing), "number": missing[0]})
            digest = hashlib.sha256()
            for _number, content in stored(upload):
                digest.update(content)
            upload.sha256, upload.completed_at, upload.kept_until = digest.hexdigest(), now, now + kept
            upload.save(update_fields=["sha256", "completed_at", "kept_until"])
        if sha256 and sha256.lower() != upload.sha256:
            sentence = _("The file that arrived has another digest: %(digest)s. Send it again.")
            raise ValidationError({"sha256": [sentence % {"digest": upload.sha256}]})
    return upload


def receive(name: str, file: IO[bytes], size: int, *, by: User, now: dt.datetime, kept: dt.timedelta = KEPT) -> Upload:
    """Begin, fill and complete an upload from a file of ``size`` bytes that is here as a whole. Raises as ``begin``."""
    with transaction.atomic():
        upload = begin(name, size, by=by, now=now)
        for number in range(1, upload.pieces_needed + 1):
            put(upload, number, file.read(upload.size_of(number)))
        return complete(upload, now=now, kept=kept)


def remove(upload: Upload) -> None:
    """Delete an upload, complete or not, with its pieces and what was read of its members; what was imported from it stays."""
    samples.forget(upload)
    Upload.objects.filter(pk=upload.pk).delete()


def stored(upload: Upload, numbers: Collection[int] | None = None) -> Iterator[tuple[int, bytes | memoryview]]:
    """The number and content of each piece (or of those ``numbers``), in order, one in memory at a time; inside a
    transaction only.
    """
    pieces = upload.pieces.order_by("number").values_list("number", "content")
    return (pieces if numbers is None else pieces.filter(number__in=numbers)).iterator(chunk_size=1)


def sent(upload: Upload) -> Iterator[bytes]:
    """The content of a complete upload piece by piece, a statement each, so that nothing waits for a slow reader."""
    for number in range(1, upload.pieces_needed + 1):
        found = upload.pieces.filter(number=number).values_list("content", flat=True).first()
        if found is None:  # deleted meanwhile
            return
        yield bytes(found)


def _locked(upload: Upload) -> Upload:
    """The row, locked to the end of the transaction; raises ValidationError where it was removed meanwhile."""
    locked = Upload.objects.select_for_update(no_key=True).filter(pk=upload.pk).first()
    if locked is None:
        raise ValidationError(_("“%(name)s” was removed meanwhile: begin the upload anew.") % {"name": upload.name})
    return locked
