"""Tokens of the API."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models.users import User


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: User) -> ApiTokenQuerySet:
        """One's own; for an admin all, so that each can be revoked."""
        return self if access.configures(user) else self.filter(user=user)

    def changeable_by(self, user: User) -> ApiTokenQuerySet:
        """Those that ``user`` may revoke."""
        return self.visible_to(user)


class ApiToken(models.Model):
    """Acts as ``user``, within ``scopes``, until it expires or is revoked.

    ``digest`` is the SHA-256 of the secret, which is kept nowhere; ``hint`` is how it begins. ``scopes`` are a resource
    or ``*`` with what may be done to it: ``customers:read``, ``*:write``; writing includes reading. ``last_used_at`` is
    at most a minute old while the token is used.
    """

    user = models.ForeignKey(User, models.PROTECT, verbose_name=_("acts as"), related_name="tokens", editable=False)
    name = models.CharField(_("name"), max_length=60)
    digest = models.CharField(_("secret"), max_length=64, editable=False)
    hint = models.CharField(_("begins with"), max_length=12, editable=False)
    scopes = ArrayField(models.CharField(max_length=60), verbose_name=_("may"))
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("made by"), related_name="+", editable=False)
    created_at = models.DateTimeField(_("added"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="api_token_digest_once"),
            models.CheckConstraint(condition=~Q(name="") & Q(scopes__len__gt=0), name="api_token_named_and_scoped"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="api_token_expires_later"),
        ]

    def __str__(self) -> str:
        return self.name

    def works(self, now: dt.datetime) -> bool:
        """Whether a request with it is let in at ``now``."""
        return self.revoked_at is None and now < self.expires_at and self.user.is_active
