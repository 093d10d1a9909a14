"""The renewal sweep: it gives every term of every contract its one renewal, in its stage.

It checks the contracts that changed (``TermCheck``) or are due, never all of them, so that a day on which nothing
happens costs a few index probes. The whole sweep is one transaction under one lock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django.db import connection

from accounts import statistics
from accounts.amounts import contract_value
from accounts.ends import is_confirmed, leaves_on
from accounts.imports.going_back import LEFT_BY_UNDO
from accounts.periods import followed_on, stops_on
from accounts.terms import SHORTEST_MONTHS, TERMS
from config import locks
from renewals import copies, prep
from renewals.models import Renewal, VoidReason
from renewals.term_facts import anything_to_look_at, brought, contracts_of, stop_in
from renewals.voiding import touched, void

HORIZON_DAYS: Final = 400
# Within 1 % of the old ARR a renewal is flat: prices are rounded and days counted.
FLAT_TOLERANCE: Final = "0.01"


# Contracts to check: those marked, those whose open renewal is due (after a notice nobody has settled it waits), and,
# because renewals co-termed into one contract are evaluated together, the others that contract replaced.
TAKE: Final = """
    WITH marked AS (
        DELETE FROM renewals_termcheck
        WHERE from_day <= %(day)s AND (%(only)s::bigint[] IS NULL OR contract_id = ANY(%(only)s))
        RETURNING contract_id
    ), called AS (
        SELECT contract_id AS id FROM marked
        UNION
        SELECT contract_id FROM renewals_renewal
        WHERE stage <> 'closed' AND due_on <= %(day)s AND leaving <> 'notice'
          AND (%(only)s::bigint[] IS NULL OR contract_id = ANY(%(only)s))
    ), successors AS (
        SELECT id FROM called
        UNION
        SELECT c.replaced_by_id FROM accounts_contract c JOIN called ON called.id = c.id
        WHERE c.replaced_by_id IS NOT NULL
        UNION
        SELECT c.beside_id FROM accounts_contract c JOIN called ON called.id = c.id WHERE c.beside_id IS NOT NULL
    )
    INSERT INTO looked (id)
    SELECT id FROM called
    UNION
    SELECT c.id FROM accounts_contract c JOIN successors s ON s.id = c.replaced_by_id
"""


# The state of each term of those contracts on the day. ``gone_on``: the day the contract stopped or its successor
# starts. A contract without revenue past a term's end churned at that end; one replaced by a free contract churned where
# that one begins, or at its term's end where it begins some days later: until it begins the term is open and its revenue
# counts. A term that ended by a notice stays open until somebody settles it. Old and new ARR are compared, and stored, at
# the rate of the old: otherwise a flat renewal would become a gain at the turn of a fiscal year. Each CTE is materialized:
# inlined, they would repeat each sum wherever it is named, 180 subqueries that take longer to plan than to run.
DERIVE: Final = f"""
    INSERT INTO term (contract_id, customer_id, number, due_on, notice_on, prep_on, arr, arr_going_on, leaving, leaves_on,
                      outcome, closed_on, closed_arr, successor_id)
    WITH bounded AS MATERIALIZED (
        SELECT c.id, c.customer_id, c.auto_renews, c.notice_days, c.replaced_by_id, t.number, t.due_on,
            stops.on_day AS gone_on, least(t.due_on, stops.on_day) AS last_on, stop.is_last,
            leaving.on_day AS leaves_on, {is_confirmed("c")} AS is_confirmed, {prep.prep_on("t.due_on", "c.notice_days", "s")} AS prep_on
        FROM looked
        JOIN accounts_contract c ON c.id = looked.id AND NOT c.is_trial
        JOIN accounts_customer cu ON cu.id = c.customer_id
        LEFT JOIN accounts_segment s ON s.id = cu.segment_id
        CROSS JOIN LATERAL (SELECT {stops_on("c")} AS on_day, {followed_on("c")} AS followed_on OFFSET 0) stops
        CROSS JOIN LATERAL (SELECT {leaves_on("c", "%(day)s::date")} AS on_day OFFSET 0) leaving
        CROSS JOIN LATERAL ({TERMS}) t
        CROSS JOIN LATERAL ({stop_in("c", "t", "stops.on_day", "stops.followed_on")}) stop
        WHERE stop.has_term
          AND (leaving.on_day IS NULL OR leaving.on_day > t.starts_on)
    ), valued AS MATERIALIZED (
        SELECT b.*, value.arr, value.arr_after, CASE WHEN value.arr_after > 0 THEN least(value.arr, value.arr_after)
                                     ELSE value.arr END AS arr_going_on
        FROM bounded b
        JOIN accounts_contract c ON c.id = b.id
        CROSS JOIN LATERAL (
            SELECT {contract_value("c", "b.last_on - 1")} AS arr,
                {contract_value("c", "b.last_on", "b.last_on - 1")} AS arr_after
        ) value
        WHERE value.arr > 0 OR value.arr IS NULL
    ), followed AS MATERIALIZED (
        SELECT v.*, CASE WHEN v.is_last AND v.replaced_by_id IS NOT NULL THEN {brought("v.replaced_by_id")} END AS new_arr
        FROM valued v
    ), judged AS MATERIALIZED (
        SELECT f.*,
            CASE WHEN f.is_last AND f.replaced_by_id IS NOT NULL AND coalesce(f.new_arr > 0, true) THEN 'replaced'
                 WHEN f.is_last AND f.gone_on <= %(day)s THEN 'churned'
                 WHEN f.is_last OR f.due_on > %(day)s OR f.leaves_on <= f.due_on THEN ''
                 WHEN f.arr_after <= 0 THEN 'churned'
                 WHEN f.arr_after < f.arr * (1 - {FLAT_TOLERANCE}) THEN 'contracted'
                 WHEN f.auto_renews THEN 'auto'
                 ELSE 'rolled' END AS fate,
            coalesce(f.new_arr <= 0, false) AS ends_free
        FROM followed f
    ), compared AS MATERIALIZED (
        SELECT j.*,
            CASE WHEN j.fate = 'replaced' THEN {contract_value("c", "j.last_on - 1", "n.starts_on")} END AS own_arr
        FROM judged j
        JOIN accounts_contract c ON c.id = j.id
        LEFT JOIN accounts_contract n ON n.id = j.replaced_by_id
    ), shared AS MATERIALIZED (
        -- Of the terms that the same contract replaces: earlier ones of the contracts are over and have no part in it.
        SELECT c.*,
            nullif(CASE WHEN bool_and(c.own_arr IS NOT NULL) OVER replaced THEN sum(c.own_arr) OVER replaced END, 0) AS old_arr
        FROM compared c
        WINDOW replaced AS (PARTITION BY c.fate = 'replaced', c.replaced_by_id)
    )
    SELECT s.id, s.customer_id, s.number, s.due_on,
        CASE WHEN s.notice_days > 0 THEN s.due_on - s.notice_days END, s.prep_on,
        s.arr, s.arr_going_on,
        CASE WHEN s.fate = '' AND s.ends_free THEN 'confirmed'
             WHEN s.fate <> '' OR s.leaves_on > s.due_on OR s.leaves_on IS NULL THEN ''
             WHEN s.is_confirmed THEN 'confirmed' ELSE 'notice' END,
        CASE WHEN s.fate <> '' THEN NULL WHEN s.ends_free THEN s.last_on
             WHEN s.leaves_on <= s.due_on THEN s.leaves_on END,
        CASE WHEN s.fate <> 'replaced' THEN s.fate
             WHEN s.new_arr > s.old_arr * (1 + {FLAT_TOLERANCE}) THEN 'expanded'
             WHEN s.new_arr < s.old_arr * (1 - {FLAT_TOLERANCE}) THEN 'contracted'
             ELSE 'renewed' END,
        CASE WHEN s.fate = '' THEN NULL ELSE least(%(day)s, s.due_on, s.gone_on) END,
        CASE s.fate WHEN '' THEN NULL
             WHEN 'churned' THEN 0
             WHEN 'replaced' THEN round(s.new_arr * s.arr / s.old_arr, 2)
             ELSE s.arr_after END,
        CASE WHEN s.fate = 'replaced' THEN s.replaced_by_id END
    FROM shared s
    WHERE s.fate <> '' OR s.due_on <= %(horizon)s OR EXISTS (
        SELECT FROM renewals_renewal r WHERE r.contract_id = s.id AND r.term_number = s.number
    )
"""  # noqa: S608 (made of constants)

# Open renewals follow the contract. A renewal that closed by itself is corrected when the contract's past changes (a
# late import), and a void one is restored when its term exists again. Renewals that a person closed stay.
FOLLOW: Final = """
    WITH changed AS (
        INSERT INTO renewals_renewal AS r (
            contract_id, customer_id, term_number, due_on, notice_on, prep_on, arr, arr_going_on, leaving, leaves_on,
            stage, outcome, closed_on, closed_arr, successor_id, category, csm_note, final_reason, before_closing
        )
        SELECT contract_id, customer_id, number, due_on, notice_on, prep_on, arr, arr_going_on, leaving, leaves_on,
            CASE WHEN outcome = '' THEN 'upcoming' ELSE 'closed' END, outcome, closed_on, closed_arr,
            successor_id, '', '', '', '{}'
        FROM term
        ORDER BY customer_id, due_on, contract_id, number
        ON CONFLICT (contract_id, term_number) DO UPDATE SET
            customer_id = excluded.customer_id, due_on = excluded.due_on, notice_on = excluded.notice_on,
            prep_on = excluded.prep_on, arr = excluded.arr, arr_going_on = excluded.arr_going_on,
            leaving = excluded.leaving, leaves_on = excluded.leaves_on,
            outcome = excluded.outcome, closed_arr = excluded.closed_arr,
            successor_id = excluded.successor_id, void_reason = '', before_closing = '{}',
            closed_on = CASE WHEN r.successor_id = excluded.successor_id THEN r.closed_on
                             ELSE excluded.closed_on END,
            stage = CASE WHEN excluded.stage = 'closed' THEN 'closed'
                         WHEN r.stage <> 'closed' THEN r.stage
                         WHEN r.outcome = 'void' AND r.before_closing ? 'stage' THEN r.before_closing ->> 'stage'
                         WHEN r.prep_opened_on IS NULL THEN 'upcoming' ELSE 'preparing' END
        WHERE r.closed_by_id IS NULL
          AND (r.customer_id, r.due_on, r.notice_on, r.prep_on, r.arr, r.arr_going_on, r.leaving, r.leaves_on,
               r.outcome, r.closed_arr, r.successor_id, CASE WHEN r.successor_id IS NULL THEN r.closed_on END)
            IS DISTINCT FROM
              (excluded.customer_id, excluded.due_on, excluded.notice_on, excluded.prep_on, excluded.arr,
               excluded.arr_going_on, excluded.leaving, excluded.leaves_on, excluded.outcome,
               excluded.closed_arr, excluded.successor_id,
               CASE WHEN excluded.successor_id IS NULL THEN excluded.closed_on END)
        RETURNING r.id
    )
    SELECT count(*) FROM changed
"""

# Renewals whose term no longer exists: the contract became a trial, monthly or unpaid, or had ended before the term.
NO_TERM: Final = f"""
    SELECT r.id, CASE WHEN {LEFT_BY_UNDO} THEN 'undone' WHEN c.is_trial THEN 'trial'
                      WHEN c.term_months < {SHORTEST_MONTHS} THEN 'short'
                      WHEN {contract_value("c", "r.due_on - 1")} <= 0 THEN 'unpaid' ELSE 'other' END
    FROM renewals_renewal r
    JOIN looked ON looked.id = r.contract_id
    JOIN accounts_contract c ON c.id = r.contract_id
    WHERE r.closed_by_id IS NULL AND r.outcome <> 'void'
      AND NOT EXISTS (SELECT FROM term t WHERE t.contract_id = r.contract_id AND t.number = r.term_number)
"""  # noqa: S608 (made of constants)

# The next check of a contract that nobody changes: on the days of its end, its notice and the confirmation of its end;
# and, without an open renewal (whose due day triggers it), when its next term begins or comes within the horizon, at
# the latest when the horizon has passed.
WAKE: Final = f"""
    INSERT INTO renewals_termcheck (contract_id, from_day)
    SELECT c.id, told.on_day
    FROM looked JOIN accounts_contract c ON c.id = looked.id
    CROSS JOIN LATERAL (VALUES ({stops_on("c")}), (c.notice_given_on), (c.end_known_on)) AS told(on_day)
    WHERE told.on_day > %(day)s
    UNION
    SELECT c.id, coalesce(
        (SELECT min(greatest(t.due_on - {HORIZON_DAYS}, CASE WHEN t.number > 1 THEN t.starts_on END))
         FROM ({TERMS}) t WHERE t.due_on > %(horizon)s OR t.starts_on > %(day)s),
        %(horizon)s::date
    )
    FROM looked
    JOIN accounts_contract c ON c.id = looked.id AND NOT c.is_trial
    WHERE coalesce({stops_on("c")} > %(day)s, true)
      AND (c.term_months >= {SHORTEST_MONTHS} OR c.ends_on > %(day)s)
      AND NOT EXISTS (SELECT FROM term WHERE term.contract_id = c.id AND term.outcome = '')
"""  # noqa: S608 (made of constants)


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Update all renewals, or those of the customers ``ids``, to ``day``; return how many were written or opened.

    At most a fixed number of statements, whatever the number of contracts. Safe to run again, late, or twice at once:
    the second run waits and finds nothing to do. A killed run leaves nothing half done.
    """
    with one_at_a_time():
        only = None if ids is None else contracts_of(ids)
        changed = _follow(day, only) if anything_to_look_at(day) else 0
        return changed + prep.open_due(day, ids)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A transaction under the lock of the sweep. One statement.

    Code that locks a contract or a renewal and then follows the contract takes this lock first, to avoid deadlocks.
    """
    with locks.alone("renewals.pipeline"):
        yield


def follow_contracts(day: dt.date, only: list[int] | None = None) -> int:
    """Update the renewals of the marked and due contracts, or of those among ``only``; return the rows written.

    A fixed number of statements. It takes the lock of the sweep: a sweep that read the contract earlier must not write
    the contract's old state afterwards.
    """
    with one_at_a_time():
        return _follow(day, only)


def _follow(day: dt.date, only: list[int] | None) -> int:
    horizon = day + dt.timedelta(days=HORIZON_DAYS)
    parameters = {"day": day, "horizon": horizon, "begun": day, "only": only}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TEMP TABLE looked (id bigint PRIMARY KEY) ON COMMIT DROP;
            CREATE TEMP TABLE term (
                contract_id bigint, customer_id bigint, number int, due_on date, notice_on date, prep_on date,
                arr numeric(24, 2), arr_going_on numeric(24, 2), leaving text, leaves_on date,
                outcome text, closed_on date, closed_arr numeric(24, 2), successor_id bigint
            ) ON COMMIT DROP;
            """
        )
        cursor.execute(TAKE, parameters)
        cursor.execute("ANALYZE looked")
        cursor.execute(DERIVE, parameters)
        cursor.execute("CREATE INDEX ON term (contract_id, number); ANALYZE term")
        cursor.execute(FOLLOW, parameters)
        changed: int = cursor.fetchone()[0]
        statistics.refresh("renewals_renewal", changed)
        forget_no_terms(day)
        cursor.execute(
            "DELETE FROM renewals_termcheck k USING looked WHERE k.contract_id = looked.id AND k.from_day > %(day)s",
            parameters,
        )
        cursor.execute(WAKE, parameters | {"begun": horizon})
        customers = "SELECT DISTINCT c.customer_id AS id FROM looked JOIN accounts_contract c ON c.id = looked.id"
        cursor.execute(copies.COPY.format(customers=customers))
        cursor.execute("DROP TABLE looked; DROP TABLE term")
    return changed


def forget_no_terms(day: dt.date) -> None:
    """Close renewals whose term no longer exists as void, and delete those nobody has worked on; renewals prepared with
    one of them get a prep of their own.
    """
    with connection.cursor() as cursor:
        cursor.execute(NO_TERM)
        reasons = dict(cursor.fetchall())
    if not reasons:
        return
    # Lock the rows before checking what refers to them, so that a call made meanwhile is waited for.
    list(Renewal.objects.select_for_update().filter(pk__in=reasons).order_by("pk").values_list("pk", flat=True))
    followers = list(Renewal.objects.still_open().filter(prep_with__in=reasons).values_list("pk", flat=True))
    used = touched(reasons)
    Renewal.objects.filter(pk__in=reasons.keys() - used).delete()
    for reason in VoidReason.values:
        void(Renewal.objects.filter(pk__in=[pk for pk in used if reasons[pk] == reason]), reason, day)
    Renewal.objects.filter(pk__in=followers).update(prep_with=None)
    prep.write_parts(followers, day)
