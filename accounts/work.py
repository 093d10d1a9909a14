"""Work that follows from the record: touches by cadence, and executive reviews by their rhythm."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.cadence import touch_every
from accounts.lifecycle import is_current
from accounts.models import TouchModel
from accounts.workload import Among, Kind, Source

MINUTES: Final = {TouchModel.HIGH: 45, TouchModel.LOW: 30, TouchModel.TECH: 10}
WORDS: Final = {
    TouchModel.HIGH: _("Touchpoint, high touch"),
    TouchModel.LOW: _("Touchpoint, low touch"),
    TouchModel.TECH: _("Touchpoint, tech touch"),
}


def touches(among: Among) -> str:
    """A touch whenever the segment's cadence has passed since the last that went both ways."""
    return f"""
        SELECT 'touch_' || c.touch_model, c.id, 'owner', NULL::bigint, first.on_day + n * due.every
        FROM accounts_customer c
        LEFT JOIN accounts_segment s ON s.id = c.segment_id
        CROSS JOIN LATERAL (SELECT {touch_every("s")} AS every) due
        CROSS JOIN LATERAL (SELECT greatest(c.last_touch_on + due.every, %(day)s::date) AS on_day) first
        CROSS JOIN LATERAL generate_series(0, (%(until)s::date - 1 - first.on_day) / due.every) n
        WHERE {is_current("c")} AND first.on_day < %(until)s::date AND {among("NULL")}
    """  # noqa: S608 (made of constants)


# Nobody records that an executive review took place: it is planned for the days of its rhythm, counted from the first
# contract.
def executive_reviews(among: Among) -> str:
    """An executive review on each day of the rhythm that falls into the weeks ahead."""
    return f"""
        SELECT 'ebr', c.id, 'owner', NULL::bigint, due.on_day
        FROM accounts_customer c
        JOIN accounts_segment s ON s.id = c.segment_id AND s.ebr_every_days IS NOT NULL
        CROSS JOIN LATERAL (
            SELECT c.first_contract_on + s.ebr_every_days
                * greatest(1, ceil((%(day)s::date - c.first_contract_on)::numeric / s.ebr_every_days)::int) AS on_day
        ) due
        WHERE {is_current("c")} AND due.on_day < %(until)s::date AND {among("NULL")}
    """  # noqa: S608 (made of constants)


LOGGED: Final = """
    SELECT 'touch_' || c.touch_model, count(*), sum(t.minutes)
    FROM accounts_touchpoint t JOIN accounts_customer c ON c.id = t.customer_id
    WHERE t.minutes IS NOT NULL AND NOT t.mass AND t.happened_on > %(since)s AND t.happened_on <= %(day)s
    GROUP BY c.touch_model
"""
TOUCHES: Final = Source(
    tuple(Kind(f"touch_{model.value}", WORDS[model], MINUTES[model], _("each")) for model in TouchModel),
    touches,
    LOGGED,
)
EXECUTIVE_REVIEWS: Final = Source((Kind("ebr", _("EBR"), 480, _("each")),), executive_reviews)
