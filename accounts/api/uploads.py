"""Uploads over the API: begin, put the pieces in any order, complete."""

from __future__ import annotations

from typing import IO, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ParseError, PermissionDenied
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, uploads
from accounts.models import Upload, User
from accounts.models.uploads import LARGEST_PIECE
from config import clock
from config.web.api.bodies import Given, WholeField
from config.web.api.door import Door


class PieceParser(BaseParser):
    """The body as bytes, as many as a piece may have; the only body of the API that is larger than a form."""

    media_type = "application/octet-stream"

    def parse(self, stream: IO[bytes], *_how: Any, **_context: Any) -> Any:
        content = stream.read(LARGEST_PIECE + 1)
        if len(content) > LARGEST_PIECE:
            raise ParseError(_("The body is larger than %(most)s bytes.") % {"most": LARGEST_PIECE})
        return content


class UploadSerializer(serializers.ModelSerializer[Upload]):
    pieces = serializers.IntegerField(source="pieces_needed", read_only=True)
    by = serializers.CharField(source="by.email", read_only=True)

    class Meta:
        model = Upload
        fields: tuple[str, ...] = (
            "id", "name", "size", "piece_size", "pieces", "sha256", "by", "begun_at", "completed_at", "kept_until",
        )  # fmt: skip


class UploadStateSerializer(UploadSerializer):
    """``arrived``: the numbers of the pieces that are here, counted from 1."""

    arrived = serializers.SerializerMethodField()

    class Meta(UploadSerializer.Meta):
        fields = (*UploadSerializer.Meta.fields, "arrived")

    def get_arrived(self, upload: Upload) -> list[int]:
        return uploads.arrived(upload)


class NewUploadSerializer(Given):
    name = serializers.CharField(trim_whitespace=False)
    size = WholeField()


class CompletedSerializer(Given):
    """``sha256`` is the digest of the whole file, in hexadecimal digits; the upload stays open where it differs."""

    sha256 = serializers.RegexField("^[0-9a-fA-F]{64}$", required=False)


class UploadViewSet(Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Upload]):
    """Uploaded files, the newest first: the caller's own, to admins all. Those who may import begin them."""

    serializer_class = UploadStateSerializer
    queryset = Upload.objects.none()

    def get_queryset(self) -> QuerySet[Upload]:
        if getattr(self, "swagger_fake_view", False):
            return Upload.objects.none()
        return Upload.objects.visible_to(self._user).select_related("by").order_by("-pk")

    def get_serializer_class(self) -> type[UploadSerializer]:
        return UploadSerializer if self.action == "list" else UploadStateSerializer

    @extend_schema(request=NewUploadSerializer, responses={201: UploadStateSerializer})
    def create(self, _request: Request) -> Response:
        """Begin an upload of ``size`` bytes; each piece has ``piece_size`` of them, the last one the rest."""
        data = self.given(NewUploadSerializer)
        if not access.imports(self._user):
            raise PermissionDenied
        upload = uploads.begin(data["name"], data["size"], by=self._user, now=clock.now())
        return Response(self.get_serializer(upload).data, status=201)

    @extend_schema(request={"application/octet-stream": OpenApiTypes.BINARY}, responses={204: None})
    @action(
        detail=True, methods=["put"], url_path="pieces/(?P<number>[0-9]{1,6})", url_name="piece",
        parser_classes=[PieceParser],
    )  # fmt: skip
    def piece(self, request: Request, number: str, **_key: str) -> Response:
        """Store a piece. The same piece again changes nothing; another content for it is refused."""
        upload = self.to_change()
        body: Any = request.data
        content = body if isinstance(body, bytes) else b""  # without a body it is no bytes
        uploads.put(upload, int(number), content)
        return Response(status=204)

    @extend_schema(request=CompletedSerializer, responses=UploadStateSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, _request: Request, **_key: str) -> Response:
        """Close an upload whose pieces are all here; again it changes nothing."""
        upload = self.to_change()
        data = self.given(CompletedSerializer)
        upload = uploads.complete(upload, now=clock.now(), sha256=data.get("sha256", ""))
        return Response(self.get_serializer(upload).data)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def remove(self, _request: Request, **_key: str) -> Response:
        """Delete the file, complete or not; what was imported from it stays."""
        upload = self.to_change()
        self.given(Given)
        uploads.remove(upload)
        return Response(status=204)

    @property
    def _user(self) -> User:
        return self.request.user  # type: ignore[return-value]
