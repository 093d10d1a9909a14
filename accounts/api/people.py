"""Contacts, touches and sentiment."""

from __future__ import annotations

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import sentiment, timeline
from accounts.api.of_customers import OfCustomerViewSet
from accounts.forms.customers import TouchForm
from accounts.forms.sentiment import SentimentForm
from accounts.models import Contact, Post, Sentiment, Touchpoint
from config import clock
from config.fields import DAY_MINUTES
from config.web.api.bodies import DayField, Given, RowField, Updated, WholeField, cleaned


class PostSerializer(serializers.ModelSerializer[Post]):
    """``ends_on`` is the first day without it."""

    class Meta:
        model = Post
        fields = ("department", "title", "starts_on", "ends_on")


class ContactSerializer(Updated[Contact]):
    posts = PostSerializer(many=True, read_only=True)

    class Meta:
        model = Contact
        fields = (
            "id",
            "customer",
            "name",
            "family_name",
            "given_name",
            "honorific",
            "reading",
            "email",
            "department",
            "title",
            "posts",
            "roles",
            "state",
            "state_on",
            "updated_at",
            "changed_at",
        )


class TouchpointSerializer(Updated[Touchpoint]):
    author = serializers.CharField(source="author.email", default=None, allow_null=True, read_only=True)

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
            "updated_at",
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


class SentimentSerializer(Updated[Sentiment]):
    author = serializers.CharField(source="author.email", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Sentiment
        fields = ("id", "customer", "day", "value", "author", "touch", "note", "updated_at", "changed_at")


class ContactViewSet(OfCustomerViewSet):
    """People on the customers' side."""

    serializer_class = ContactSerializer
    queryset = Contact.objects.prefetch_related(Prefetch("posts", Post.objects.order_by("pk"))).order_by("pk")


class TouchpointViewSet(OfCustomerViewSet):
    """Touchpoints; POST logs one as the page does."""

    serializer_class = TouchpointSerializer
    queryset = Touchpoint.objects.select_related("author").prefetch_related("contacts").order_by("-pk")

    @extend_schema(request=NewTouchSerializer, responses={201: TouchpointSerializer})
    def create(self, request: Request) -> Response:
        """Log a touch; 404 where the customer is not the caller's to change."""
        data = self.given(NewTouchSerializer)
        customer = self.customer(data.pop("customer"))
        form = TouchForm(data, customer=customer, day=clock.today())
        touch = timeline.log(customer, author=request.user, **cleaned(form))  # type: ignore[arg-type]
        return Response(self.get_serializer(touch).data, status=201)

    def destroy(self, request: Request, **_key: str) -> Response:
        """Take back a touch that one has logged oneself, with its sentiment."""
        touch = self.to_change("customer")
        if touch.author_id != request.user.pk:
            raise PermissionDenied
        timeline.forget(touch)
        return Response(status=204)


class SentimentViewSet(OfCustomerViewSet):
    """Sentiments of CSMs, newest first; a null value marks a handover of the customer. POST records a new one."""

    serializer_class = SentimentSerializer
    queryset = Sentiment.objects.select_related("author").order_by("-pk")

    @extend_schema(request=NewSentimentSerializer, responses={201: SentimentSerializer})
    def create(self, request: Request) -> Response:
        """Record it, 1 (bad) to 5 (good), as of today; 404 where the customer is not the caller's to change."""
        data = self.given(NewSentimentSerializer)
        customer = self.customer(data.pop("customer"))
        fields = cleaned(SentimentForm(data))
        entry = sentiment.say(customer, author=request.user, day=clock.today(), **fields)  # type: ignore[arg-type]
        return Response(self.get_serializer(entry).data, status=201)

    def destroy(self, request: Request, **_key: str) -> Response:
        """Take back a sentiment that one has said oneself, of no touch; the one before holds again."""
        entry = self.to_change("customer")
        if entry.author_id != request.user.pk or entry.touch_id:
            raise PermissionDenied
        sentiment.take_back(entry)
        return Response(status=204)
