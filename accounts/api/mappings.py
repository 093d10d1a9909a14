"""Saved mappings over the API."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.imports import saved
from accounts.models import SavedMapping, User
from config import clock
from config.text import LONGEST
from config.web.api.bodies import Given, Since, Updated
from config.web.api.door import Door


class MappingSerializer(Updated[SavedMapping]):
    by = serializers.CharField(source="by.email", read_only=True)

    class Meta:
        model = SavedMapping
        fields = ("id", "name", "toml", "by", "updated_at", "changed_at")


class ChangedMappingSerializer(Given):
    """What is to be otherwise. ``toml`` is the text of the mapping, as docs/import.md explains it."""

    name = serializers.CharField(max_length=60, required=False)
    toml = serializers.CharField(max_length=LONGEST, required=False, trim_whitespace=False)


class NewMappingSerializer(Given):
    name = serializers.CharField(max_length=60)
    toml = serializers.CharField(max_length=LONGEST, trim_whitespace=False)


class SavedMappingViewSet(Door, viewsets.ReadOnlyModelViewSet[SavedMapping]):
    """Mappings of files under a name; for those who may import. What the import could not read is refused, with its line."""

    serializer_class = MappingSerializer
    queryset = SavedMapping.objects.in_use().select_related("by").order_by("pk")
    parameters = Since
    seen = ("name", "toml")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # Without an action the method is not allowed, whoever asks.
        if self.action and not access.imports(request.user):  # type: ignore[arg-type]
            raise NotFound

    @extend_schema(request=NewMappingSerializer, responses={201: MappingSerializer})
    def create(self, _request: Request) -> Response:
        """Save a mapping."""
        return Response(self._written(SavedMapping(), self.given(NewMappingSerializer)), status=201)

    @extend_schema(request=ChangedMappingSerializer, responses=MappingSerializer)
    @action(detail=True, methods=["post"])
    def change(self, _request: Request, **_key: str) -> Response:
        """Change the name or the text of a mapping."""
        return Response(self._written(self.to_change(), self.given(ChangedMappingSerializer)))

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="delete", url_name="delete")
    def remove(self, _request: Request, **_key: str) -> Response:
        """Delete a mapping; what was imported with it stays."""
        mapping = self.to_change()
        self.given(Given)
        saved.withdraw(mapping, clock.now())
        self.row = None
        return Response(status=204)

    def _written(self, mapping: SavedMapping, data: dict[str, Any]) -> Any:
        for name, value in data.items():
            setattr(mapping, name, value)
        saved.save(mapping, cast("User", self.request.user), clock.today())
        mapping.refresh_from_db(fields=["changed_at"])
        return MappingSerializer(mapping).data
