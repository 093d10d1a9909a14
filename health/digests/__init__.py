"""The daily digest: what is new about a person's customers since the last one, written for everybody at once.

It reports cases opened, cases that fell due, cases left without a plan for ``acts.PLAN_WITHIN`` days, cases back from
snooze, customers in another band, and milestones found late. Each is reported once: a digest starts where the person's
last one ended (at most ``REACH`` days back), and a day without anything new makes none.

It covers a CSM's own and covered customers, those of a manager's team (unowned ones included), an admin's all;
viewers get none unless they choose one. A choice never reaches further than what the person may see
(``accounts.access``): "team" of a CSM is the CSM's own customers. An absent person gets no mail: the cover's digest
reports those customers meanwhile, and the person's own digest waits on the page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction

from accounts.models import User
from config.outbox.models import Outbox
from config.outbox.queueing import insert
from health.cases.acts import PLAN_WITHIN
from health.models import Digest, DigestKind, DigestLine
from health.models.cases import severity_rank
from health.models.signals import is_late

MAIL: Final = "health.digest_mail"
REACH: Final = 7
KEPT_DAYS: Final = 180
LINES: Final = 100

READERS: Final = """
    reader AS (
        SELECT u.id, u.role, u.scope, u.scope = 'all' AND u.role IN ('admin', 'viewer') AS everybody,
               u.scope <> 'own' AND u.role = 'manager' AS unowned, last.id AS last_id, last.day AS last_day,
               last.newest_case_id AS last_case,
               greatest(coalesce(last.day, %(day)s::date - 1), %(day)s::date - %(reach)s::int) AS after
        FROM (
            SELECT id, role, coalesce(nullif(digest_scope, ''), CASE role
                WHEN 'csm' THEN 'own' WHEN 'manager' THEN 'team' WHEN 'admin' THEN 'all' END) AS scope
            FROM accounts_user WHERE is_active AND NOT is_service
        ) u
        LEFT JOIN LATERAL (
            SELECT d.id, d.day, d.newest_case_id FROM health_digest d
            WHERE d.user_id = u.id AND d.day < %(day)s ORDER BY d.day DESC LIMIT 1) last ON true
        WHERE u.scope IS NOT NULL
          AND NOT EXISTS (SELECT FROM health_digest d WHERE d.user_id = u.id AND d.day = %(day)s)
    ), team(reader, owner) AS (
        SELECT id, id FROM reader WHERE scope <> 'own' AND role <> 'csm'
        UNION
        SELECT t.reader, u.id FROM accounts_user u JOIN team t ON u.manager_id = t.owner
    ), sees(reader, owner) AS (
        SELECT id, id FROM reader
        UNION SELECT reader, owner FROM team
        UNION SELECT by_id, owner_id FROM accounts_cover WHERE starts_on <= %(day)s AND ends_on > %(day)s
    )
"""
# The events of the longest period that a digest covers, for every reader. ``urgency`` orders the lines of a kind; the
# customer's owner, not the case's, decides who sees a case.
EVENTS: Final = f"""
    happened AS (
        SELECT told.kind, h.id AS case_id, NULL::bigint AS milestone_id, h.customer_id, told.happened_on,
               -{severity_rank("h.severity")} AS urgency,
               h.value AS stake, '' AS band_before, '' AS band_after
        FROM health_case h CROSS JOIN LATERAL unnest(ARRAY['new', 'due', 'plan'], ARRAY[
            h.opened_on, h.due_on, CASE WHEN h.state = 'new' THEN h.opened_on + %(plan_days)s::int END
        ]) AS told(kind, happened_on)
        WHERE h.state <> 'closed' AND (told.kind = 'new' OR h.snoozed_until IS NULL OR h.snoozed_until <= %(day)s)
          AND told.happened_on BETWEEN %(day)s::date - %(reach)s::int AND %(day)s
        UNION ALL
        SELECT 'woke', h.id, NULL, h.customer_id, max(a.day),
               -{severity_rank("h.severity")}, h.value, '', ''
        FROM health_case h JOIN health_caseact a ON a.case_id = h.id
        WHERE h.state <> 'closed' AND a.act = 'woken' AND a.by_id IS NULL
          AND a.day BETWEEN %(day)s::date - %(reach)s::int AND %(day)s
        GROUP BY h.id
        UNION ALL
        SELECT 'milestone', NULL, m.id, m.customer_id, m.missed_on, 1, c.arr, '', ''
        FROM health_milestone m JOIN accounts_customer c ON c.id = m.customer_id
        WHERE {is_late("m", "%(day)s::date")} AND m.missed_on >= %(day)s::date - %(reach)s::int
        UNION ALL
        SELECT 'band', NULL, NULL, c.id, c.band_since, array_position(ARRAY['red', 'yellow', 'green'], c.band::text),
               c.arr, before.band, c.band
        FROM accounts_customer c CROSS JOIN LATERAL (
            SELECT s.band FROM health_score s WHERE s.customer_id = c.id AND s.day < c.band_since
            ORDER BY s.day DESC LIMIT 1) before
        WHERE c.band_since BETWEEN %(day)s::date - %(reach)s::int AND %(day)s
          AND c.band <> '' AND before.band NOT IN ('', c.band)
    )
"""  # noqa: S608 (made of constants)
# Cases may open and scores may move on a day after its digest was written: that day is read again, without what the
# digest reported.
TOLD: Final = """
    known AS (
        SELECT e.*, c.owner_id FROM happened e JOIN accounts_customer c ON c.id = e.customer_id
        WHERE c.merged_into_id IS NULL AND c.status <> 'churned'
    ), concerned AS (
        SELECT r.id AS user_id, k.* FROM known k JOIN reader r ON r.everybody
        UNION ALL
        SELECT r.id, k.* FROM known k JOIN sees s ON s.owner = k.owner_id
        JOIN reader r ON r.id = s.reader AND NOT r.everybody
        UNION ALL
        SELECT r.id, k.* FROM known k JOIN reader r ON r.unowned AND NOT r.everybody WHERE k.owner_id IS NULL
    ), told AS (
        SELECT e.*, row_number() OVER (
                   PARTITION BY e.user_id, e.kind
                   ORDER BY e.urgency, e.stake DESC NULLS LAST, e.customer_id, e.case_id, e.milestone_id
               ) AS position
        FROM concerned e JOIN reader r ON r.id = e.user_id
        WHERE e.happened_on > r.after
           OR r.last_day = e.happened_on AND (
               e.kind = 'new' AND e.case_id > coalesce(r.last_case, 0)
               OR e.kind = 'band' AND NOT EXISTS (
                   SELECT FROM health_digestline l
                   WHERE l.digest_id = r.last_id AND l.kind = 'band' AND l.customer_id = e.customer_id
                     AND l.band_after = e.band_after))
    ), counted AS (
        SELECT user_id, jsonb_object_agg(kind, n) AS counts
        FROM (SELECT user_id, kind, count(*) AS n FROM told GROUP BY user_id, kind) kinds
        GROUP BY user_id
    ), made AS (
        INSERT INTO health_digest (user_id, day, scope, counts, newest_case_id)
        SELECT user_id, %(day)s, scope, counts, (SELECT max(id) FROM health_case)
        FROM counted JOIN reader ON reader.id = counted.user_id
        ON CONFLICT (user_id, day) DO NOTHING
        RETURNING id, user_id
    ), lines AS (
        INSERT INTO health_digestline
            (digest_id, kind, position, customer_id, case_id, milestone_id, band_before, band_after)
        SELECT made.id, kind, position, customer_id, case_id, milestone_id, band_before, band_after
        FROM told JOIN made USING (user_id) WHERE position <= %(lines)s
    )
    SELECT made.id, made.user_id, u.digest_mail AND NOT EXISTS (
        SELECT FROM accounts_cover a WHERE a.owner_id = u.id AND a.starts_on <= %(day)s AND a.ends_on > %(day)s)
    FROM made JOIN accounts_user u ON u.id = made.user_id
    ORDER BY made.id
"""
BUILD: Final = f"WITH RECURSIVE {READERS}, {EVENTS}, {TOLD}"
FORGET: Final = """
    WITH old AS (SELECT id FROM health_digest WHERE day < %(old)s), gone AS (
        DELETE FROM health_digestline WHERE digest_id IN (SELECT id FROM old)
    )
    DELETE FROM health_digest WHERE id IN (SELECT id FROM old)
"""


@dataclass(frozen=True)
class Section:
    """The lines of one kind, and how many there were when the digest was made."""

    kind: DigestKind
    total: int
    lines: list[DigestLine]

    @property
    def more(self) -> int:
        return max(self.total - len(self.lines), 0)


def sweep(day: dt.date) -> int:
    """Write the missing digests of ``day`` and queue their mails; returns how many it wrote.

    Three statements, whatever the number of people and customers. A written digest is kept, so running again writes
    and sends nothing; digests older than ``KEPT_DAYS`` are deleted.
    """
    params: dict[str, Any] = {"day": day, "reach": REACH, "plan_days": PLAN_WITHIN, "lines": LINES}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BUILD, params)
        rows = cursor.fetchall()
        insert(
            [
                Outbox(kind=MAIL, payload={"digest": pk}, dedup_key=f"digest:{person}:{day}")
                for pk, person, mailed in rows
                if mailed
            ]
        )
        cursor.execute(FORGET, {"old": day - dt.timedelta(days=KEPT_DAYS)})
    return len(rows)


def sections(digest: Digest, reader: User, *, longest: int = LINES) -> list[Section]:
    """The digest's lines by kind, in the order of ``DigestKind``: those about customers ``reader`` may see today.

    At most ``longest`` lines a kind. One statement.
    """
    lines = (
        DigestLine.objects.visible_to(reader)
        .filter(digest=digest)
        .select_related("customer__owner", "case__rule", "milestone")
        .order_by("position")
    )
    by_kind: dict[str, list[DigestLine]] = {kind: [] for kind in DigestKind.values}
    for line in lines:
        by_kind[line.kind].append(line)
    return list(_sections(digest, by_kind, longest))


def _sections(digest: Digest, by_kind: dict[str, list[DigestLine]], longest: int) -> Iterator[Section]:
    for kind in DigestKind:
        if by_kind[kind]:
            yield Section(kind, int(digest.counts.get(kind, 0)), by_kind[kind][:longest])
