"""Uploaded files, stored in pieces, so that a broken upload goes on where it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import models
from django.db.models import Count, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models.users import User

if TYPE_CHECKING:
    from accounts.models.users import User as Person

LARGEST: Final = 2**30  # bytes of a file
LARGEST_PIECE: Final = 8 * 2**20  # bytes


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: Person) -> UploadQuerySet:
        """One's own uploads; for admins all. What the record was packed into did not come from outside."""
        came = self.filter(export=None)
        return came if access.configures(user) else came.filter(by=user)

    def changeable_by(self, user: Person) -> UploadQuerySet:
        """Uploads that ``user`` may send pieces of and remove."""
        return self.visible_to(user) if access.writes(user) else self.none()

    def with_arrived(self) -> UploadQuerySet:
        """With ``here``, the number of pieces that have arrived."""
        return self.annotate(here=Count("pieces"))


class Upload(models.Model):
    """A file of ``size`` bytes, as declared before its first piece.

    Every piece has ``piece_size`` bytes except the last, which has the rest. A complete upload has its ``sha256``, in
    hexadecimal digits, and never changes. ``kept_until`` is the instant from which the sweep may delete it.
    """

    name = models.CharField(_("name"), max_length=200)
    size = models.PositiveIntegerField(_("size"))
    piece_size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, default="")
    by = models.ForeignKey(User, models.PROTECT, related_name="uploads")
    begun_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    kept_until = models.DateTimeField()

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        indexes = [
            models.Index(fields=["by", "-id"], name="upload_of_person"),
            models.Index(fields=["kept_until"], name="upload_by_end"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(size__gte=1, size__lte=LARGEST), name="upload_size_possible"),
            models.CheckConstraint(
                condition=Q(piece_size__gte=1, piece_size__lte=LARGEST_PIECE), name="upload_piece_size_possible"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="upload_named"),
            models.CheckConstraint(
                condition=Q(completed_at=None, sha256="")
                | Q(completed_at__isnull=False, sha256__regex="^[0-9a-f]{64}$"),
                name="upload_complete_with_digest",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def pieces_needed(self) -> int:
        """The number of pieces; they are numbered from 1."""
        return -(-self.size // self.piece_size)

    def size_of(self, number: int) -> int:
        """Bytes of the piece ``number``."""
        return min(self.piece_size, self.size - (number - 1) * self.piece_size)


class UploadPiece(models.Model):
    """The bytes of a file from ``(number - 1) * piece_size`` on."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="pieces", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="upload_piece_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="upload_piece_counted_from_one"),
            models.CheckConstraint(
                condition=RawSQL("octet_length(content) BETWEEN 1 AND 8388608", (), output_field=models.BooleanField()),
                name="upload_piece_at_most_8_mb",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.upload_id}: {self.number}"
