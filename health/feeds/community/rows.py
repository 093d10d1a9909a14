from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import CommunityActivity, Customer
from health.explaining.rows import Columns
from health.measures import Measure

COLUMNS: Final[Columns] = (
    (_("Community activity"), lambda row: row.get_kind_display()),
    (_("On"), lambda row: row.happened_on),
    (_("Contact"), lambda row: row.contact and row.contact.name),
)


def activities(_measure: Measure, customer: Customer, until: dt.date) -> QuerySet[CommunityActivity]:
    return customer.community.filter(happened_on__lte=until).select_related("contact").order_by("-pk")
