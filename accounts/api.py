"""The record over REST: the same access, the same domain calls as the pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import F, QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, asof, book, rates, revenue, sentiment, timeline
from accounts.forms.customers import TouchForm
from accounts.forms.portfolio import FiltersForm, filters_form
from accounts.forms.rates import RateForm
from accounts.forms.sentiment import SentimentForm
from accounts.models import Contact, Contract, ContractLine, Customer, ExchangeRate, Sentiment, Touchpoint
from config import clock
from health.motions import with_motion


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    owner = serializers.CharField(source="owner.email", default=None)
    segment = serializers.CharField(source="segment.name", default=None)
    next_motion = serializers.CharField(source="motion", allow_null=True, read_only=True)
    next_motion_since = serializers.DateField(source="motion_since", allow_null=True, read_only=True)

    class Meta:
        model = Customer
        fields = (
            "id",
            "name",
            "domain",
            "industry",
            "use_case",
            "employees",
            "country",
            "owner",
            "parent",
            "tags",
            "attributes",
            "status",
            "stage",
            "segment",
            "touch_model",
            "first_contract_on",
            "sentiment",
            "arr",
            "last_touch_on",
            "score",
            "band",
            "next_renewal_on",
            "leaves_on",
            "next_motion",
            "next_motion_since",
        )


class PastCustomerSerializer(serializers.Serializer[Any]):
    """What ``?as_of=`` answers: the columns that change with the day, with the day's values."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    as_of = serializers.SerializerMethodField()
    owner = serializers.CharField(source="then_owner_email")
    segment = serializers.CharField(source="then_segment_name")
    touch_model = serializers.CharField(source="then_touch")
    status = serializers.CharField(source="then_status")
    stage = serializers.CharField(source="then_stage")
    arr = serializers.DecimalField(
        max_digits=revenue.MONEY.max_digits, decimal_places=revenue.MONEY.decimal_places, source="then_arr"
    )
    last_touch_on = serializers.DateField(source="then_touch_on")
    score = serializers.DecimalField(max_digits=5, decimal_places=2, source="then_score")
    band = serializers.CharField(source="then_band")
    next_renewal_on = serializers.DateField(source="then_renewal_on")
    leaves_on = serializers.DateField(source="then_leaves_on")

    def get_as_of(self, _row: Any) -> str:
        return str(self.context["as_of"])


class LineSerializer(serializers.ModelSerializer[ContractLine]):
    class Meta:
        model = ContractLine
        fields = ("product", "starts_on", "ends_on", "quantity", "annual_amount", "discount_percent")


class ContractSerializer(serializers.ModelSerializer[Contract]):
    lines = LineSerializer(many=True)

    class Meta:
        model = Contract
        fields = (
            "id",
            "customer",
            "external_id",
            "starts_on",
            "ends_on",
            "ended_on",
            "term_months",
            "notice_days",
            "auto_renews",
            "is_trial",
            "currency",
            "replaced_by",
            "lines",
        )


class ContactSerializer(serializers.ModelSerializer[Contact]):
    class Meta:
        model = Contact
        fields = ("id", "customer", "name", "email", "title", "roles", "state", "state_on")


class TouchpointSerializer(serializers.ModelSerializer[Touchpoint]):
    author = serializers.CharField(source="author.email", default=None, read_only=True)

    class Meta:
        model = Touchpoint
        fields = (
            "id",
            "customer",
            "kind",
            "proactive",
            "happened_on",
            "author",
            "contacts",
            "sentiment",
            "note",
            "next_step",
            "next_step_on",
        )


class SentimentSerializer(serializers.ModelSerializer[Sentiment]):
    author = serializers.CharField(source="author.email", default=None, read_only=True)

    class Meta:
        model = Sentiment
        fields = ("id", "customer", "day", "value", "author", "touch", "note")


def changeable(request: Request) -> Customer:
    """The customer that the body names by its number; 404 where it is not the caller's to change."""
    if not isinstance(request.data, dict):
        raise serializers.ValidationError({"detail": ["One row is one JSON object."]})
    asked = str(request.data.get("customer", ""))
    theirs = Customer.objects.changeable_by(request.user)  # type: ignore[arg-type]
    found = theirs.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None  # noqa: PLR2004 (bigint)
    if found is None:
        raise NotFound
    return found


def cleaned(form: forms.BaseForm) -> dict[str, Any]:
    """What a page's form makes of the body; 400 naming each field that is wrong."""
    if not form.is_valid():
        raise serializers.ValidationError({name: [str(word) for word in words] for name, words in form.errors.items()})
    return form.cleaned_data


class CustomerViewSet(viewsets.ReadOnlyModelViewSet[Customer]):
    """Customers the caller may see; the list takes the portfolio's own filters."""

    serializer_class = CustomerSerializer
    queryset = Customer.objects.none()

    def get_queryset(self) -> QuerySet[Customer]:
        visible = Customer.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        if self.action == "list":
            form = self.filters()
            asked = book.filtered(self.request.user, form.filters(), form.today)  # type: ignore[arg-type]
            visible = visible.filter(pk__in=asked.values("pk"))
        return with_motion(visible).select_related("owner", "segment").order_by("name", "pk")

    def filters(self) -> FiltersForm:
        """The filters of the address; 400 naming those that cannot be read."""
        form = filters_form(self.request.query_params, clock.today())
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(word) for word in words] for name, words in form.errors.items()}
            )
        return form

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        form = self.filters()
        day = form.past_day()
        if day is None:
            return super().list(request, *args, **kwargs)
        then = asof.filtered(request.user, form.filters(), day)  # type: ignore[arg-type]
        rows = self.paginate_queryset(asof.fields(then)) or []
        found = PastCustomerSerializer(rows, many=True, context={"as_of": day.isoformat()})
        return self.get_paginated_response(found.data)


class OfCustomerViewSet(viewsets.GenericViewSet[Any], mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """Rows of customers the caller may see; ``?customer=`` asks for one customer's."""

    def get_queryset(self) -> QuerySet[Any]:
        visible = Customer.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        rows = super().get_queryset().filter(customer__in=visible)
        asked = self.request.query_params.get("customer", "")
        if asked and not (asked.isascii() and asked.isdigit()):
            raise serializers.ValidationError({"customer": ["A customer is named by its number."]})
        return rows.filter(customer=int(asked)) if asked else rows


class ContractViewSet(OfCustomerViewSet):
    """Contracts with their lines."""

    serializer_class = ContractSerializer
    queryset = Contract.objects.prefetch_related("lines").order_by("pk")


class ContactViewSet(OfCustomerViewSet):
    """People on the customers' side."""

    serializer_class = ContactSerializer
    queryset = Contact.objects.order_by("pk")


class TouchpointViewSet(OfCustomerViewSet):
    """Touchpoints; POST logs one as the page does."""

    serializer_class = TouchpointSerializer
    queryset = Touchpoint.objects.select_related("author").prefetch_related("contacts").order_by("-pk")

    def create(self, request: Request) -> Response:
        """Log a touch; 404 where the customer is not the caller's to change."""
        customer = changeable(request)
        form = TouchForm(request.data, customer=customer, day=clock.today())
        touch = timeline.log(customer, author=request.user, **cleaned(form))  # type: ignore[arg-type]
        return Response(self.get_serializer(touch).data, status=201)


class SentimentViewSet(OfCustomerViewSet):
    """What CSMs felt, newest first; a value of null says that the customer was handed over. POST says it anew."""

    serializer_class = SentimentSerializer
    queryset = Sentiment.objects.select_related("author").order_by("-pk")

    def create(self, request: Request) -> Response:
        """Say it, 1 (bad) to 5 (good), as of today; 404 where the customer is not the caller's to change."""
        customer = changeable(request)
        fields = cleaned(SentimentForm(dict(request.data)))
        said = sentiment.say(customer, author=request.user, day=clock.today(), **fields)  # type: ignore[arg-type]
        return Response(self.get_serializer(said).data, status=201)


class RateSerializer(serializers.ModelSerializer[ExchangeRate]):
    class Meta:
        model = ExchangeRate
        fields = ("currency", "fiscal_year", "rate", "known_on")


class RateViewSet(viewsets.GenericViewSet[ExchangeRate], mixins.ListModelMixin):
    """Exchange rates as they were entered, the one in use of a year first; for admins alone. POST enters one as the page does."""

    serializer_class = RateSerializer
    queryset = ExchangeRate.objects.order_by("currency", "-fiscal_year", F("known_on").desc(nulls_last=True))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not access.configures(request.user):  # type: ignore[arg-type]
            raise NotFound

    def create(self, request: Request) -> Response:
        """Enter a rate for a currency and fiscal year; 200 where it is the one in use already."""
        if not isinstance(request.data, dict):
            raise serializers.ValidationError({"detail": ["One row is one JSON object."]})
        form = RateForm({name: request.data[name] for name in RateForm.base_fields if name in request.data})
        cleaned(form)
        rate = form.entered()
        entered = rates.enter([rate], day=clock.today())
        newest = rates.history(rate.currency, rate.fiscal_year)[0]
        return Response(self.get_serializer(newest).data, status=201 if entered else 200)


ROUTES = [
    ("rates", RateViewSet, "api-rate"),
    ("customers", CustomerViewSet, "api-customer"),
    ("contracts", ContractViewSet, "api-contract"),
    ("contacts", ContactViewSet, "api-contact"),
    ("touchpoints", TouchpointViewSet, "api-touchpoint"),
    ("sentiments", SentimentViewSet, "api-sentiment"),
]
