"""Condition fields of renewals: the next one, its days, stage and category, and whether prep is open."""

# ruff: noqa: S608 (every value is bound; aliases and days are the compiler's)

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from accounts.conditions.fields import Asked, Expression, Field, Kind, named, register
from accounts.embedding import embedded
from accounts.ends import is_confirmed
from renewals import forecast
from renewals.models import ForecastCategory, Renewal, RenewalStage

RENEWAL: Final = _("Renewal")
OPEN_STAGES: Final = [(key, label) for key, label in RenewalStage.choices if key != RenewalStage.CLOSED]


def _of_next(value: str) -> Expression:
    """A value of the customer's next renewal: of the open ones without a confirmed end, the first due."""
    return lambda asked: (
        f"""(SELECT {value.format(day=asked.day)} FROM renewals_renewal r WHERE r.customer_id = {asked.c}.id
        AND r.stage <> 'closed' AND r.leaving <> 'confirmed' ORDER BY r.due_on, r.id LIMIT 1)"""
    )


def _next_then(asked: Asked) -> str:
    """The earliest term end among renewals open on the day, of contracts that had begun by then.

    Excludes, as for today, a term inside which the contract's end was confirmed by that day.
    """
    return f"""(SELECT min(r.due_on) FROM renewals_renewal r JOIN accounts_contract k ON k.id = r.contract_id
        WHERE r.customer_id = {asked.c}.id AND k.starts_on <= {asked.day}
          AND r.outcome <> 'void' AND (r.closed_on IS NULL OR r.closed_on > {asked.day})
          AND NOT coalesce({is_confirmed("k")} AND k.end_known_on <= {asked.day} AND k.ended_on <= r.due_on, false))"""


def _category(asked: Asked) -> str:
    """The effective category of the next renewal, as every page shows it."""
    coming: Any = forecast.with_final(Renewal.objects.to_come())
    query = embedded(coming.values("customer_id", "due_on", "pk", "said"), f"{asked.prefix}_said{len(asked.params)}")
    asked.params.update(query.params)
    return f"""(SELECT held.said FROM ({query.sql}) held
        WHERE held.customer_id = {asked.c}.id ORDER BY held.due_on, held.pk LIMIT 1)"""


def _prep_open(asked: Asked) -> str:
    return f"""(EXISTS (SELECT FROM renewals_renewal r WHERE r.customer_id = {asked.c}.id
        AND r.stage NOT IN ('upcoming', 'closed') AND r.leaving <> 'confirmed'))"""


def install() -> None:
    """Register the fields; called when the app loads."""
    register(
        replace(named("next_renewal"), then=_next_then),
        Field("days_to_renewal", _("Days to the next renewal"), Kind.NUMBER, _of_next("(r.due_on - {day})"), group=RENEWAL),
        Field("renewal_stage", _("Stage of the next renewal"), Kind.CHOICE, _of_next("r.stage"), group=RENEWAL,
              choices=OPEN_STAGES),
        Field("renewal_category", _("Forecast category of the next renewal"), Kind.CHOICE,
              _category, group=RENEWAL, choices=ForecastCategory.choices),
        Field("renewal_arr", _("ARR of the next renewal"), Kind.MONEY, _of_next("r.arr"), group=RENEWAL,
              untold=_of_next("r.arr IS NULL")),
        Field("renewal_prep", _("Renewal prep is open"), Kind.FLAG, _prep_open, group=RENEWAL),
    )  # fmt: skip
