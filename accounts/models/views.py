"""Views of lists that people save: a filter, an order, columns and groups under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models.users import User
from config.stamps import Stamped

if TYPE_CHECKING:
    from accounts.models.users import User as Person


# The keys of ``accounts.lists``: each kind of list that apps register.
LISTS: Final = ["customers", "cases", "tasks", "renewals"]


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: Person) -> SavedViewQuerySet:
        """One's own, those shared with all, and those shared with a team that ``user`` leads or belongs to."""
        return self.filter(Q(owner=user) | Q(shared=SavedView.Shared.ALL) | Q(team__in=access.teams_of(user)))

    def changeable_by(self, user: Person) -> SavedViewQuerySet:
        """One's own views; for an admin every shared one as well."""
        if access.configures(user):
            return self.filter(Q(owner=user) | ~Q(shared=SavedView.Shared.NOBODY))
        return self.filter(owner=user)

    def in_order(self) -> SavedViewQuerySet:
        return self.order_by("position", "name", "pk")


class SavedView(Stamped):
    """A view of the list ``kind`` (a key of ``accounts.lists``).

    ``filter`` is a stored condition (``accounts.conditions``) in which people may be "me" or "team", whoever looks. An empty
    ``order`` is the list's own, no ``columns`` are its usual ones, an empty ``group`` groups nothing. ``team`` is the manager
    whose team a view is shared with.
    """

    class Shared(models.TextChoices):
        NOBODY = "nobody", _("Nobody")
        TEAM = "team", _("A team")
        ALL = "all", _("Everyone")

    kind = models.CharField(_("list"), max_length=10)
    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(User, models.PROTECT, verbose_name=_("owner"), related_name="views")
    shared = models.CharField(_("shared with"), max_length=6, choices=Shared, default=Shared.NOBODY)
    team = models.ForeignKey(User, models.PROTECT, verbose_name=_("team"), related_name="+", null=True, blank=True)
    filter = models.JSONField(_("filter"), default=list, blank=True)
    order = models.CharField(_("order"), max_length=40, blank=True, default="")
    columns = ArrayField(models.CharField(max_length=130), verbose_name=_("columns"), default=list, blank=True)
    group = models.CharField(_("grouped by"), max_length=130, blank=True, default="")
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "name"], name="saved_view_named_once"),
            models.CheckConstraint(condition=Q(kind__in=LISTS), name="saved_view_kind_known"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_named"),
            models.CheckConstraint(
                condition=Q(shared="team", team__isnull=False) | Q(shared__in=["nobody", "all"], team__isnull=True),
                name="saved_view_team_when_shared_with_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name
