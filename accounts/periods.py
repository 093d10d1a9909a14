"""When a contract runs, a line counts, an entitlement holds and an integration is connected.

Every function gives a condition in SQL about the row of an alias on a day, which is SQL as well: ``"%(day)s::date"``
or ``"r.due_on"``. Periods are half-open. A contract runs until it ended or, if that is earlier, until the contract
that replaces it begins.
"""

from __future__ import annotations


def within(first: str, end: str, day: str) -> str:
    """``first`` <= ``day`` < ``end``; no end: for ever."""
    return f"({first} <= {day} AND ({end} IS NULL OR {end} > {day}))"


def expected_end(contract: str) -> str:
    """The end of the contract as far as it is known: the day it ended or will end, else the agreed one, else NULL."""
    return f"coalesce({contract}.ended_on, {contract}.ends_on)"


def followed_on(contract: str) -> str:
    """The day on which the contract's follower begins; NULL where it has none."""
    return f"(SELECT follower.starts_on FROM accounts_contract follower WHERE follower.id = {contract}.replaced_by_id)"  # noqa: S608 (made of constants)


def stops_on(contract: str) -> str:
    """The first day on which the contract no longer runs: its end, or its follower's start; NULL while none is known."""
    return f"least({contract}.ended_on, {followed_on(contract)})"


def has_a_day(first: str, end: str) -> str:
    """The period has a day: one that ended on its first was taken back, and nothing of it ever ran."""
    return f"({end} IS DISTINCT FROM {first})"


def ran(contract: str) -> str:
    """The contract has a day, whatever was agreed."""
    return has_a_day(f"{contract}.starts_on", f"{contract}.ended_on")


def line_ran(line: str) -> str:
    """The contract line has a day; ``typed_lines.never_ran`` says the opposite of a line as it is read."""
    return has_a_day(f"{line}.starts_on", f"{line}.ends_on")


def runs(contract: str, day: str) -> str:
    """The contract runs on the day."""
    # The look-up comes last: only a contract that is replaced and has not ended needs it.
    return f"""({within(f"{contract}.starts_on", f"{contract}.ended_on", day)} AND ({contract}.replaced_by_id IS NULL
        OR {followed_on(contract)} > {day}))"""


def line_runs(line: str, day: str) -> str:
    """The contract line counts on the day, if its contract runs then."""
    return within(f"{line}.starts_on", f"{line}.ends_on", day)


def in_force(entitlement: str, day: str) -> str:
    """The entitlement's own dates include the day, whether or not its contract runs."""
    first = f"{entitlement}.starts_on"
    return (
        f"(({first} IS NULL OR {first} <= {day}) AND ({entitlement}.ends_on IS NULL OR {entitlement}.ends_on > {day}))"
    )


def entitled(entitlement: str, contract: str, day: str) -> str:
    """The entitlement is in force on the day and its contract runs."""
    return f"({runs(contract, day)} AND {in_force(entitlement, day)})"


def connected(integration: str, day: str) -> str:
    """The integration is connected on the day."""
    return within(f"{integration}.connected_on", f"{integration}.disconnected_on", day)


def present(contact: str, day: str) -> str:
    """The contact was there on the day: its state holds from ``state_on``; before, who left was there, who came was not.

    Who moved to another post inside the customer was there before and is there still.
    """
    return f"({contact}.state = 'moved' OR ({contact}.state = 'active') = ({contact}.state_on <= {day}))"


def known(row: str, day: str) -> str:
    """The row was known on the day; a row without ``known_on`` has been known since its own first day."""
    return f"({row}.known_on IS NULL OR {row}.known_on <= {day})"
