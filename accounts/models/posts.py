"""The posts that people hold on the customer's side, each from one day to another."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.contacts import Contact
from config.folding import KeptGrams
from config.stamps import Stamped


class Post(Stamped):
    """What a contact does in its company, from ``starts_on`` up to ``ends_on`` (exclusive); somebody may hold several at once.

    None: since nobody knows when, and until now.
    """

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="posts")
    department = models.CharField(_("department"), max_length=120, blank=True, default="")
    title = models.CharField(_("title"), max_length=120, blank=True, default="")
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until (exclusive)"), null=True, blank=True)
    source = models.CharField(max_length=40, blank=True, default="")
    external_id = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("post")
        indexes = [GinIndex(KeptGrams("department", "title"), name="post_words")]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="post_external_once"
            ),
            models.CheckConstraint(condition=~Q(department="") | ~Q(title=""), name="post_named"),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="post_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.department, self.title)))
