"""The record over REST: the same access, the same domain calls as the pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import QuerySet, Subquery
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, asof, book, leaving, rates, revenue, sentiment, timeline
from accounts.api import owners
from accounts.api.bulk import BulkActViewSet, BulkRowViewSet
from accounts.api.loads import LoadViewSet
from accounts.forms.customers import TouchForm
from accounts.forms.portfolio import FiltersForm, filters_form
from accounts.forms.rates import RateForm
from accounts.forms.sentiment import SentimentForm
from accounts.models import Contact, Contract, ContractLine, Customer, ExchangeRate, Sentiment, Touchpoint
from config import clock
from config.fields import DAY_MINUTES
from config.web.api.bodies import DayField, FigureField, Given, RowField, Since, WholeField
from config.web.api.door import Door
from health.standing.motions import with_motion
from renewals import notices


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """``parent`` is null as well where the caller may not see the customer above."""

    parent = serializers.IntegerField(source="parent_seen", allow_null=True, read_only=True)  # type: ignore[assignment]
    owner = serializers.CharField(source="owner.email", default=None)
    segment = serializers.CharField(source="segment.name", default=None)
    next_motion = serializers.CharField(source="motion", allow_null=True, read_only=True)
    next_motion_since = serializers.DateField(source="motion_since", allow_null=True, read_only=True)

    class Meta:
        model = Customer
        fields = (
            "id",
            "name",
            "reading",
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
            "changed_at",
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
        fields = (
            "id", "product", "starts_on", "ends_on", "quantity", "annual_amount", "discount_percent", "notice_given_on",
            "changed_at",
        )  # fmt: skip


class ContractSerializer(serializers.ModelSerializer[Contract]):
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
            "changed_at",
        )


class ContactSerializer(serializers.ModelSerializer[Contact]):
    class Meta:
        model = Contact
        fields = ("id", "customer", "name", "reading", "email", "title", "roles", "state", "state_on", "changed_at")


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
            "minutes",
            "changed_at",
        )


class NewTouchSerializer(Given):
    """A touch to log. ``proactive``: we began it."""

    customer = RowField()
    kind = serializers.ChoiceField(choices=Touchpoint.Kind.choices)
    happened_on = DayField()
    proactive = serializers.BooleanField(default=False)
    note = serializers.CharField(required=False, allow_blank=True)
    contacts = serializers.ListField(child=RowField(), required=False, max_length=1_000)
    sentiment = WholeField(required=False, allow_null=True, min_value=1, max_value=5)
    next_step = serializers.CharField(required=False, allow_blank=True)
    next_step_on = DayField(required=False, allow_null=True)
    minutes = WholeField(required=False, allow_null=True, min_value=1, max_value=DAY_MINUTES)


class NewSentimentSerializer(Given):
    customer = RowField()
    value = WholeField(min_value=1, max_value=5)
    note = serializers.CharField(required=False, allow_blank=True)


class NewRateSerializer(Given):
    currency = serializers.CharField()
    fiscal_year = WholeField()
    rate = FigureField(max_digits=18, decimal_places=8)


class SentimentSerializer(serializers.ModelSerializer[Sentiment]):
    author = serializers.CharField(source="author.email", default=None, read_only=True)

    class Meta:
        model = Sentiment
        fields = ("id", "customer", "day", "value", "author", "touch", "note", "changed_at")


def cleaned(form: forms.BaseForm) -> dict[str, Any]:
    """What a page's form makes of the body; 400 naming each field that is wrong."""
    if not form.is_valid():
        raise serializers.ValidationError({name: [str(word) for word in words] for name, words in form.errors.items()})
    return form.cleaned_data


class CustomerViewSet(Door, viewsets.ReadOnlyModelViewSet[Customer]):
    """Customers the caller may see; the list takes the portfolio's own filters."""

    serializer_class = CustomerSerializer
    queryset = Customer.objects.none()
    parameters = Since
    seen = ("owner",)
    also = frozenset(FiltersForm.base_fields) - {"sort"}

    def get_queryset(self) -> QuerySet[Customer]:
        visible = Customer.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        if self.action == "list":
            form = self.filters()
            asked = book.filtered(self.request.user, form.filters(), form.today)  # type: ignore[arg-type]
            visible = visible.filter(pk__in=asked.values("pk"))
        return self.decorated(visible).order_by("name", "pk")

    def decorated(self, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        """The customers with what the serializer shows beside their own columns."""
        above = book.parent(self.request.user).values("pk")[:1]  # type: ignore[arg-type]
        return with_motion(customers).select_related("owner", "segment").annotate(parent_seen=Subquery(above))

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
        if self.since is not None:
            raise serializers.ValidationError({"changed_since": [_("Of a past day nothing changes.")]})
        then = asof.filtered(request.user, form.filters(), day)  # type: ignore[arg-type]
        rows = self.paginate_queryset(asof.fields(then)) or []
        found = PastCustomerSerializer(rows, many=True, context={"as_of": day.isoformat()})
        return self.get_paginated_response(found.data)

    @extend_schema(request=owners.OwnerSerializer, responses=CustomerSerializer)
    @action(detail=True, methods=["post"])
    def owner(self, request: Request, **_key: str) -> Response:
        """Give the customer to somebody (null: to nobody); what belongs to the owner follows at once."""
        customer = self.to_change()
        given = self.given(owners.OwnerSerializer)
        owners.one(customer, given, request.user, clock.today())  # type: ignore[arg-type]
        # A CSM who gave it away no longer sees it.
        after = self.decorated(Customer.objects.filter(pk=customer.pk)).get()
        return Response(self.get_serializer(after).data)

    @extend_schema(request=owners.OwnersSerializer, responses=owners.HandedSerializer)
    @action(detail=False, methods=["post"], pagination_class=None)
    def owners(self, request: Request) -> Response:
        """Give many customers away in one handover; each row has its own outcome, bad ones hold up nobody."""
        if not access.writes(request.user):  # type: ignore[arg-type]
            raise PermissionDenied
        given = self.given(owners.OwnersSerializer)
        answer = owners.hand_over(given, request.user, clock.today())  # type: ignore[arg-type]
        return Response(owners.HandedSerializer(answer).data)


class OfCustomer(Since):
    """Whose rows."""

    customer = RowField(required=False)


class OfCustomerViewSet(Door, viewsets.GenericViewSet[Any], mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """Rows of customers the caller may see; ``?customer=`` asks for one customer's."""

    parameters = OfCustomer

    def get_queryset(self) -> QuerySet[Any]:
        visible = Customer.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        return super().get_queryset().filter(customer__in=visible, **self.asked)

    def customer(self, number: int) -> Customer:
        """The customer that a body names by its number; 404 where it is not the caller's to change."""
        theirs = Customer.objects.changeable_by(self.request.user)  # type: ignore[arg-type]
        return get_object_or_404(theirs, pk=number)


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
        contract, given, day = self._to_change(NoticeSerializer)
        on = given.get("on", day)
        if "lines" in given:
            return self._kept(lambda: leaving.give_notice_of_lines(contract, given["lines"], on, day=day))
        return self._kept(lambda: notices.act(contract, "notice", on, day))

    @extend_schema(request=DaySerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, _request: Request, **_key: str) -> Response:
        """Record that the customer took its notice back."""
        contract, given, day = self._to_change(DaySerializer)
        return self._kept(lambda: notices.act(contract, "withdraw", given.get("on", day), day))

    @extend_schema(request=EndSerializer, responses=ContractSerializer)
    @action(detail=True, methods=["post"])
    def end(self, _request: Request, **_key: str) -> Response:
        """Record the day on which the contract ends, past or to come."""
        contract, given, day = self._to_change(EndSerializer)
        return self._kept(lambda: notices.act(contract, "end", given["on"], day))

    @extend_schema(request=None, responses=ContractSerializer)
    @action(detail=True, methods=["post"], url_path="runs-on")
    def runs_on(self, _request: Request, **_key: str) -> Response:
        """Say of a contract whose end has passed that it goes on."""
        contract, _given, day = self._to_change(Given)
        return self._kept(lambda: leaving.runs_on(contract, day=day))

    def _to_change(self, kind: type[serializers.Serializer[Any]]) -> tuple[Contract, dict[str, Any], dt.date]:
        """The contract, what was sent, today; 403 where the caller may only read it."""
        return self.to_change("customer"), self.given(kind), clock.today()

    def _kept(self, act: Callable[[], Any]) -> Response:
        """The contract after ``act``."""
        act()
        return Response(self.get_serializer(self.get_object()).data)


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
        given = self.given(NewTouchSerializer)
        customer = self.customer(given.pop("customer"))
        form = TouchForm(given, customer=customer, day=clock.today())
        touch = timeline.log(customer, author=request.user, **cleaned(form))  # type: ignore[arg-type]
        return Response(self.get_serializer(touch).data, status=201)


class SentimentViewSet(OfCustomerViewSet):
    """What CSMs felt, newest first; a value of null says that the customer was handed over. POST says it anew."""

    serializer_class = SentimentSerializer
    queryset = Sentiment.objects.select_related("author").order_by("-pk")

    def create(self, request: Request) -> Response:
        """Say it, 1 (bad) to 5 (good), as of today; 404 where the customer is not the caller's to change."""
        given = self.given(NewSentimentSerializer)
        customer = self.customer(given.pop("customer"))
        fields = cleaned(SentimentForm(given))
        said = sentiment.say(customer, author=request.user, day=clock.today(), **fields)  # type: ignore[arg-type]
        return Response(self.get_serializer(said).data, status=201)


class RateSerializer(serializers.ModelSerializer[ExchangeRate]):
    class Meta:
        model = ExchangeRate
        fields = ("currency", "fiscal_year", "rate", "known_on", "changed_at")


class RateViewSet(Door, viewsets.GenericViewSet[ExchangeRate], mixins.ListModelMixin):
    """Exchange rates as they were entered, the one in use of a year first; for admins alone. POST enters one as the page does."""

    serializer_class = RateSerializer
    queryset = ExchangeRate.objects.order_by("currency", "-fiscal_year", "-pk")
    parameters = Since

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not access.configures(request.user):  # type: ignore[arg-type]
            raise NotFound

    def create(self, _request: Request) -> Response:
        """Enter a rate for a currency and fiscal year; 200 where it is the one in use already."""
        form = RateForm(self.given(NewRateSerializer))
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
    ("loads", LoadViewSet, "api-load"),
    ("bulk-acts", BulkActViewSet, "api-bulk"),
    ("bulk-rows", BulkRowViewSet, "api-bulk-row"),
]
