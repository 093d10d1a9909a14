"""Resources of rows that belong to a customer."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, viewsets

from accounts.models import Customer
from config.web.api.bodies import Since
from config.web.api.door import Door


class OfCustomerViewSet(Door, viewsets.GenericViewSet[Any], mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """Rows of customers the caller may see."""

    parameters = Since

    def get_queryset(self) -> QuerySet[Any]:
        visible = Customer.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        return super().get_queryset().filter(customer__in=visible)

    def customer(self, number: int) -> Customer:
        """The customer that a body names by its number; 404 where it is not the caller's to change."""
        customers = Customer.objects.changeable_by(self.request.user)  # type: ignore[arg-type]
        return get_object_or_404(customers, pk=number)
