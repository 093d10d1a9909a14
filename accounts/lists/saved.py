"""Saved views: those of a person, and saving, sharing and deleting them."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, Max, When
from django.utils.translation import gettext as _

from accounts import access, seen
from accounts.lists.asked import Asked
from accounts.models import Role, SavedView, User

# How many views the rail lists and counts; so many a person keeps, so that one's own are always there.
MOST: Final = 40
MOST_SHARED: Final = 20
LAID_OUT: Final = ("filter", "order", "columns", "group")
KEPT: Final = ("kind", "name", "shared", "team", *LAID_OUT, "position")


def views_of(user: User) -> list[SavedView]:
    """The views of the rail: one's own, then those shared with a team, then with everyone. One statement, one for
    teams.
    """
    place = Case(When(owner=user, then=0), When(shared=SavedView.Shared.TEAM, then=1), default=2)
    views = SavedView.objects.visible_to(user).select_related("owner", "team").in_order()
    return list(views.order_by(place, *views.query.order_by)[:MOST])


def teams(user: User) -> list[User]:
    """The managers with whose teams ``user`` may share: one's own, and those one belongs to; an admin every manager's."""
    people = User.objects.people().filter(is_active=True).order_by("name", "pk")
    if user.role == Role.ADMIN:
        return list(people.filter(role=Role.MANAGER))
    manager_ids = [pk for pk in access.teams_of(user) if pk != user.pk or user.role == Role.MANAGER]
    return list(people.filter(pk__in=manager_ids))


def add(listing: Asked, *, name: str, shared: str, team: User | None) -> SavedView:
    """A new view of ``listing``, last among its owner's. Raises ValidationError as ``check`` does."""
    last = SavedView.objects.filter(owner=listing.user).aggregate(last=Max("position"))["last"] or 0
    view = SavedView(
        kind=listing.kind.key, name=name, owner=listing.user, shared=shared, team=team, position=min(last + 1, 30_000)
    )
    _lay_out(view, listing)
    check(view)
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


def check(view: SavedView) -> None:
    """Raise ValidationError, before ``view`` is saved, where its owner has one of that name, has too many, or may not
    share it.
    """
    others = SavedView.objects.filter(owner=view.owner).exclude(pk=view.pk)
    if others.filter(kind=view.kind, name=view.name).exists():
        raise ValidationError({"name": _("You have a view of this name already.")})
    before = SavedView.objects.filter(pk=view.pk).values_list("shared", "team").first()
    if before is None and others.count() >= MOST:
        raise ValidationError(_("A person keeps at most %(most)s views: delete one first.") % {"most": MOST})
    if view.shared == SavedView.Shared.NOBODY or before == (view.shared, view.team_id):
        return
    if not access.writes(view.owner):
        raise ValidationError({"shared": _("Who only reads shares no view.")})
    if others.exclude(shared=SavedView.Shared.NOBODY).count() >= MOST_SHARED:
        text = _("A person shares at most %(most)s views: share one less first.")
        raise ValidationError({"shared": text % {"most": MOST_SHARED}})


def values(view: SavedView) -> dict[str, Any]:
    """The values from which ``bring_back`` restores a deleted view."""
    return {name: getattr(view, view._meta.get_field(name).attname) for name in KEPT}  # type: ignore[union-attr]


def bring_back(snapshot: dict[str, Any], owner: User) -> SavedView:
    """Undo of deleting. Raises ValidationError as ``check`` does."""
    view = SavedView(owner=owner, **{SavedView._meta.get_field(name).attname: snapshot[name] for name in KEPT})  # type: ignore[union-attr]
    check(view)
    view.save()
    return view
