"""Settled steps are skipped: those that ran for the day under the same rules, with no changed customers since."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from django.db import connection

from accounts import changes
from config.setaside import nights, register
from config.setaside.models import Kind

if TYPE_CHECKING:
    from config.cycle import Step

# The configuration that steps which may be settled read: small tables, compared as a whole.
RULES: Final = (
    "accounts_organisation", "accounts_segment", "accounts_exchangerate", "accounts_closingday", "accounts_cover",
    "accounts_user", "health_feature", "health_caserule", "health_scorecard", "health_measuregroup",
    "health_scorecardmeasure", "health_tenurethreshold", "health_ceiling", "health_ownmeasure", "playbooks_playbook",
    "playbooks_playbookversion", "playbooks_playbookstep",
)  # fmt: skip
# Columns of them that sweeps and signing in write.
WRITTEN: Final = ["swept_on", "last_login", "password"]

DIGEST: Final = "SELECT md5(concat_ws('|', {}))".format(
    ", ".join(
        f"(SELECT string_agg((to_jsonb(t) - %(written)s::text[])::text, ',' ORDER BY t.id) FROM {table} t)"  # noqa: S608 (constants)
        for table in RULES
    )
)


def digest() -> str:
    """The digest of the present configuration. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(DIGEST, {"written": WRITTEN})
        return str(cursor.fetchone()[0])


def is_settled(step: Step, day: dt.date) -> bool:
    """Whether running ``step`` for ``day`` again could find nothing new.

    It was done under the present configuration, no step that it needs wrote anything or failed since, no customer is
    set aside, and no change waits for its reader. Three statements at most, none for a step that is never settled.
    """
    return (
        step.settles
        and nights.settled(step.name, day, digest(), step.needs)
        and not changes.waiting(step.reader).exists()
        and not register.excluded(Kind.CUSTOMER, step.name).exists()
    )
