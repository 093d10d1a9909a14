"""Stretches of days on which a state holds for a customer, stored by each watcher of the state.

A watcher (a case rule, a playbook) keeps them in a table of its own with the columns ``id``, its key,
``customer_id``, ``since`` and ``until`` (None: it holds still). Within one day a stretch that ended and began again
goes on. The SQL here follows a CTE ``holding (customer_id, facts)``, those for whom the state holds on ``%(day)s``;
it also names ``%(watcher)s``, ``%(only)s`` (ids, or NULL for everybody) and ``%(unknown)s``.
"""

from __future__ import annotations


def compared(table: str, key: str) -> str:
    """CTEs that read: ``met`` has a row for each customer that is in the state, or in a stretch of it.

    ``holds``, ``facts``, and the stretch it is in (``held_id``, ``since``, ``until``). A full join is never nested,
    however little the planner knows of stretches that were just written.
    """
    return f"""
    held AS MATERIALIZED (
        SELECT h.id, h.customer_id, h.since, h.until FROM {table} h
        WHERE h.{key} = %(watcher)s AND (h.until IS NULL OR h.until = %(day)s)
          AND (%(only)s::bigint[] IS NULL OR h.customer_id = ANY(%(only)s))
    ), met AS MATERIALIZED (
        SELECT coalesce(g.customer_id, held.customer_id) AS customer_id, g.customer_id IS NOT NULL AS holds, g.facts,
               held.id AS held_id, held.since, held.until
        FROM holding g FULL JOIN held ON held.customer_id = g.customer_id
    )"""


def begins(met: str) -> str:
    """SQL over a row of ``met``: a stretch begins on the day, where before there was none."""
    return f"({met}.holds AND {met}.held_id IS NULL)"


def written(table: str, key: str) -> str:
    """CTEs that write after ``met``: stretches end, resume, or begin (``begun (customer_id)``).

    A new stretch begins on the day or, where ``%(unknown)s`` (not evaluated before), on the ``since`` of the facts.
    """
    return f"""
    ended AS (
        UPDATE {table} h SET until = %(day)s FROM met m
        WHERE h.id = m.held_id AND m.until IS NULL AND m.since <= %(day)s AND NOT m.holds
    ), resumed AS (
        UPDATE {table} h SET until = NULL FROM met m
        WHERE h.id = m.held_id AND m.until IS NOT NULL AND m.holds
    ), begun AS (
        INSERT INTO {table} ({key}, customer_id, since)
        SELECT %(watcher)s, m.customer_id,
               CASE WHEN %(unknown)s THEN least((m.facts->>'since')::date, %(day)s) ELSE %(day)s END
        FROM met m WHERE {begins("m")}
        RETURNING customer_id
    )"""
