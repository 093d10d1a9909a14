"""Exchange rates."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, rates
from accounts.forms.rates import RateForm
from accounts.models import ExchangeRate
from config import clock
from config.web.api.bodies import FigureField, Given, Since, Updated, WholeField, cleaned
from config.web.api.door import Door


class NewRateSerializer(Given):
    currency = serializers.CharField()
    fiscal_year = WholeField()
    rate = FigureField(max_digits=18, decimal_places=8)


class RateSerializer(Updated[ExchangeRate]):
    class Meta:
        model = ExchangeRate
        fields = ("currency", "fiscal_year", "rate", "known_on", "updated_at", "changed_at")


class RateViewSet(Door, viewsets.GenericViewSet[ExchangeRate], mixins.ListModelMixin):
    """Exchange rates as they were entered, the one in use of a year first; for admins alone. POST enters one as the page does."""

    serializer_class = RateSerializer
    queryset = ExchangeRate.objects.order_by("currency", "-fiscal_year", "-pk")
    parameters = Since

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not access.configures(request.user):  # type: ignore[arg-type]
            raise NotFound

    @extend_schema(request=NewRateSerializer, responses={200: RateSerializer, 201: RateSerializer})
    def create(self, _request: Request) -> Response:
        """Enter a rate for a currency and fiscal year; 200 where it is the one in use already."""
        form = RateForm(self.given(NewRateSerializer))
        cleaned(form)
        rate = form.entered()
        entered = rates.enter([rate], day=clock.today())
        newest = rates.history(rate.currency, rate.fiscal_year)[0]
        return Response(self.get_serializer(newest).data, status=201 if entered else 200)
