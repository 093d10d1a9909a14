"""Saved views of lists over the API."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import ValidationError as Refused
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import conditions, lists
from accounts.lists import saved
from accounts.lists.asked import MOST_COLUMNS
from accounts.models import SavedView, User
from accounts.models.views import LISTS
from config.web.api.bodies import Given, Since, Updated, WholeField
from config.web.api.door import Door


class SavedViewSerializer(Updated[SavedView]):
    owner = serializers.CharField(source="owner.email", read_only=True)
    team = serializers.CharField(source="team.email", default=None, allow_null=True, read_only=True)

    class Meta:
        model = SavedView
        fields = (
            "id", "kind", "name", "owner", "shared", "team", "filter", "order", "columns", "group", "position", "updated_at", "changed_at",
        )  # fmt: skip


class ChangedViewSerializer(Given):
    """The changed fields of a view. ``filter`` is a condition as rules store them; ``team`` the email of a manager."""

    name = serializers.CharField(max_length=60, required=False)
    shared = serializers.ChoiceField(choices=SavedView.Shared.choices, required=False)
    team = serializers.EmailField(required=False, allow_null=True)
    filter = serializers.JSONField(required=False)
    order = serializers.CharField(max_length=40, required=False, allow_blank=True)
    columns = serializers.ListField(
        child=serializers.CharField(max_length=130), required=False, max_length=MOST_COLUMNS
    )
    group = serializers.CharField(max_length=130, required=False, allow_blank=True)
    position = WholeField(min_value=1, max_value=30_000, required=False)


class NewViewSerializer(ChangedViewSerializer):
    kind = serializers.ChoiceField(choices=LISTS)
    name = serializers.CharField(max_length=60)


class SavedViewViewSet(Door, viewsets.ReadOnlyModelViewSet[SavedView]):
    """Views that the caller has or that are shared with it."""

    serializer_class = SavedViewSerializer
    queryset = SavedView.objects.none()
    parameters = Since
    seen = ("name", "shared", "team", "filter", "order", "columns", "group", "position")

    def get_queryset(self) -> QuerySet[SavedView]:
        user: Any = self.request.user
        visible = SavedView.objects.visible_to(user) | SavedView.objects.changeable_by(user)
        return visible.select_related("owner", "team").order_by("pk")

    @extend_schema(request=NewViewSerializer, responses={201: SavedViewSerializer})
    def create(self, request: Request) -> Response:
        """Save a view of one's own."""
        data, user = self.given(NewViewSerializer), cast("User", request.user)
        view = SavedView(owner=user, kind=data.pop("kind"), position=data.pop("position", 1))
        return Response(SavedViewSerializer(self._written(view, data)).data, status=201)

    @extend_schema(request=ChangedViewSerializer, responses=SavedViewSerializer)
    @action(detail=True, methods=["post"])
    def change(self, _request: Request, **_key: str) -> Response:
        """Change a view: one's own, or to an admin one that is shared."""
        view = self.to_change()
        return Response(SavedViewSerializer(self._written(view, self.given(ChangedViewSerializer))).data)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="delete", url_name="delete")
    def remove(self, _request: Request, **_key: str) -> Response:
        """Delete a view; its rows stay."""
        view = self.to_change()
        self.given(Given)
        view.delete()
        self.row = None
        return Response(status=204)

    def _written(self, view: SavedView, data: dict[str, Any]) -> SavedView:
        for name, value in data.items():
            setattr(view, name, self._team(value) if name == "team" else value)
        if view.shared != SavedView.Shared.TEAM:
            view.team = None
        _check(view)
        saved.check(view)
        try:
            with transaction.atomic():
                view.save(update_fields=[*data, "team"] if view.pk else None)
        except IntegrityError as problem:
            raise serializers.ValidationError({"name": [_("You have a view of this name already.")]}) from problem
        return view

    def _team(self, email: str | None) -> Any:
        if email is None:
            return None
        user: Any = self.request.user
        team = next((leader for leader in saved.teams(user) if leader.email == email.lower()), None)
        if team is None:
            raise serializers.ValidationError({"team": [_("You cannot share with this team.")]})
        return team


def _check(view: SavedView) -> None:
    """Answer 400 for the parts of the view that no list could show."""
    kind = lists.find(view.kind)
    errors: dict[str, list[str]] = {}
    try:
        conditions.check(view.filter, view.kind)
    except Refused as problem:
        errors["filter"] = list(problem.messages)
    if view.order and (kind is None or kind.order_of(view.order) is None):
        errors["order"] = [_("The list has no order “%(order)s”.") % {"order": view.order}]
    if kind is not None and (unknown_columns := [key for key in view.columns if kind.column(key) is None]):
        errors["columns"] = [_("The list has no column “%(column)s”.") % {"column": unknown_columns[0]}]
    if kind is not None and view.group and kind.grouping(view.group) is None:
        errors["group"] = [_("The list cannot be grouped by “%(group)s”.") % {"group": view.group}]
    if view.shared == SavedView.Shared.TEAM and view.team is None:
        errors["team"] = [_("Choose the team.")]
    if errors:
        raise serializers.ValidationError(errors)
