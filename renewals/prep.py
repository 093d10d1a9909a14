"""Renewal prep: opened 60 to 90 days out, four parts, pre-filled from live data.

Field guide item 37. Renewals of one customer due within 30 days of each other share one prep: it belongs to the one
that opens first, its head; the others point to the head by ``prep_with``.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts import changes, seen
from accounts.models import User
from renewals import copies, facts
from renewals.models import PrepPart, Renewal

SHARE_DAYS: Final = 30
# Fixed by the design: the notice must be out a month before prep would otherwise begin.
NOTICE_LEAD_DAYS: Final = 30
DEFAULT_LEAD_DAYS: Final = 90
DONE: Final = ["done_on", "done_by"]  # what a part done writes, and what is marked

# Upcoming renewals whose prep is due. Where the end is confirmed there is nothing to prepare.
DUE: Final = """
    SELECT id FROM renewals_renewal
    WHERE stage = 'upcoming' AND prep_on <= %(day)s AND leaving <> 'confirmed'
      AND (%(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s))
"""

# Earliest first, each renewal to open joins a prep open within 30 days of it or heads a new one; then the customer's
# other upcoming renewals within 30 days of a head join too. The statement joins by customer and uses arrays of one
# customer's days, so that the cost of each stays the same however many are opened at once.
OPEN: Final = f"""
    WITH RECURSIVE called AS (
        SELECT r.id, r.customer_id, r.due_on FROM renewals_renewal r
        WHERE r.id = ANY(%(ids)s) AND r.stage = 'upcoming'
    ), standing AS (
        SELECT r.id, r.customer_id, r.due_on FROM renewals_renewal r
        WHERE r.customer_id IN (SELECT customer_id FROM called)
          AND r.stage NOT IN ('upcoming', 'closed') AND r.prep_with_id IS NULL
    ), alone AS (
        SELECT c.* FROM called c
        WHERE NOT EXISTS (
            SELECT FROM standing s
            WHERE s.customer_id = c.customer_id AND abs(s.due_on - c.due_on) <= {SHARE_DAYS}
        )
    ), due AS (
        SELECT customer_id, array_agg(id ORDER BY due_on, id) AS ids, array_agg(due_on ORDER BY due_on, id) AS days
        FROM alone GROUP BY customer_id
    ), heads AS (
        SELECT d.ids[1] AS id, d.customer_id, d.days[1] AS due_on, d.ids, d.days FROM due d
        UNION ALL
        SELECT h.ids[n.place], h.customer_id, h.days[n.place], h.ids, h.days FROM heads h
        CROSS JOIN LATERAL (
            SELECT min(p) AS place FROM generate_subscripts(h.days, 1) p WHERE h.days[p] > h.due_on + {SHARE_DAYS}
        ) n
        WHERE n.place IS NOT NULL
    ), leads AS (
        SELECT * FROM standing UNION ALL SELECT id, customer_id, due_on FROM heads
    ), joined AS (
        SELECT DISTINCT ON (r.id) r.id, l.id AS head_id
        FROM renewals_renewal r
        JOIN leads l ON l.customer_id = r.customer_id AND abs(l.due_on - r.due_on) <= {SHARE_DAYS} AND l.id <> r.id
        WHERE r.stage = 'upcoming' AND r.customer_id IN (SELECT customer_id FROM called)
          AND (r.leaving <> 'confirmed' OR r.id IN (SELECT id FROM called)) AND r.id NOT IN (SELECT id FROM heads)
        ORDER BY r.id, abs(l.due_on - r.due_on), l.id
    )
    UPDATE renewals_renewal r
    SET stage = 'preparing', prep_opened_on = %(day)s, prep_with_id = o.head_id
    FROM (
        SELECT id, head_id FROM joined
        UNION ALL SELECT id, NULL FROM heads
    ) o
    WHERE o.id = r.id
    RETURNING r.id
"""  # noqa: S608 (made of constants)


def prep_on(due_on: str, notice_days: str, segment: str) -> str:
    """SQL: the day prep begins, the earlier of the end − the segment's lead and the end − notice − 30 days."""
    lead = f"coalesce({segment}.renewal_lead_days, {DEFAULT_LEAD_DAYS})"
    return f"({due_on} - greatest({lead}, {notice_days} + {NOTICE_LEAD_DAYS}))"


def open_due(day: dt.date, customers: Sequence[int] | None = None) -> int:
    """Open the prep of every renewal, or of those of ``customers``, whose prep day has come; return how many.

    One statement when none is due, else five. Call inside a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"day": day, "ids": None if customers is None else list(customers)})
        due = [row[0] for row in cursor.fetchall()]
    return open_prep(due, day) if due else 0


def open_prep(renewals: list[int], day: dt.date) -> int:
    """Move these upcoming renewals, and those that share their prep, to "preparing"; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"ids": renewals, "day": day})
        opened = [row[0] for row in cursor.fetchall()]
    write_parts(opened, day)
    copies.copy_next(Renewal.objects.filter(pk__in=opened).values_list("customer_id", flat=True))
    return len(opened)


def write_parts(renewals: list[int], day: dt.date) -> None:
    """Give each of ``renewals`` that heads a prep its four parts with the facts of ``day``."""
    if renewals:
        facts.write(renewals, day)


def head_of(renewal: Renewal) -> int:
    """Id of the renewal whose four parts count for this one."""
    return renewal.prep_with_id or renewal.pk


def parts_of(renewal: Renewal) -> list[PrepPart]:
    """The four parts, in order, of the prep that ``renewal`` heads or shares; none before it opened."""
    parts = PrepPart.objects.filter(renewal=head_of(renewal)).select_related("done_by")
    order = PrepPart.Part.values
    return sorted(parts, key=lambda part: order.index(part.part))


def complete(renewal: Renewal, part: str, user: User | None, day: dt.date, note: str = "") -> bool:
    """Mark one part done, with the facts of ``day``; False when it was done already or does not exist yet.

    ``user`` is None when a playbook's task was closed by nobody. An empty ``note`` keeps the old one. ValidationError
    without any note, except for issues when the facts of ``day`` have no open one; and, as for every act on a prep,
    where the renewal is closed.
    """
    renewal.check_open()
    with transaction.atomic():
        row = PrepPart.objects.select_for_update().filter(renewal=head_of(renewal), part=part, done_on=None).first()
        if row is None:
            return False
        facts.refresh([row.renewal_id], day)
        row.refresh_from_db(fields=["facts"])
        row.note = note or row.note
        settled = part == PrepPart.Part.ISSUES and row.facts.get("open") == 0
        if not row.note.strip() and not settled:
            raise ValidationError({"note": _("Say what was found or agreed: a part is not done without a note.")})
        row.done_on, row.done_by = day, user
        row.save(update_fields=["note", "done_on", "done_by"])
        changes.mark([renewal.customer_id], "renewal")
        return True


@transaction.atomic
def reopen(renewal: Renewal, part: str, *, back: str = "") -> bool:
    """Mark one part as still to do; its note stays. False when it was not done.

    ``back`` is the mark (``done_by``) of the completion to undo: ValidationError where the part has changed since.
    """
    renewal.check_open()
    parts = PrepPart.objects.select_for_update().filter(renewal=head_of(renewal), part=part)
    row = parts.exclude(done_on=None).first()
    if row is None:
        return False
    seen.check(row, DONE, back)
    row.done_on = row.done_by = None
    row.save(update_fields=DONE)
    return True


def done_by(user: User, day: dt.date) -> str:
    """The mark of a part that ``user`` completed on ``day``."""
    return seen.mark(PrepPart(done_on=day, done_by=user), DONE)


def refresh(renewal: Renewal, day: dt.date) -> None:
    """Fill the parts that are not done with the facts of ``day``."""
    renewal.check_open()
    facts.refresh([head_of(renewal)], day)


def note_of(renewal: Renewal, part: str) -> str:
    """The note of a part; empty when there is no such part."""
    return PrepPart.objects.filter(renewal=head_of(renewal), part=part).values_list("note", flat=True).first() or ""


@dataclass(frozen=True)
class Progress:
    """How far a prep is: the state of each part in order, ``open``, ``part`` (a note) or ``done``."""

    states: tuple[str, ...]

    @property
    def done(self) -> int:
        return self.states.count("done")

    @property
    def of(self) -> int:
        return len(self.states)


def progress(renewals: Iterable[Renewal]) -> dict[int, Progress]:
    """The progress of the prep that each of ``renewals`` heads or shares, by the renewal's id. One statement."""
    heads = {renewal.pk: head_of(renewal) for renewal in renewals}
    rows: dict[int, list[PrepPart]] = defaultdict(list)
    for row in PrepPart.objects.filter(renewal__in=set(heads.values())).only("renewal_id", "part", "note", "done_on"):
        rows[row.renewal_id].append(row)
    return {pk: progress_of(rows[head]) for pk, head in heads.items()}


def progress_of(rows: Iterable[PrepPart]) -> Progress:
    """The progress of the prep whose parts these are."""
    states = {row.part: "done" if row.done_on else "part" if row.note else "open" for row in rows}
    return Progress(tuple(states.get(part, "open") for part in PrepPart.Part.values))


def keep_note(renewal: Renewal, part: str, note: str) -> bool:
    """Save the note of a part without marking it done; False when there is no such part."""
    renewal.check_open()
    return PrepPart.objects.filter(renewal=head_of(renewal), part=part).update(note=note) == 1
