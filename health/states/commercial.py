"""Money, contracts and limits: what is owed, what ends, what has become too small."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts import billing, ends, periods
from config.fields import WholeField
from health.states.score import BAND_ENTERED
from health.states.state import DAY, STAYS, THERE, Columns, Measured, State, Values

PAYMENT_OVERDUE: Final = f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('invoices', count(*), 'number', (array_agg(i.external_id ORDER BY i.due_on, i.id))[1],
                              'days', %(day)s::date - min(i.due_on), 'due_on', min(i.due_on),
                              'since', min(i.due_on) + %(days)s::int) AS facts
    FROM standing c JOIN accounts_invoice i ON i.customer_id = c.id
    WHERE i.due_on <= %(day)s::date - %(days)s::int AND {billing.owed("i", "%(day)s::date")}
    GROUP BY c.id
"""
NOTICE_GIVEN: Final = f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('since', max(k.notice_given_on), 'ends_on', max({ends.leaves_on("k", DAY)})) AS facts
    FROM standing c
    JOIN accounts_contract k ON k.customer_id = c.id AND NOT k.is_trial AND {periods.runs("k", DAY)}
     AND {ends.is_noticed("k", DAY)}
    WHERE c.status = 'notice'
    GROUP BY c.id
"""
RENEWAL_RED: Final = f"""
    SELECT c.id AS customer_id,
           red.facts || jsonb_build_object('renewal_on', c.next_renewal_on, 'days', c.next_renewal_on - %(day)s::date,
               'since', greatest((red.facts->>'since')::date, c.next_renewal_on - %(days)s::int)) AS facts
    FROM ({BAND_ENTERED}) red JOIN standing c ON c.id = red.customer_id
    WHERE {STAYS} AND c.next_renewal_on BETWEEN %(day)s::date AND %(day)s::date + %(days)s::int
"""
# Uses of features whose module no running contract names; the facts name the module most visited.
UNENTITLED: Final = f"""
    SELECT DISTINCT ON (c.id) c.id AS customer_id,
           jsonb_build_object('module', f.module, 'visits', sum(d.uses), 'days', %(days)s::int, 'last_on', max(d.day)) AS facts
    FROM health_feature f
    JOIN health_featureday d ON d.feature_id = f.id AND d.day > %(day)s::date - %(days)s::int AND d.day <= %(day)s::date
    JOIN standing c ON c.id = d.customer_id
    WHERE f.module <> '' AND {STAYS} AND NOT EXISTS (
        SELECT FROM accounts_entitlement e JOIN accounts_contract k ON k.id = e.contract_id
        WHERE k.customer_id = c.id AND e.kind = 'module' AND e.name = f.module AND {periods.entitled("e", "k", DAY)})
    GROUP BY c.id, f.module HAVING sum(d.uses) >= %(visits)s::int
    ORDER BY c.id, sum(d.uses) DESC, f.module
"""


def limit_reached(_values: Values, columns: Columns) -> str:
    return f"""
    SELECT c.id AS customer_id, jsonb_build_object('share', {columns["share"]}) AS facts
    FROM standing c WHERE {STAYS} AND {columns["share"]} * 100 >= %(percent)s::float8
    """


def expansion_ready(_values: Values, columns: Columns) -> str:
    return f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('score', c.value, 'share', {columns["share"]}, 'name', p.name, 'contact', p.id) AS facts
    FROM standing c CROSS JOIN LATERAL (
        SELECT p.id, p.name FROM accounts_contact p
        WHERE p.customer_id = c.id AND 'champion' = ANY(p.roles) AND {THERE} ORDER BY p.id LIMIT 1) p
    WHERE {STAYS} AND c.value >= %(score)s::int AND {columns["share"]} * 100 >= %(percent)s::float8
    """


COMMERCIAL: Final = (
    State(
        key="payment_overdue",
        name=_("Payment overdue"),
        asks=ngettext_lazy("An invoice is %(days)s day overdue", "An invoice is %(days)s days overdue", "days"),
        says=ngettext_lazy(
            "Invoice %(number)s is %(days)s day overdue, %(invoices)s open",
            "Invoice %(number)s is %(days)s days overdue, %(invoices)s open",
            "days",
        ),
        sql=PAYMENT_OVERDUE,
        fields={"days": WholeField(label=_("Overdue by (days)"), min_value=0, max_value=365, initial=30)},
    ),
    State(
        key="notice_given",
        name=_("Notice given"),
        asks=_("Every contract that runs was given notice"),
        says=_("Notice given %(since)s, ends %(ends_on)s"),
        unknown={"ends_on": _("Notice given %(since)s")},
        sql=NOTICE_GIVEN,
    ),
    State(
        key="renewal_red",
        name=_("Red before the renewal"),
        asks=ngettext_lazy(
            "Score red with %(days)s day or less to the renewal",
            "Score red with %(days)s days or less to the renewal",
            "days",
        ),
        says=_("Score %(score)s, renewal on %(renewal_on)s"),
        sql=RENEWAL_RED,
        fields={"days": WholeField(label=_("Days before the renewal"), min_value=1, max_value=400, initial=90)},
        bound=lambda values: dict(values) | {"band": "red"},
    ),
    State(
        key="limit_reached",
        name=_("Limit reached"),
        asks=_("At least %(percent)s%% of the seats or of another limit in use"),
        says=_("%(share)s of what is limited in use"),
        sql=limit_reached,
        fields={"percent": WholeField(label=_("In use, at least (%)"), min_value=1, max_value=1_000, initial=95)},
        reads=lambda _values: {"share": Measured("limit_reached", 28)},
        behind="limit_reached",
    ),
    State(
        key="expansion_ready",
        name=_("Ready to expand"),
        asks=_("Score from %(score)s, at least %(percent)s%% of the seats active, and a champion"),
        says=_("Score %(score)s, %(share)s of the seats active, champion %(name)s"),
        sql=expansion_ready,
        fields={
            "score": WholeField(label=_("Score at least"), min_value=1, max_value=100, initial=75),
            "percent": WholeField(label=_("Seats active, at least (%)"), min_value=1, max_value=1_000, initial=80),
        },
        reads=lambda _values: {"share": Measured("activation_share", 28)},
        behind="activation_share",
    ),
    State(
        key="unentitled_visits",
        name=_("Visits without entitlement"),
        asks=ngettext_lazy(
            "%(visits)s or more visits in %(days)s day to a feature the customer has not bought",
            "%(visits)s or more visits in %(days)s days to a feature the customer has not bought",
            "days",
        ),
        says=ngettext_lazy(
            "%(visits)s visit to %(module)s in %(span)s, not bought",
            "%(visits)s visits to %(module)s in %(span)s, not bought",
            "visits",
        ),
        sql=UNENTITLED,
        fields={
            "visits": WholeField(label=_("Visits at least"), min_value=1, max_value=10_000, initial=5),
            "days": WholeField(label=_("Within (days)"), min_value=1, max_value=365, initial=30),
        },
    ),
)
