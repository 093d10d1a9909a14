"""The renewal sweep: every term of every contract has its renewal, in its stage, and no other.

Found by what changed (``TermCheck``) and by what is due, never by walking all contracts, so a day
on which nothing happens costs a few index probes. All of it is one transaction under one lock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction

from accounts.amounts import contract_value
from accounts.models import Contract
from accounts.terms import SHORTEST_MONTHS, TERMS
from renewals import prep
from renewals.models import Renewal

HORIZON_DAYS: Final = 400
# Renewed within 1 % of the old ARR is flat: prices are rounded and days counted.
FLAT_TOLERANCE: Final = "0.01"
LOCK: Final = 0x7E11E7A1


def arr_sql(contract: str, day: str, rate_day: str = "") -> str:
    """ARR of the contract whose id is ``contract`` on ``day`` (expressions): the lines that run then,
    at the rate of ``rate_day``, else of that day.
    """
    return f"""(
        SELECT coalesce({contract_value("c", day, rate_day)}, 0)::numeric(14, 2)
        FROM accounts_contract c WHERE c.id = {contract})"""  # noqa: S608 (made of constants)


# Contracts to look at: those marked, those whose open renewal is due, and, because renewals that
# were co-termed into one contract are judged together, the others it replaced.
TAKE: Final = """
    WITH marked AS (
        DELETE FROM renewals_termcheck
        WHERE from_day <= %(day)s AND (%(only)s::bigint[] IS NULL OR contract_id = ANY(%(only)s))
        RETURNING contract_id
    ), called AS (
        SELECT contract_id AS id FROM marked
        UNION
        SELECT contract_id FROM renewals_renewal
        WHERE stage <> 'closed' AND due_on <= %(day)s AND %(only)s::bigint[] IS NULL
    ), successors AS (
        SELECT id FROM called
        UNION
        SELECT c.replaced_by_id FROM accounts_contract c JOIN called ON called.id = c.id
        WHERE c.replaced_by_id IS NOT NULL
    )
    INSERT INTO looked (id)
    SELECT id FROM called
    UNION
    SELECT c.id FROM accounts_contract c JOIN successors s ON s.id = c.replaced_by_id
"""

# What each term of those contracts is on the day. ``gone_on``: the day the contract stopped, or
# gives way to its successor. A contract past a term's end without revenue has left at that end.
DERIVE: Final = f"""
    INSERT INTO term (contract_id, customer_id, number, due_on, notice_on, arr, outcome, closed_on,
                      closed_arr, successor_id)
    WITH bounded AS (
        SELECT c.id, c.customer_id, c.auto_renews, c.notice_days, c.replaced_by_id,
            n.starts_on AS successor_on, t.number, t.due_on,
            coalesce(c.ended_on, n.starts_on) AS gone_on,
            least(t.due_on, coalesce(c.ended_on, n.starts_on)) AS last_on
        FROM looked
        JOIN accounts_contract c ON c.id = looked.id AND NOT c.is_trial
        CROSS JOIN accounts_organisation o
        LEFT JOIN accounts_contract n ON n.id = c.replaced_by_id
        CROSS JOIN LATERAL ({TERMS}) t
        WHERE coalesce(c.ended_on, n.starts_on) IS NULL OR coalesce(c.ended_on, n.starts_on) > t.starts_on
    ), valued AS (
        SELECT b.*, {arr_sql("b.id", "b.last_on - 1")} AS arr
        FROM bounded b CROSS JOIN accounts_organisation o
    ), judged AS (
        SELECT v.*,
            CASE WHEN v.gone_on <= v.due_on AND v.replaced_by_id IS NOT NULL THEN 'replaced'
                 WHEN v.gone_on <= v.due_on AND v.gone_on <= %(day)s THEN 'churned'
                 WHEN v.gone_on <= v.due_on OR v.due_on > %(day)s THEN ''
                 WHEN after.arr = 0 THEN 'churned'
                 WHEN v.auto_renews THEN 'auto'
                 ELSE 'rolled' END AS fate,
            after.arr AS arr_after
        FROM valued v CROSS JOIN accounts_organisation o
        CROSS JOIN LATERAL (
            SELECT CASE WHEN v.due_on <= %(day)s AND (v.gone_on IS NULL OR v.gone_on > v.due_on)
                        THEN {arr_sql("v.id", "v.due_on")} END AS arr
        ) after
        WHERE v.arr > 0
    ), compared AS (
        -- old and new at one rate, or a flat renewal would turn into a gain at the turn of a fiscal year
        SELECT j.*,
            CASE WHEN j.fate = 'replaced' THEN {arr_sql("j.replaced_by_id", "j.successor_on")} END AS new_arr,
            CASE WHEN j.fate = 'replaced'
                 THEN nullif({arr_sql("j.id", "j.last_on - 1", "j.successor_on")}, 0) END AS own_arr
        FROM judged j CROSS JOIN accounts_organisation o
    ), shared AS (
        SELECT c.*, sum(c.own_arr) OVER (PARTITION BY c.replaced_by_id) AS old_arr FROM compared c
    )
    SELECT s.id, s.customer_id, s.number, s.due_on,
        CASE WHEN s.notice_days > 0 THEN s.due_on - s.notice_days END,
        s.arr,
        CASE WHEN s.fate <> 'replaced' THEN s.fate
             WHEN abs(s.new_arr - s.old_arr) <= s.old_arr * {FLAT_TOLERANCE} THEN 'renewed'
             WHEN s.new_arr > s.old_arr THEN 'expanded'
             ELSE 'contracted' END,
        CASE WHEN s.fate = '' THEN NULL ELSE least(%(day)s, s.due_on, s.gone_on) END,
        CASE s.fate WHEN '' THEN NULL
             WHEN 'churned' THEN 0
             WHEN 'replaced' THEN round(s.new_arr * s.own_arr / s.old_arr, 2)
             ELSE s.arr_after END,
        CASE WHEN s.fate = 'replaced' THEN s.replaced_by_id END
    FROM shared s
    WHERE s.fate <> '' OR s.due_on <= %(horizon)s OR EXISTS (
        SELECT FROM renewals_renewal r WHERE r.contract_id = s.id AND r.term_number = s.number
    )
"""  # noqa: S608 (made of constants)

# Open renewals follow the contract; what closed by itself is put right when the contract turns
# out to have been otherwise (an import that came late). What a person closed stays.
FOLLOW: Final = """
    WITH changed AS (
        INSERT INTO renewals_renewal AS r (
            contract_id, customer_id, term_number, due_on, notice_on, arr, stage, outcome, closed_on,
            closed_arr, successor_id, category, csm_note, final_reason, before_closing
        )
        SELECT contract_id, customer_id, number, due_on, notice_on, arr,
            CASE WHEN outcome = '' THEN 'upcoming' ELSE 'closed' END, outcome, closed_on, closed_arr,
            successor_id, '', '', '', '{}'
        FROM term
        ORDER BY customer_id, due_on, contract_id, number
        ON CONFLICT (contract_id, term_number) DO UPDATE SET
            customer_id = excluded.customer_id, due_on = excluded.due_on, notice_on = excluded.notice_on,
            arr = excluded.arr, outcome = excluded.outcome, closed_arr = excluded.closed_arr,
            successor_id = excluded.successor_id,
            closed_on = CASE WHEN r.successor_id = excluded.successor_id THEN r.closed_on
                             ELSE excluded.closed_on END,
            stage = CASE WHEN excluded.stage = 'closed' THEN 'closed'
                         WHEN r.stage <> 'closed' THEN r.stage
                         WHEN r.prep_opened_on IS NULL THEN 'upcoming' ELSE 'preparing' END
        WHERE r.closed_by_id IS NULL
          AND (r.customer_id, r.due_on, r.notice_on, r.arr, r.outcome, r.closed_arr, r.successor_id,
               CASE WHEN r.successor_id IS NULL THEN r.closed_on END)
            IS DISTINCT FROM
              (excluded.customer_id, excluded.due_on, excluded.notice_on, excluded.arr, excluded.outcome,
               excluded.closed_arr, excluded.successor_id,
               CASE WHEN excluded.successor_id IS NULL THEN excluded.closed_on END)
        RETURNING r.id
    )
    SELECT count(*) FROM changed
"""

# A term that turned out not to be one (the contract became a trial, monthly or worthless, or had
# ended before it began) leaves nothing open behind.
NO_TERM: Final = """
    SELECT r.id FROM renewals_renewal r
    JOIN looked ON looked.id = r.contract_id
    WHERE r.closed_by_id IS NULL
      AND NOT EXISTS (SELECT FROM term t WHERE t.contract_id = r.contract_id AND t.number = r.term_number)
"""

# When a contract just looked at is to be looked at again although nobody touches it: on the day
# its end comes; and without an open renewal (whose due day calls it) when its next term begins or
# comes within the horizon, at the latest when the horizon has moved on.
WAKE: Final = f"""
    INSERT INTO renewals_termcheck (contract_id, from_day)
    SELECT c.id, c.ended_on
    FROM looked JOIN accounts_contract c ON c.id = looked.id
    WHERE c.ended_on > %(day)s
    UNION
    SELECT c.id, coalesce(
        (SELECT min(greatest(t.due_on - {HORIZON_DAYS}, CASE WHEN t.number > 1 THEN t.starts_on END))
         FROM ({TERMS}) t WHERE t.due_on > %(horizon)s OR t.starts_on > %(day)s),
        %(horizon)s::date
    )
    FROM looked
    JOIN accounts_contract c ON c.id = looked.id AND NOT c.is_trial
    WHERE (c.ended_on IS NULL OR c.ended_on > %(day)s)
      AND (c.term_months >= {SHORTEST_MONTHS} OR c.ends_on > %(day)s)
      AND NOT EXISTS (SELECT FROM term WHERE term.contract_id = c.id AND term.outcome = '')
"""  # noqa: S608 (made of constants)

NEXT_RENEWAL: Final = """
    UPDATE accounts_customer c SET next_renewal_on = next.due_on
    FROM (
        SELECT cu.id, min(r.due_on) AS due_on
        FROM ({customers}) cu
        LEFT JOIN renewals_renewal r ON r.customer_id = cu.id AND r.stage <> 'closed'
        GROUP BY cu.id
    ) next
    WHERE next.id = c.id AND c.next_renewal_on IS DISTINCT FROM next.due_on
"""


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Bring all renewals, or those of the customers ``ids``, to what they are on ``day``; return how many were written or
    opened.

    At most a fixed number of statements, whatever the number of contracts. Safe to run again, late, or
    twice at once: the second waits and finds nothing to do. Killed, it leaves nothing half done.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        only = None if ids is None else contracts_of(ids)
        changed = follow_contracts(day, only) if anything_to_look_at(day) else 0
        return changed + prep.open_due(day, ids)


def contracts_of(customers: Sequence[int]) -> list[int]:
    return list(Contract.objects.filter(customer__in=customers).order_by("pk").values_list("pk", flat=True))


def anything_to_look_at(day: dt.date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT EXISTS (SELECT FROM renewals_termcheck WHERE from_day <= %(day)s)
                OR EXISTS (SELECT FROM renewals_renewal WHERE stage <> 'closed' AND due_on <= %(day)s)
            """,
            {"day": day},
        )
        return bool(cursor.fetchone()[0])


def follow_contracts(day: dt.date, only: list[int] | None = None) -> int:
    """Write what the marked and due contracts (or ``only`` these, once changed) say about their
    terms; return the rows written. Nine statements.
    """
    horizon = day + dt.timedelta(days=HORIZON_DAYS)
    given = {"day": day, "horizon": horizon, "begun": day, "only": only}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TEMP TABLE looked (id bigint PRIMARY KEY) ON COMMIT DROP;
            CREATE TEMP TABLE term (
                contract_id bigint, customer_id bigint, number int, due_on date, notice_on date, arr numeric(14, 2),
                outcome text, closed_on date, closed_arr numeric(14, 2), successor_id bigint
            ) ON COMMIT DROP;
            """
        )
        cursor.execute(TAKE, given)
        cursor.execute("ANALYZE looked")
        cursor.execute(DERIVE, given)
        cursor.execute("CREATE INDEX ON term (contract_id, number); ANALYZE term")
        cursor.execute(FOLLOW, given)
        changed: int = cursor.fetchone()[0]
        forget_no_terms(day)
        cursor.execute(
            "DELETE FROM renewals_termcheck k USING looked WHERE k.contract_id = looked.id AND k.from_day > %(day)s",
            given,
        )
        cursor.execute(WAKE, given | {"begun": horizon})
        looked = "SELECT DISTINCT c.customer_id AS id FROM looked JOIN accounts_contract c ON c.id = looked.id"
        cursor.execute(NEXT_RENEWAL.format(customers=looked))
        cursor.execute("DROP TABLE looked; DROP TABLE term")
    return changed


def forget_no_terms(day: dt.date) -> None:
    """Delete renewals of terms that are none; whoever was prepared with one gets a prep of its own."""
    with connection.cursor() as cursor:
        cursor.execute(NO_TERM)
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return
    left_alone = list(Renewal.objects.still_open().filter(prep_with__in=ids).values_list("pk", flat=True))
    Renewal.objects.filter(pk__in=ids).delete()
    prep.write_parts(left_alone, day)


def arr_at(contract: int, day: dt.date, rate_day: dt.date) -> Decimal:
    """ARR of a contract's lines that run on ``day``, at the rate of ``rate_day``."""
    given: dict[str, Any] = {"contract": contract, "day": day, "rate_day": rate_day}
    with connection.cursor() as cursor:
        amount = arr_sql("%(contract)s", "%(day)s::date", "%(rate_day)s::date")
        cursor.execute(f"SELECT {amount} FROM accounts_organisation o", given)  # noqa: S608 (made of constants)
        row = cursor.fetchone()
    return Decimal(row[0]) if row else Decimal(0)


def copy_next_renewal(customers: Iterable[int]) -> None:
    """Write ``next_renewal_on`` of these customers where it is not what their open renewals say."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_RENEWAL.format(customers="SELECT unnest(%s::bigint[]) AS id"), [list(customers)])
