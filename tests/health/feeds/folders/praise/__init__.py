"""A source to be thrown away: reviews and references, which lie among the acts of advocates."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.imports.activity import load_acts
from accounts.imports.cells import Field
from accounts.imports.targets import CUSTOMER, EXTERNAL_ID, Target
from accounts.models import AdvocacyAct, Customer
from health.feeds import Feed
from health.measures import Measure, Unit
from health.measures.sources import Source


def referrals(_measure: Measure, customer: Customer, until: dt.date) -> QuerySet[AdvocacyAct]:
    return AdvocacyAct.objects.filter(customer=customer, happened_on__lte=until).order_by("-pk")


FEED = Feed(
    target=Target(
        "praise",
        (
            EXTERNAL_ID,
            CUSTOMER,
            Field("kind", "choice", required=True, choices=("review", "reference")),
            Field("happened_on", "date", required=True, past=True),
        ),
        lambda staged: load_acts(staged, AdvocacyAct, "kind", "happened_on"),
        tables=("accounts_advocacyact",),
    ),
    source=Source("accounts_advocacyact v", "v.customer_id", "v.happened_on <= {day}", "v.happened_on"),
    rows=referrals,
    columns=((_("Act"), lambda row: row.get_kind_display()), (_("On"), lambda row: row.happened_on)),
    measures=(
        Measure(
            key="praise_given", name=_("Review"), about=_("Reference"), unit=Unit.COUNT, group="relationship",
            columns={"praise": {"acts": "count(*) {in_window}"}}, amount="coalesce({acts}, 0)::float8", newest="{day}",
            zero_at=0, full_at=4, window=90,
        ),
    ),
)  # fmt: skip
