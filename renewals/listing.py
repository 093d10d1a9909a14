"""Every renewal as a row that an operator can compare with a source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When

from accounts.models import ExternalKey
from accounts.terms import Agreement, term_start
from renewals.models import Renewal, RenewalStage
from renewals.pipeline import HORIZON_DAYS

COLUMNS: Final = (
    "contract", "customer", "term", "starts_on", "due_on", "notice_on", "prep_on", "stage", "outcome", "closed_on", "arr",
    "arr_after",
)  # fmt: skip


def rows(day: dt.date, *, now: bool) -> Iterator[dict[str, Any]]:
    """One row per renewal of ``day``, by end and contract: its term, days, state and ARR. Excludes void renewals.

    Contract and customer by external id (the customer by the key of the contract's source, else its first; None
    without any). ``arr`` and ``arr_after`` are a year's in the organisation's currency, None where unknown. With
    ``now`` the rows show the present state. For a past day a renewal closed later is open, a prepared one is
    ``preparing`` (later stages are not dated), terms that began later or ended beyond the horizon are excluded, and
    days and amounts are the present ones. One statement.
    """
    external_keys = ExternalKey.objects.filter(customer=OuterRef("customer"))
    preferred = Case(When(source=OuterRef("contract__source"), then=Value(0)), default=Value(1))
    keys = external_keys.alias(preferred=preferred).order_by("preferred", "pk").values("external_id")[:1]
    renewals = Renewal.objects.counted().select_related("contract").annotate(customer_key=Subquery(keys))
    if not now:
        known_by_day = Q(contract__known_on=None) | Q(contract__known_on__lte=day)
        horizon = day + dt.timedelta(days=HORIZON_DAYS)
        renewals = renewals.filter(
            known_by_day, Q(due_on__lte=horizon) | Q(closed_on__lte=day), contract__starts_on__lte=day
        )
    for renewal in renewals.order_by("due_on", F("contract__external_id"), "pk").iterator(chunk_size=2000):
        row = _row(renewal, day, now=now)
        if now or row["starts_on"] <= day:
            yield row


def plain(value: Any) -> Any:
    """The value for JSON: days as text, money as a number, whole where it is whole."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def _row(renewal: Any, day: dt.date, *, now: bool) -> dict[str, Any]:
    contract = renewal.contract
    agreement = Agreement(contract.starts_on, contract.ends_on, contract.term_months)
    is_closed = renewal.closed_on is not None and (now or renewal.closed_on <= day)
    stage = renewal.stage
    if not now and not is_closed:
        is_prepared = renewal.prep_opened_on is not None and renewal.prep_opened_on <= day
        stage = RenewalStage.PREPARING.value if is_prepared else RenewalStage.UPCOMING.value
    values = (
        contract.external_id or None,
        renewal.customer_key,
        renewal.term_number,
        term_start(agreement, renewal.term_number),
        renewal.due_on,
        renewal.notice_on,
        renewal.prep_on,
        stage,
        renewal.outcome if is_closed else "",
        renewal.closed_on if is_closed else None,
        renewal.arr,
        renewal.closed_arr if is_closed else None,
    )
    return dict(zip(COLUMNS, values, strict=True))
