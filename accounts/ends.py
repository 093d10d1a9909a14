"""Which contracts leave, when and how surely, as SQL about the contract of an alias; ``accounts.leaving`` acts on them."""

from __future__ import annotations

from typing import Final

from accounts.terms import current_term

# So many days after its agreed end a contract that neither renews by itself nor ended is to be settled.
UNSETTLED_DAYS: Final = 90


def is_noticed(contract: str, day: str = "") -> str:
    """Notice was given, by the day where one is named, and not withdrawn since."""
    k = contract
    was_given = f"{k}.notice_given_on <= {day}" if day else f"{k}.notice_given_on IS NOT NULL"
    not_withdrawn = f"({k}.notice_withdrawn_on IS NULL OR {k}.notice_withdrawn_on < {k}.notice_given_on)"
    return f"({k}.notice_given_on IS NOT NULL AND {was_given} AND {not_withdrawn})"


def line_is_noticed(line: str) -> str:
    """Notice was given of the line alone, and stands."""
    return f"({line}.notice_given_on IS NOT NULL)"


def is_confirmed(contract: str) -> str:
    """Its end is known, past or to come, and no other contract replaces it."""
    return f"({contract}.ended_on IS NOT NULL AND {contract}.replaced_by_id IS NULL)"


def notice_end(contract: str) -> str:
    """The end that its notice leads to: the end of the term in which the notice was given.

    Where the contract renews by itself and the notice came later than ``notice_days`` before that end, the end of the
    term after it.
    """
    k = contract
    heard_on = f"{k}.notice_given_on + CASE WHEN {k}.auto_renews THEN greatest({k}.notice_days, 1) - 1 ELSE 0 END"
    return f"(SELECT term.due_on FROM ({current_term(k, f'greatest({k}.starts_on, {heard_on})')}) term)"  # noqa: S608 (made of constants)


def leaves_on(contract: str, day: str = "") -> str:
    """The first day without the contract: ``ended_on``, else the end its notice leads to.

    NULL where another contract replaces it or the notice was withdrawn. A notice given after ``day`` does not count, nor
    does an end to come of which nothing was known by then: neither a notice nor the end itself.
    """
    k = contract
    known_since = f"least({k}.ended_on, {k}.end_known_on, {k}.notice_given_on)"
    known_by_day = f" AND {known_since} <= {day}" if day else ""
    return f"""CASE WHEN {k}.replaced_by_id IS NOT NULL THEN NULL
        WHEN {k}.ended_on IS NOT NULL{known_by_day} THEN {k}.ended_on
        WHEN {is_noticed(k, day)} THEN {notice_end(k)} END"""


def is_certain(customer: str) -> str:
    """The customer of an alias leaves for certain: every end to come is confirmed, no notice can be withdrawn."""
    c = customer
    return f"""({c}.leaves_on IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_contract noticed
        WHERE noticed.customer_id = {c}.id AND NOT noticed.is_trial AND noticed.replaced_by_id IS NULL
          AND noticed.ended_on IS NULL AND {is_noticed("noticed")}))"""


def is_unsettled(contract: str, day: str) -> str:
    """Its agreed end passed ``UNSETTLED_DAYS`` ago, it does not renew by itself, and nobody said how it ended."""
    k = contract
    return f"""(NOT {k}.is_trial AND NOT {k}.auto_renews AND {k}.ended_on IS NULL AND {k}.replaced_by_id IS NULL
        AND coalesce({k}.ends_on <= {day} - {UNSETTLED_DAYS}, false))"""
