"""Contacts: missing and leaving roles, touches, and low answers to surveys."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from config.fields import WholeField
from health.states.state import THERE, TWO_WAY, Columns, Measured, State, Values

CHAMPION_LEFT: Final = f"""
    SELECT DISTINCT ON (c.id) c.id AS customer_id,
           jsonb_build_object('contact', p.id, 'name', p.name, 'since', p.state_on) AS facts
    FROM standing c JOIN accounts_contact p ON p.customer_id = c.id
    WHERE 'champion' = ANY(p.roles) AND p.state <> 'active' AND p.state_on <= %(day)s::date
      AND NOT EXISTS (SELECT FROM accounts_contact p WHERE p.customer_id = c.id AND 'champion' = ANY(p.roles) AND {THERE})
    ORDER BY c.id, p.state_on DESC, p.id DESC
"""

NO_EXECUTIVE: Final = f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('contacts', count(*) FILTER (WHERE {THERE}),
                              'since', max(p.state_on) FILTER (WHERE p.roles && ARRAY['buyer', 'sponsor']::varchar[])) AS facts
    FROM standing c JOIN accounts_contact p ON p.customer_id = c.id
    WHERE c.first_contract_on <= %(day)s::date - %(days)s::int
    GROUP BY c.id
    HAVING count(*) FILTER (WHERE {THERE}) > 0
       AND count(*) FILTER (WHERE {THERE} AND p.roles && ARRAY['buyer', 'sponsor']::varchar[]) = 0
"""

# Only one person took part, so each row is one touch and ``count(*)`` counts touches.
SINGLE_THREADED: Final = f"""
    SELECT one.customer_id,
           jsonb_build_object('name', p.name, 'contact', p.id, 'touches', one.touches, 'days', %(days)s::int) AS facts
    FROM (
        SELECT c.id AS customer_id, min(met.contact_id) AS contact_id, count(*) AS touches
        FROM standing c
        JOIN accounts_touchpoint h ON h.customer_id = c.id AND {TWO_WAY} AND h.happened_on > %(day)s::date - %(days)s::int
        JOIN accounts_touchpoint_contacts met ON met.touchpoint_id = h.id
        GROUP BY c.id
        HAVING min(met.contact_id) = max(met.contact_id) AND count(*) >= %(touches)s::int
    ) one JOIN accounts_contact p ON p.id = one.contact_id
"""

# Touches with others, but none with a champion or an admin for so many days.
KEY_USER_ABSENT: Final = f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('names', key.names, 'last_on', met.last_on, 'days', %(days)s::int) AS facts
    FROM standing c
    CROSS JOIN LATERAL (
        SELECT string_agg(p.name, ', ' ORDER BY p.id) AS names FROM accounts_contact p
        WHERE p.customer_id = c.id AND p.roles && ARRAY['champion', 'admin']::varchar[] AND {THERE}
          AND p.state_on <= %(day)s::date - %(days)s::int) key
    CROSS JOIN LATERAL (
        SELECT max(h.happened_on) FILTER (WHERE p.roles && ARRAY['champion', 'admin']::varchar[]) AS last_on,
               max(h.happened_on) AS touched_on
        FROM accounts_touchpoint h JOIN accounts_touchpoint_contacts t ON t.touchpoint_id = h.id
        JOIN accounts_contact p ON p.id = t.contact_id
        WHERE h.customer_id = c.id AND {TWO_WAY}) met
    WHERE key.names IS NOT NULL AND met.touched_on > %(day)s::date - %(days)s::int
      AND coalesce(met.last_on, '-infinity'::date) <= %(day)s::date - %(days)s::int
"""

# The newest answer of each person counts; of a decision maker one is enough.
NPS_LOW: Final = """
    WITH answers AS (
        SELECT DISTINCT ON (c.id, coalesce(s.contact_id, -s.id)) c.id, s.answer, s.answered_on, s.comment, p.name,
               coalesce(p.roles && ARRAY['buyer', 'sponsor']::varchar[], false) AS decides
        FROM standing c
        JOIN health_surveyresponse s ON s.customer_id = c.id AND s.kind = 'nps'
         AND s.answered_on <= %(day)s::date AND s.answered_on > %(day)s::date - %(days)s::int
        LEFT JOIN accounts_contact p ON p.id = s.contact_id
        ORDER BY c.id, coalesce(s.contact_id, -s.id), s.answered_on DESC, s.id DESC
    ), low AS (
        SELECT id, count(*) AS n, bool_or(decides) AS decides, max(answered_on) AS last_on,
               (array_agg(answer ORDER BY decides DESC, answered_on DESC))[1] AS answer,
               (array_agg(name ORDER BY decides DESC, answered_on DESC))[1] AS name,
               (array_agg(left(comment, 200) ORDER BY decides DESC, answered_on DESC))[1] AS comment
        FROM answers WHERE answer <= %(answer)s::int GROUP BY id
    ), repeated AS (
        SELECT c.id, count(*) AS times
        FROM low c JOIN health_surveyresponse s ON s.customer_id = c.id AND s.kind = 'nps' AND s.answer <= %(answer)s::int
         AND s.answered_on <= %(day)s::date AND s.answered_on > %(day)s::date - %(days)s::int
        GROUP BY c.id
    )
    SELECT low.id AS customer_id,
           jsonb_build_object('answer', answer, 'name', coalesce(name, ''), 'decides', decides, 'answers', times,
                              'comment', comment, 'last_on', last_on, 'since', last_on) AS facts
    FROM low JOIN repeated USING (id)
    WHERE decides OR times >= %(times)s::int
"""


def no_touch(_values: Values, columns: Columns) -> str:
    """Without any touch so far, days count from the first contract."""
    touched = columns["touched"]
    return f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('days', days, 'last_on', CASE WHEN {touched} IS NOT NULL THEN %(day)s::date - days END,
                              'since', %(day)s::date - days + %(days)s::int) AS facts
    FROM standing c CROSS JOIN LATERAL (
        SELECT coalesce({touched}, %(day)s::date - c.first_contract_on)::int AS days) quiet
    WHERE days >= %(days)s::int
    """


PEOPLE: Final = (
    State(
        key="champion_left",
        name=_("Champion left"),
        asks=_("A champion left and nobody holds the role"),
        says=_("%(name)s is gone since %(since)s, no successor"),
        sql=CHAMPION_LEFT,
        behind="champion_present",
    ),
    State(
        key="no_executive",
        name=_("No executive contact"),
        asks=ngettext_lazy(
            "No economic buyer or executive sponsor known %(days)s day after the start",
            "No economic buyer or executive sponsor known %(days)s days after the start",
            "days",
        ),
        says=ngettext_lazy(
            "%(contacts)s contact, not an economic buyer or executive sponsor",
            "%(contacts)s contacts, none of them an economic buyer or executive sponsor",
            "contacts",
        ),
        sql=NO_EXECUTIVE,
        fields={"days": WholeField(label=_("From day"), min_value=0, max_value=3_650, initial=60)},
        behind="executive_reach",
    ),
    State(
        key="single_threaded",
        name=_("Only one person met"),
        asks=ngettext_lazy(
            "At least %(touches)s touch in %(span)s, all with one person",
            "At least %(touches)s touches in %(span)s, all with one person",
            "touches",
        ),
        says=ngettext_lazy(
            "%(touches)s touch in %(span)s, with %(name)s",
            "%(touches)s touches in %(span)s, all with %(name)s",
            "touches",
        ),
        sql=SINGLE_THREADED,
        fields={
            "touches": WholeField(label=_("Touches at least"), min_value=1, max_value=100, initial=3),
            "days": WholeField(label=_("Within (days)"), min_value=1, max_value=365, initial=180),
        },
        behind="touch_recency",
    ),
    State(
        key="key_user_absent",
        name=_("Key user absent"),
        asks=_("Touches go on, but no champion or admin took part for %(days)s days"),
        says=_("%(names)s last took part on %(last_on)s"),
        unknown={"last_on": _("%(names)s never took part")},
        sql=KEY_USER_ABSENT,
        fields={"days": WholeField(label=_("For (days)"), min_value=7, max_value=365, initial=30)},
        behind="touch_recency",
    ),
    State(
        key="no_touch",
        name=_("No touch"),
        asks=ngettext_lazy("No two-way touch for %(days)s day", "No two-way touch for %(days)s days", "days"),
        says=ngettext_lazy(
            "%(days)s day without a two-way touch, the last on %(last_on)s",
            "%(days)s days without a two-way touch, the last on %(last_on)s",
            "days",
        ),
        unknown={
            "last_on": ngettext_lazy(
                "%(days)s day as a customer, and never a two-way touch",
                "%(days)s days as a customer, and never a two-way touch",
                "days",
            )
        },
        sql=no_touch,
        fields={"days": WholeField(label=_("For (days)"), min_value=1, max_value=400, initial=90)},
        reads=lambda _values: {"touched": Measured("touch_recency", 400)},
        behind="touch_recency",
    ),
    State(
        key="nps_low",
        name=_("Low NPS"),
        asks=ngettext_lazy(
            "NPS of %(answer)s or less from a decision maker, or %(times)s time within %(span)s",
            "NPS of %(answer)s or less from a decision maker, or %(times)s times within %(span)s",
            "times",
        ),
        says=ngettext_lazy(
            "NPS %(answer)s on %(last_on)s, %(answers)s low answer, %(name)s",
            "NPS %(answer)s on %(last_on)s, %(answers)s low answers, %(name)s",
            "answers",
        ),
        unknown={
            "name": ngettext_lazy(
                "NPS %(answer)s on %(last_on)s, %(answers)s low answer",
                "NPS %(answer)s on %(last_on)s, %(answers)s low answers",
                "answers",
            )
        },
        sql=NPS_LOW,
        fields={
            "answer": WholeField(label=_("Answer at most"), min_value=0, max_value=10, initial=6),
            "times": WholeField(label=_("Times"), min_value=1, max_value=100, initial=2),
            "days": WholeField(label=_("Within (days)"), min_value=1, max_value=730, initial=180),
        },
        behind="nps",
    ),
)
