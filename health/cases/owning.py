"""Open cases follow the owner of their customer; one that somebody handed on by hand stays with that person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts import changes, ownership, seen, working
from accounts.models import User
from accounts.sets import Outcome, write
from config.history.kept import FOLLOWS
from health.cases.acts import open_cases
from health.models import Case, CaseAct

# A case that was handed on stays with its new owner while that person is active and no viewer. A case opened by hand
# stays with its opener where the customer has no owner. The customer is locked before its case, as the act does.
FOLLOW: Final = """
    WITH owned AS MATERIALIZED (
        SELECT h.id, c.owner_id
        FROM health_case h
        JOIN accounts_customer c ON c.id = h.customer_id
        LEFT JOIN accounts_user u ON u.id = h.owner_id
        WHERE h.state <> 'closed' AND h.owner_id IS DISTINCT FROM c.owner_id
          AND (u.is_active IS NOT TRUE OR u.role = 'viewer'
               OR NOT EXISTS (SELECT FROM health_caseact a WHERE a.case_id = h.id AND a.act = 'handed_on')
                  AND (c.owner_id IS NOT NULL OR h.opened_by_id IS DISTINCT FROM h.owner_id))
          AND {whose}
        ORDER BY c.id, h.id
        FOR SHARE OF c FOR UPDATE OF h
    )
    UPDATE health_case h SET owner_id = owned.owner_id FROM owned, {follows} WHERE owned.id = h.id
"""
ONLY: Final = FOLLOW.format(follows=FOLLOWS, whose="(%(only)s::bigint[] IS NULL OR c.id = ANY(%(only)s))")
MOVED: Final = FOLLOW.format(follows=FOLLOWS, whose="(h.customer_id = ANY(%(customers)s) OR h.owner_id = %(leaver)s)")
# The same as "open" in the list of cases: neither snoozed nor passed.
OPEN: Final = "h.state <> 'closed' AND h.passed_on IS NULL AND (h.snoozed_until IS NULL OR h.snoozed_until <= %(day)s)"
FOLLOWING: Final = f"""
    SELECT h.customer_id, count(*) FROM health_case h JOIN accounts_customer c ON c.id = h.customer_id
    WHERE h.customer_id = ANY(%(ids)s) AND {OPEN} AND h.owner_id IS NOT DISTINCT FROM c.owner_id
      AND NOT EXISTS (SELECT FROM health_caseact a WHERE a.case_id = h.id AND a.act = 'handed_on')
    GROUP BY h.customer_id
"""
HELD: Final = f"""
    SELECT h.owner_id, count(*) FROM health_case h JOIN accounts_customer c ON c.id = h.customer_id
    WHERE h.owner_id = ANY(%(ids)s) AND {OPEN} AND c.merged_into_id IS NULL GROUP BY h.owner_id
"""


def follow(moves: ownership.Moves, _day: dt.date) -> int:
    """Give the open cases of ``moves`` to the current owners of their customers; returns how many moved."""
    with connection.cursor() as cursor:
        cursor.execute(MOVED, {"customers": moves.customers, "leaver": moves.leaver})
        return cursor.rowcount


@transaction.atomic
def hand_back(before: Mapping[int, int | None], to: User, by: User) -> Outcome[Case]:
    """Give open cases that ``by`` handed on to ``to`` back to their owners ``before``; refuse the others, and those of
    people who may have no work now.

    Deletes the log entry of the act, so that the case follows its customer's owner as it did.
    """
    gone = working.gone(before.values())
    outcome = open_cases(before)
    outcome.refuse(lambda case: None if case.owner_id == to.pk else ValidationError(seen.CHANGED_SINCE))
    outcome.refuse(lambda case: _of_gone(case, gone.get(before[case.pk])))
    groups: dict[int | None, list[Case]] = {}
    for case in outcome.rows:
        groups.setdefault(before[case.pk], []).append(case)
    for owner, cases in groups.items():
        write(cases, owner_id=owner)
    acts = CaseAct.objects.filter(case__in=list(outcome.done), act=CaseAct.Act.HANDED_ON, by=by)
    newest = acts.order_by("case", "-pk").distinct("case")
    CaseAct.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).delete()
    if outcome.done:
        changes.mark({case.customer_id for case in outcome.rows}, "case")
    return outcome


def _of_gone(case: Case, person: User | None) -> ValidationError | None:
    return working.may_not(person, case.customer) if person else None


def following(customers: list[int], day: dt.date) -> dict[int, int]:
    """How many of each customer's cases that are open on ``day`` go with its owner."""
    return _counted(FOLLOWING, customers, day)


def held(people: list[int], day: dt.date) -> dict[int, int]:
    """How many cases that are open on ``day`` each person has."""
    return _counted(HELD, people, day)


def _counted(sql: str, ids: list[int], day: dt.date) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": ids, "day": day})
        return dict(cursor.fetchall())


PART: Final = ownership.Part("cases", _("Open cases"), follow, following, held)
