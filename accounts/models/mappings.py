"""Mappings of files that people saved under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models.users import User
from config.stamps import Stamped

if TYPE_CHECKING:
    from accounts.models.users import User as Person


class SavedMappingQuerySet(models.QuerySet["SavedMapping"]):
    def visible_to(self, user: Person) -> SavedMappingQuerySet:
        """All that are in use, for those who may import; none for others."""
        return self.in_use() if access.imports(user) else self.none()

    def changeable_by(self, user: Person) -> SavedMappingQuerySet:
        """One's own; for admins all, since other people and programs import by them."""
        return self.visible_to(user) if access.configures(user) else self.visible_to(user).filter(by=user)

    def in_use(self) -> SavedMappingQuerySet:
        return self.filter(withdrawn_at=None)


class SavedMapping(Stamped):
    """A mapping (``accounts.imports.maps``) as TOML; ``accounts.imports.saved`` checks it before it is saved.

    ``by`` saved it last. A deleted one keeps its row, with ``withdrawn_at``, so that it can be brought back.
    """

    name = models.CharField(_("name"), max_length=60)
    toml = models.TextField(_("text"), help_text=_("TOML, as docs/import.md explains it."))
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("saved by"), related_name="+", editable=False)
    withdrawn_at = models.DateTimeField(_("deleted"), null=True, editable=False)

    objects = SavedMappingQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved mapping")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(withdrawn_at=None), name="saved_mapping_named_once",
                violation_error_message=_("There is a mapping of this name already."),
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(toml=""), name="saved_mapping_named_and_written"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
