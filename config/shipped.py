"""The configuration of a new installation: organisation, segments, scorecards, case rules, playbooks."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts import shipped as accounts_shipped
from health.cases import shipped as case_rules
from health.publishing import shipped as health_shipped
from playbooks import shipped as playbooks_shipped


@transaction.atomic
def install(day: dt.date) -> None:
    """Write missing configuration, in force from ``day`` on; safe to repeat, changes nothing that exists."""
    accounts_shipped.install()
    health_shipped.install(day)
    case_rules.install()
    playbooks_shipped.install(day)
