"""Saved views: those of a person, and saving, sharing and deleting them."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts import access, seen
from accounts.lists.asked import Asked
from accounts.models import Role, SavedView, User

# How many views of one person the rail lists and counts.
MOST: Final = 40
LAID_OUT: Final = ("filter", "order", "columns", "group")
KEPT: Final = ("kind", "name", "shared", "team", *LAID_OUT, "position")


def views_of(user: User) -> list[SavedView]:
    """The views of the rail: one's own, then those shared with a team, then with everyone. One statement, one for
    teams.
    """
    views = list(SavedView.objects.visible_to(user).select_related("owner", "team").in_order()[: MOST * 3])
    places = {SavedView.Shared.TEAM: 1, SavedView.Shared.ALL: 2}
    views.sort(key=lambda view: 0 if view.owner_id == user.pk else places.get(SavedView.Shared(view.shared), 0))
    return views[:MOST]


def teams(user: User) -> list[User]:
    """The managers with whose teams ``user`` may share: one's own, and those one belongs to; an admin every manager's."""
    people = User.objects.filter(is_active=True).order_by("name", "pk")
    if user.role == Role.ADMIN:
        return list(people.filter(role=Role.MANAGER))
    manager_ids = [pk for pk in access.teams_of(user) if pk != user.pk or user.role == Role.MANAGER]
    return list(people.filter(pk__in=manager_ids))


def add(listing: Asked, *, name: str, shared: str, team: User | None) -> SavedView:
    """A new view of ``listing``, last among its owner's. Raises ValidationError where the owner has one of that
    name.
    """
    last = SavedView.objects.filter(owner=listing.user).aggregate(last=Max("position"))["last"] or 0
    view = SavedView(
        kind=listing.kind.key, name=name, owner=listing.user, shared=shared, team=team, position=min(last + 1, 30_000)
    )
    _lay_out(view, listing)
    _check(view)
    view.save()
    return view


@transaction.atomic
def save(view: SavedView, listing: Asked, *, back: str) -> SavedView:
    """Save ``listing`` to the view. Raises ValidationError where somebody else has changed the view since ``back``."""
    locked_view = SavedView.objects.select_for_update(no_key=True).get(pk=view.pk)
    if back and seen.mark(locked_view, LAID_OUT) != back:
        raise ValidationError(
            _("Somebody has changed this view since you opened it. Nothing was saved; save yours as a new view.")
        )
    _lay_out(locked_view, listing)
    locked_view.save(update_fields=LAID_OUT)
    return locked_view


def _lay_out(view: SavedView, listing: Asked) -> None:
    stored = listing.stored
    view.filter = stored if isinstance(stored, list) else [stored]
    view.order, view.columns, view.group = listing.sort, list(listing.chosen_columns), listing.group


def _check(view: SavedView) -> None:
    if SavedView.objects.filter(owner=view.owner, kind=view.kind, name=view.name).exclude(pk=view.pk).exists():
        raise ValidationError({"name": _("You have a view of this name already.")})


def values(view: SavedView) -> dict[str, Any]:
    """The values from which ``bring_back`` restores a deleted view."""
    return {name: getattr(view, view._meta.get_field(name).attname) for name in KEPT}  # type: ignore[union-attr]


def bring_back(snapshot: dict[str, Any], owner: User) -> SavedView:
    """Undo of deleting. Raises ValidationError where the owner has made one of that name meanwhile."""
    view = SavedView(owner=owner, **{SavedView._meta.get_field(name).attname: snapshot[name] for name in KEPT})  # type: ignore[union-attr]
    _check(view)
    view.save()
    return view
