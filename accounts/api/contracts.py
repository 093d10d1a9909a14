"""Contracts with their lines, and the acts that end them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import leaving
from accounts.api.of_customers import OfCustomerViewSet
from accounts.models import Contract, ContractLine
from config import clock
from config.web.api.bodies import DayField, Given, RowField, Updated
from renewals import notices


class LineSerializer(Updated[ContractLine]):
    class Meta:
        model = ContractLine
        fields = (
            "id", "product", "starts_on", "ends_on", "quantity", "annual_amount", "discount_percent", "notice_given_on",
            "updated_at", "changed_at",
        )  # fmt: skip


class ContractSerializer(Updated[Contract]):
    lines = LineSerializer(many=True)
    leaves_on = serializers.DateField(read_only=True, allow_null=True)

    class Meta:
        model = Contract
        fields = (
            "id",
            "customer",
            "external_id",
            "starts_on",
            "ends_on",
            "ended_on",
            "notice_given_on",
            "notice_withdrawn_on",
            "leaves_on",
            "term_months",
            "notice_days",
            "auto_renews",
            "is_trial",
            "currency",
            "replaced_by",
            "lines",
            "updated_at",
            "changed_at",
        )


class DaySerializer(Given):
    """The day of an act; today where none is given."""

    on = DayField(required=False)


class NoticeSerializer(DaySerializer):
    """``lines``: the numbers of the lines that go; without it the whole contract."""

    lines = serializers.ListField(child=RowField(), required=False, allow_empty=False, max_length=1_000)


class EndSerializer(Given):
    """``on``: the first day without the contract."""

    on = DayField()


class ContractViewSet(OfCustomerViewSet):
    """Contracts with their lines; ``leaves_on`` is the first day without it, null where it goes on, also in a follower."""

    serializer_class = ContractSerializer
    seen = ("notice_given_on", "notice_withdrawn_on", "ended_on")
    renamed = dict.fromkeys(seen, "on")
    queryset = Contract.objects.with_leaves_on().prefetch_related("lines").order_by("pk")

    @extend_schema(request=NoticeSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def notice(self, _request: Request, **_key: str) -> Response:
        """Record that the customer gave notice, of the contract or of some of its lines."""
        contract, data, day = self._to_change(NoticeSerializer)
        on = data.get("on", day)
        if "lines" in data:
            return self._kept(lambda: leaving.give_notice_of_lines(contract, data["lines"], on, day=day))
        return self._kept(lambda: notices.act(contract, "notice", on, day))

    @extend_schema(request=DaySerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, _request: Request, **_key: str) -> Response:
        """Record that the customer took its notice back."""
        contract, data, day = self._to_change(DaySerializer)
        return self._kept(lambda: notices.act(contract, "withdraw", data.get("on", day), day))

    @extend_schema(request=EndSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def end(self, _request: Request, **_key: str) -> Response:
        """Record the day on which the contract ends, past or to come."""
        contract, data, day = self._to_change(EndSerializer)
        return self._kept(lambda: notices.act(contract, "end", data["on"], day))

    @extend_schema(request=None, responses=ContractSerializer)
    @action(detail=True, methods=["post"], url_path="runs-on")
    def runs_on(self, _request: Request, **_key: str) -> Response:
        """Record that a contract whose end has passed runs on."""
        contract, _given, day = self._to_change(Given)
        return self._kept(lambda: leaving.runs_on(contract, day=day))

    def _to_change(self, kind: type[serializers.Serializer[Any]]) -> tuple[Contract, dict[str, Any], dt.date]:
        """The contract, the sent data, today; 403 where the caller may only read the contract."""
        return self.to_change("customer"), self.given(kind), clock.today()

    def _kept(self, act: Callable[[], Any]) -> Response:
        """The contract after ``act``."""
        act()
        return Response(self.get_serializer(self.get_object()).data)
