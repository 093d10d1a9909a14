"""Two customers with everything that can be of a customer, and what all tables and figures say of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.db import connection

from accounts import facts
from accounts.identity import merging
from accounts.models import Customer, ExternalKey
from health.models import Case
from playbooks.models import Enrolment, Playbook, PlaybookVersion, Task
from renewals.models import Qbr
from renewals.pipeline import sweep as renew
from tests.accounts.imports import bring, write
from tests.factories import DAY

# What a merge writes of itself, and what follows later.
OWN: Final = frozenset({
    "accounts_merge", "accounts_change", "accounts_notsame", "history_entry", "health_rollupmark", "health_usagepart",
    "accounts_handover", "accounts_handovermove", "django_session",
    "renewals_termcheck",
})  # fmt: skip
STAMPS: Final = frozenset({"changed_at", "scored_at", "grams"})
FILES: Final = {
    "customers": "external_id,name,domain,employees\n{key},{name},{name}.example,{size}\n",
    "contacts": "external_id,customer,name,email\n{key}-p,{key},Ann {name},ann@{name}.example\n{key}-q,{key},Both,both@shared.example\n",
    "contracts": "external_id,customer,starts_on,product,annual_amount\n{key}-k,{key},2026-01-01,Suite,{amount}\n",
    "tickets": "external_id,customer,severity,opened_at,solved_at\n{key}-t,{key},high,2026-11-20,2026-11-21\n",
    "surveys": "external_id,customer,kind,answer,answered_on,contact\n{key}-s,{key},nps,9,2026-11-19,{key}-p\n",
    "invoices": "external_id,customer,issued_on,due_on,amount,status\n{key}-i,{key},2026-11-01,2026-11-30,100,open\n",
    "usage": "external_id,customer,day,feature,user,uses\n"
    "{key}-1,{key},2026-11-23,export,ann,{uses}\n{key}-2,{key},2026-11-23,export,shared,1\n{key}-3,{key},2026-11-{other},report,shared,2\n",
}  # fmt: skip
Facts = dict[str, Any]


def load(folder: Path, texts: dict[str, str], **values: Any) -> None:
    """Bring files whose texts have places for ``values``."""
    for name, text in texts.items():
        bring(write(folder / f"{name}.csv", text.format(**values)))


def one(folder: Path, key: str, **values: Any) -> Customer:
    """A customer that files have brought, with the use, the renewal, a case, a review, a play and tasks of its own."""
    words = {"name": key.lower(), "size": 10, "amount": 12_000, "uses": 5, "other": 22} | values
    load(folder, FILES, key=key, **words)
    customer = ExternalKey.objects.get(source="csv", external_id=key).customer
    Case.objects.create(
        customer=customer,
        kind="risk",
        reason="usage_drop",
        title="Use falls",
        opened_on=DAY,
        due_on=DAY,
        newest_evidence_on=DAY,
    )
    Case.objects.create(
        customer=customer, kind="risk", reason=f"only_{key.lower()}", title="Only here", opened_on=DAY, due_on=DAY,
        newest_evidence_on=DAY,
    )  # fmt: skip
    Qbr.objects.create(customer=customer, due_on=DAY + dt.timedelta(days=20), goals=[])
    playbook, _made = Playbook.objects.get_or_create(key="reengage", defaults={"name": "Re-engage"})
    version, _made = PlaybookVersion.objects.get_or_create(
        playbook=playbook, number=1, defaults={"trigger_kind": "by_hand"}
    )
    play = Enrolment.objects.create(
        customer=customer, playbook=playbook, version=version, occasion=f"hand:{DAY}", enrolled_on=DAY
    )
    Task.objects.create(customer=customer, enrolment=play, title="Ring", due_on=DAY)
    Task.objects.create(customer=customer, title=f"Own task of {key}", due_on=DAY)
    return customer


def derive(customers: Iterable[Customer]) -> None:
    """Bring what is derived up to the day."""
    ids = [customer.pk for customer in customers]
    renew(DAY)
    for follow in merging.FOLLOW:
        follow(ids, DAY)
    facts.record(DAY, ids)


def tables() -> dict[str, list[str]]:
    """Every row of every table as text, without stamps."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table in OWN or not model._meta.managed:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT (to_jsonb(t) - %s::text[])::text FROM {table} t", [list(STAMPS)])
            found[table] = sorted(row for (row,) in cursor.fetchall())
    return found


def differing(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, tuple[list[str], list[str]]]:
    """By table, the rows that only one of the two has."""
    return {
        table: (sorted(set(rows) - set(after[table])), sorted(set(after[table]) - set(rows)))
        for table, rows in before.items()
        if rows != after[table]
    }
