"""Use of the product: falling, stopped, not growing; and the milestones of the first 90 days."""

from __future__ import annotations

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.periods import expected_end, ran
from config.fields import WholeField
from health.models import Milestone
from health.models.signals import is_late
from health.states.state import DAY, SEATS, Columns, Measured, State, Values

# Without usage reported for any customer, use is unknown.
USE_KNOWN: Final = "EXISTS (SELECT FROM health_usageday)"

LOW_ACTIVATION: Final = f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('share', round(coalesce(u.peak, 0)::numeric / s.seats, 4), 'users', coalesce(u.peak, 0),
                              'seats', s.seats, 'tenure', %(day)s::date - c.first_contract_on) AS facts
    FROM standing c
    CROSS JOIN LATERAL ({SEATS}) s
    LEFT JOIN LATERAL (
        SELECT max(u.active_users)::bigint AS peak FROM health_usageday u
        WHERE u.customer_id = c.id AND u.day > %(day)s::date - 28 AND u.day <= %(day)s::date) u ON true
    WHERE c.first_contract_on BETWEEN %(day)s::date - 90 AND %(day)s::date - %(from_day)s::int
      AND s.seats > 0 AND coalesce(u.peak, 0) * 100 < s.seats * %(percent)s::int AND {USE_KNOWN}
"""
POST_TRIAL_DROP: Final = f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('change', round(u.after::numeric / u.before - 1, 4), 'days', %(days)s::int,
                              'started_on', c.first_contract_on) AS facts
    FROM standing c
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(u.uses) FILTER (WHERE u.day < c.first_contract_on), 0) AS before,
               coalesce(sum(u.uses) FILTER (WHERE u.day > %(day)s::date - %(days)s::int), 0) AS after
        FROM health_usageday u
        WHERE u.customer_id = c.id AND u.day >= c.first_contract_on - %(days)s::int AND u.day <= %(day)s::date) u
    WHERE c.first_contract_on BETWEEN %(day)s::date - 90 AND %(day)s::date - %(days)s::int
      AND EXISTS (
          SELECT FROM accounts_contract k WHERE k.customer_id = c.id AND k.is_trial AND {ran("k")}
            AND k.starts_on < c.first_contract_on
            AND coalesce({expected_end("k")}, c.first_contract_on) > c.first_contract_on - %(days)s::int)
      AND u.before > 0 AND u.after * 100 <= u.before * (100 - %(percent)s::int)
"""
FLAT_GROWTH: Final = """
    SELECT c.id AS customer_id,
           jsonb_build_object('users', u.users, 'users_before', u.users_before, 'days', %(days)s::int) AS facts
    FROM standing c
    CROSS JOIN LATERAL (
        SELECT max(u.active_users) FILTER (WHERE u.day > %(day)s::date - %(days)s::int) AS users,
               max(u.active_users) FILTER (WHERE u.day <= %(day)s::date - %(days)s::int) AS users_before,
               bit_or(u.feature_bits) FILTER (WHERE u.day > %(day)s::date - %(days)s::int) AS bits,
               bit_or(u.feature_bits) FILTER (WHERE u.day <= %(day)s::date - %(days)s::int) AS bits_before
        FROM health_usageday u
        WHERE u.customer_id = c.id AND u.day > %(day)s::date - 2 * %(days)s::int AND u.day <= %(day)s::date) u
    WHERE c.stage = 'growth' AND u.users > 0 AND u.users <= u.users_before AND u.bits & ~u.bits_before = 0
      AND NOT EXISTS (
          SELECT FROM accounts_integration i WHERE i.customer_id = c.id
            AND i.connected_on > %(day)s::date - %(days)s::int AND i.connected_on <= %(day)s::date)
"""
# ``missed_on`` is set once and for all: a milestone reached later ends the state, which begins no second time. The
# facts name the milestone due last.
MILESTONE_LATE: Final = f"""
    SELECT m.customer_id,
           jsonb_build_object('milestone', (array_agg(m.key ORDER BY m.due_on DESC, m.key))[1], 'due_on', max(m.due_on),
                              'late', count(*), 'since', min(m.missed_on)) AS facts
    FROM standing c JOIN health_milestone m ON m.customer_id = c.id
    WHERE m.key = ANY(%(milestones)s) AND {is_late("m", DAY)}
    GROUP BY m.customer_id
"""


def usage_falling(_values: Values, columns: Columns) -> str:
    trend = columns["trend"]
    return f"""
    SELECT c.id AS customer_id, jsonb_build_object('change', {trend}, 'days', %(days)s::int) AS facts
    FROM standing c WHERE {trend} <= -%(percent)s::float8 / 100
    """


def silence(_values: Values, columns: Columns) -> str:
    quiet = columns["quiet"]
    return f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('days', {quiet}, 'last_on', %(day)s::date - {quiet}::int,
                              'since', %(day)s::date - {quiet}::int + %(days)s::int) AS facts
    FROM standing c WHERE {quiet} >= %(days)s::int
    """


USE: Final = (
    State(
        key="usage_falling",
        name=_("Usage falling"),
        asks=_("Uses of the last %(days)s days at least %(percent)s%% below the %(days)s days before"),
        says=_("Usage %(change)s in %(days)s days"),
        sql=usage_falling,
        fields={
            "percent": WholeField(label=_("Fell by at least (%)"), min_value=1, max_value=100, initial=30),
            "days": WholeField(label=_("Window (days)"), min_value=7, max_value=90, initial=28),
        },
        reads=lambda values: {"trend": Measured("usage_trend", values["days"])},
        behind="usage_trend",
    ),
    State(
        key="silence",
        name=_("Silence"),
        asks=ngettext_lazy("No use for %(days)s day", "No use for %(days)s days", "days"),
        says=ngettext_lazy(
            "%(days)s day without use, the last on %(last_on)s",
            "%(days)s days without use, the last on %(last_on)s",
            "days",
        ),
        sql=silence,
        fields={"days": WholeField(label=_("For (days)"), min_value=1, max_value=365, initial=14)},
        reads=lambda _values: {"quiet": Measured("days_since_use")},
        behind="days_since_use",
    ),
    State(
        key="low_activation",
        name=_("Low activation"),
        asks=_("Fewer than %(percent)s%% of the seats active from day %(from_day)s to day 90"),
        says=_("%(users)s of %(seats)s seats active (%(share)s) on day %(tenure)s"),
        sql=LOW_ACTIVATION,
        fields={
            "percent": WholeField(label=_("Seats active, less than (%)"), min_value=1, max_value=100, initial=70),
            "from_day": WholeField(label=_("From day"), min_value=1, max_value=89, initial=28),
        },
        behind="activation_share",
    ),
    State(
        key="post_trial_drop",
        name=_("Drop after the trial"),
        asks=_("Uses in %(days)s days at least %(percent)s%% below the last %(days)s days of the trial"),
        says=_("Usage %(change)s against the trial that ended %(started_on)s"),
        sql=POST_TRIAL_DROP,
        fields={
            "percent": WholeField(label=_("Fell by at least (%)"), min_value=1, max_value=100, initial=50),
            "days": WholeField(label=_("Window (days)"), min_value=3, max_value=60, initial=14),
        },
        behind="usage_trend",
    ),
    State(
        key="flat_growth",
        name=_("No growth"),
        asks=ngettext_lazy(
            "In the growth stage no new user, feature or integration for %(days)s day",
            "In the growth stage no new user, feature or integration for %(days)s days",
            "days",
        ),
        says=ngettext_lazy(
            "%(users)s user at most, %(users_before)s before; no new feature or integration in %(days)s days",
            "%(users)s users at most, %(users_before)s before; no new feature or integration in %(days)s days",
            "users",
        ),
        sql=FLAT_GROWTH,
        fields={"days": WholeField(label=_("For (days)"), min_value=14, max_value=180, initial=60)},
        behind="feature_breadth",
    ),
    State(
        key="milestone_late",
        name=_("Milestone late"),
        asks=_("Late and not reached: %(milestones)s"),
        says=ngettext_lazy(
            "%(milestone)s was due %(due_on)s",
            "%(late)s milestones are late, the last, %(milestone)s, was due %(due_on)s",
            "late",
        ),
        sql=MILESTONE_LATE,
        fields={
            "milestones": forms.MultipleChoiceField(
                label=_("Milestones"),
                choices=Milestone.Key.choices,
                initial=list(Milestone.Key.values),
                widget=forms.CheckboxSelectMultiple,
            ),
        },
    ),
)
