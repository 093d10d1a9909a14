"""Terms of contracts: when each ends, as plain functions and as SQL that agree.

The first term of a contract with an agreed end runs to that end, later ones ``term_months`` each,
always counted from it; without one all are counted from the start. Counting never goes on from a
date that was clamped: 31 Jan + 1 month is 28 or 29 Feb, + 2 months 31 Mar. Ends are exclusive.
A term opens a renewal when it is paid and six months or longer (design, section 5); a shorter one
shows as rolling revenue.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dateutil.relativedelta import relativedelta

SHORTEST_MONTHS: Final = 6
HORIZON_DAYS: Final = 400
# Fixed by the design: the notice must be out a month before prep would otherwise begin.
NOTICE_LEAD_DAYS: Final = 30
DEFAULT_LEAD_DAYS: Final = 90


@dataclass(frozen=True)
class Agreement:
    """What of a contract decides its terms."""

    starts_on: dt.date
    ends_on: dt.date | None
    term_months: int


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` later, or the last of that month where it has no such day."""
    return day + relativedelta(months=months)


def term_end(agreement: Agreement, number: int) -> dt.date:
    """First day after term ``number`` (counted from 1)."""
    if agreement.ends_on is None:
        return months_after(agreement.starts_on, agreement.term_months * number)
    return months_after(agreement.ends_on, agreement.term_months * (number - 1))


def term_start(agreement: Agreement, number: int) -> dt.date:
    """First day of term ``number``."""
    return agreement.starts_on if number == 1 else term_end(agreement, number - 1)


def is_long(agreement: Agreement, number: int) -> bool:
    """Whether term ``number`` is six months or longer."""
    if number == 1 and agreement.ends_on is not None:
        return agreement.ends_on >= months_after(agreement.starts_on, SHORTEST_MONTHS)
    return agreement.term_months >= SHORTEST_MONTHS


def terms_begun(agreement: Agreement, day: dt.date) -> Iterator[tuple[int, dt.date, dt.date]]:
    """(number, start, end) of each term of six months or more: the first, and those begun by ``day``."""
    number = 1
    while number == 1 or term_start(agreement, number) <= day:
        if is_long(agreement, number):
            yield number, term_start(agreement, number), term_end(agreement, number)
        elif agreement.term_months < SHORTEST_MONTHS:
            return
        number += 1


def prep_day(due: dt.date, lead_days: int, notice_days: int) -> dt.date:
    """The earlier of ``due`` − lead and ``due`` − notice − 30 days: prep begins."""
    return due - dt.timedelta(days=max(lead_days, notice_days + NOTICE_LEAD_DAYS))


# Rows of (number, starts_on, due_on) for contract ``c``, to join LATERAL: what ``terms_begun`` says
# for the day %(begun)s.
TERMS_SQL: Final = f"""
    SELECT t.number, t.starts_on, t.due_on
    FROM (
        SELECT n.number,
            CASE WHEN n.number = 1 THEN c.starts_on
                 WHEN c.ends_on IS NULL THEN
                    (c.starts_on + make_interval(months => c.term_months * (n.number - 1)))::date
                 ELSE (c.ends_on + make_interval(months => c.term_months * (n.number - 2)))::date
            END AS starts_on,
            CASE WHEN c.ends_on IS NULL THEN
                    (c.starts_on + make_interval(months => c.term_months * n.number))::date
                 ELSE (c.ends_on + make_interval(months => c.term_months * (n.number - 1)))::date
            END AS due_on
        FROM generate_series(1, CASE WHEN c.term_months < {SHORTEST_MONTHS} THEN 1 ELSE 2 + greatest(
            0,
            (extract(year FROM %(begun)s::date)::int * 12 + extract(month FROM %(begun)s::date)::int
             - extract(year FROM coalesce(c.ends_on, c.starts_on))::int * 12
             - extract(month FROM coalesce(c.ends_on, c.starts_on))::int) / c.term_months
        ) END) AS n(number)
    ) t
    WHERE (t.number = 1 OR t.starts_on <= %(begun)s::date)
      AND CASE WHEN t.number = 1 AND c.ends_on IS NOT NULL
               THEN c.ends_on >= (c.starts_on + make_interval(months => {SHORTEST_MONTHS}))::date
               ELSE c.term_months >= {SHORTEST_MONTHS} END
"""  # noqa: S608 (made of constants)
