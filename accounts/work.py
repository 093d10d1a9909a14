"""Work that follows from the record: touches by cadence, and executive reviews by their rhythm."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.cadence import is_by_hand, next_touch, touch_every
from accounts.facts import value_or_now
from accounts.lifecycle import is_current
from accounts.models import Fact, TouchModel
from accounts.workload import Among, Kind, Source

# Tech touch is no work of people.
MINUTES: Final = {TouchModel.HIGH: 45, TouchModel.LOW: 30}
WORDS: Final = {
    TouchModel.HIGH: _("Touchpoint, high touch"),
    TouchModel.LOW: _("Touchpoint, low touch"),
}


def touches(among: Among) -> str:
    """The next touch of each customer, and from its day on one whenever the segment's cadence has passed."""
    return f"""
        SELECT 'touch_' || c.touch_model, c.id, 'owner', NULL::bigint, first.on_day + n * due.every
        FROM accounts_customer c
        LEFT JOIN accounts_segment s ON s.id = c.segment_id
        CROSS JOIN LATERAL (SELECT {next_touch("c", "s")} AS on_day, {touch_every("s")} AS every) due
        CROSS JOIN LATERAL (SELECT greatest(due.on_day, %(day)s::date) AS on_day) first
        CROSS JOIN LATERAL generate_series(0, (%(until)s::date - 1 - first.on_day) / due.every) n
        WHERE {is_by_hand("c")} AND due.on_day IS NOT NULL AND first.on_day < %(until)s::date AND {among("NULL")}
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


# By the touch model on the day of the touch: what was logged before a customer changed its segment stays what it was.
LOGGED: Final = f"""
    SELECT 'touch_' || {value_or_now("c", Fact.TOUCH, "t.happened_on")}, count(*), sum(t.minutes)
    FROM accounts_touchpoint t JOIN accounts_customer c ON c.id = t.customer_id
    WHERE t.minutes IS NOT NULL AND NOT t.mass AND t.happened_on > %(since)s AND t.happened_on <= %(day)s
    GROUP BY 1
"""  # noqa: S608 (made of constants)
TOUCHES: Final = Source(
    tuple(Kind(f"touch_{model.value}", WORDS[model], MINUTES[model], _("each")) for model in MINUTES),
    touches,
    LOGGED,
)
EXECUTIVE_REVIEWS: Final = Source((Kind("ebr", _("EBR"), 480, _("each")),), executive_reviews)
