"""The people who use the product over the API, and how many they are for one customer."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.models import Customer, User
from config import clock
from config.web.api.bodies import Given, RowField
from config.web.api.door import Door
from health.explaining import people
from health.models import Person


class WhoseSerializer(Given):
    customer = RowField(help_text="Whose people.")


class GroupSerializer(Given):
    customer = RowField(required=False, help_text="Only this customer's.")
    who = serializers.ChoiceField(
        people.GROUPS, required=False, help_text="Only those of a role or group; else all people, without agents."
    )


class PersonSerializer(serializers.ModelSerializer[Person]):
    """``contact`` is null where it belongs to another customer since, ``roles`` are empty where it has left; ``came`` and ``uses`` are of 28 days, ``last_on`` is null after three months."""

    contact = serializers.SerializerMethodField()
    roles = serializers.SerializerMethodField()
    came = serializers.IntegerField()
    uses = serializers.IntegerField()
    last_on = serializers.DateField(source="came_on", allow_null=True)
    first_on = serializers.DateField(source="began_on")
    core_on = serializers.DateField(source="core_since", allow_null=True)

    class Meta:
        model = Person
        fields = (
            "id", "customer", "name", "contact", "roles", "is_agent", "came", "uses", "last_on", "first_on", "core_on",
        )  # fmt: skip

    def get_contact(self, person: Any) -> int | None:
        return person.known_as and person.known_as.pk

    def get_roles(self, person: Any) -> list[str]:
        return list(person.contact.roles) if person.is_there else []


class GroupFiguresSerializer(serializers.Serializer[Any]):
    """A role or group: the people that are known, those who came in 28 days, and on four days or more."""

    name = serializers.CharField()
    known = serializers.IntegerField()
    came = serializers.IntegerField()
    regular = serializers.IntegerField()
    last_on = serializers.DateField(allow_null=True)


class PeopleFiguresSerializer(serializers.Serializer[Any]):
    """The amounts of the measures of the same names; null where there is no data."""

    people_daily = serializers.FloatField(allow_null=True)
    people_weekly = serializers.FloatField(allow_null=True)
    people_monthly = serializers.FloatField(allow_null=True)
    stickiness = serializers.FloatField(allow_null=True)
    people_activated = serializers.FloatField(allow_null=True)
    groups = GroupFiguresSerializer(many=True)


class PersonViewSet(Door, viewsets.GenericViewSet[Person]):
    """The people who use the product, by their number."""

    serializer_class = PersonSerializer
    queryset = Person.objects.none()
    parameters = GroupSerializer

    def asks(self) -> type[Given]:
        return WhoseSerializer if self.action == "figures" else super().asks()

    def get_queryset(self) -> QuerySet[Person]:
        if getattr(self, "swagger_fake_view", False):
            return Person.objects.none()
        sees = access.sees(self.request.user, "customer__") & Q(customer__merged_into=None)  # type: ignore[arg-type]
        whose = sees & Q(customer=self.asked["customer"]) if "customer" in self.asked else sees
        return people.people_where(whose, clock.today(), self.asked.get("who", "")).order_by("pk")

    def list(self, request: Request) -> Response:  # noqa: ARG002 (the framework's signature)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(parameters=[WhoseSerializer], responses=PeopleFiguresSerializer, filters=False)
    @action(detail=False, pagination_class=None)
    def figures(self, request: Request) -> Response:  # noqa: ARG002 (the framework's signature)
        """How many people use the product for the customer, and by role."""
        day, _swept, zone, _also = clock.standing()
        seen = Customer.objects.visible_to(cast("User", self.request.user))
        customer = get_object_or_404(seen, pk=self.asked["customer"])
        amounts, groups = people.people_use(customer, day, zone)
        return Response(PeopleFiguresSerializer({**amounts, "groups": groups}).data)


ROUTES = [("people", PersonViewSet, "person")]
