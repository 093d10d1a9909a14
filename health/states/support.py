"""Tickets: too many, suddenly none, badly rated, escalated; and mentions of a competitor."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from config.fields import RealField, WholeField
from health.states.state import TWO_WAY, State, Values, opened_within
from health.states.values import WordsField

USUAL_DAYS: Final = 180

TICKET_STORM: Final = f"""
    SELECT id AS customer_id, jsonb_build_object('tickets', n, 'days', %(days)s::int, 'usual', round(usual, 1)) AS facts
    FROM (
        SELECT c.id, count(*) FILTER (WHERE {opened_within("%(days)s::int")}) AS n,
               count(*) FILTER (WHERE NOT ({opened_within("%(days)s::int")})) * %(days)s::numeric / {USUAL_DAYS} AS usual
        FROM standing c
        JOIN health_ticket t ON t.customer_id = c.id AND {opened_within(f"%(days)s::int + {USUAL_DAYS}")}
        GROUP BY c.id
    ) counted
    WHERE n >= %(tickets)s::int AND n >= %(times)s::numeric * usual
"""

TICKET_SILENCE: Final = f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('before', count(*), 'days', %(days)s::int,
                              'last_on', (max(t.opened_at) AT TIME ZONE %(zone)s)::date,
                              'since', (max(t.opened_at) AT TIME ZONE %(zone)s)::date + %(days)s::int) AS facts
    FROM standing c JOIN health_ticket t ON t.customer_id = c.id AND {opened_within("2 * %(days)s::int")}
    GROUP BY c.id
    HAVING count(*) >= %(before)s::int AND count(*) FILTER (WHERE {opened_within("%(days)s::int")}) = 0
"""

CSAT_LOW: Final = """
    SELECT id AS customer_id,
           jsonb_build_object('mean', round(avg(rating), 2), 'ratings', count(*), 'days', %(days)s::int) AS facts
    FROM (
        SELECT c.id, t.csat AS rating FROM standing c JOIN health_ticket t ON t.customer_id = c.id
        WHERE t.csat IS NOT NULL AND t.solved_at < %(now)s::timestamptz
          AND t.solved_at >= (%(day)s::date - %(days)s::int + 1)::timestamp AT TIME ZONE %(zone)s
        UNION ALL
        SELECT c.id, s.answer FROM standing c JOIN health_surveyresponse s ON s.customer_id = c.id
        WHERE s.kind = 'csat' AND s.answered_on <= %(day)s::date AND s.answered_on > %(day)s::date - %(days)s::int
    ) rated
    GROUP BY id HAVING count(*) >= %(ratings)s::int AND avg(rating) < %(below)s::numeric
"""

ESCALATION: Final = """
    SELECT DISTINCT ON (c.id) c.id AS customer_id,
           jsonb_build_object('ticket', t.id, 'subject', t.subject,
                              'since', (t.opened_at AT TIME ZONE %(zone)s)::date) AS facts
    FROM standing c JOIN health_ticket t ON t.customer_id = c.id
    WHERE t.escalated AND t.opened_at < %(now)s::timestamptz
      AND (t.solved_at IS NULL OR t.solved_at >= %(now)s::timestamptz)
    ORDER BY c.id, t.opened_at, t.id
"""

COMPETITOR: Final = f"""
    SELECT DISTINCT ON (id) id AS customer_id,
           jsonb_build_object('place', place, 'text', left(said, 200), 'last_on', on_day, 'since', on_day) AS facts
    FROM (
        SELECT c.id, 'ticket' AS place, t.subject || ' ' || t.topic AS said, (t.opened_at AT TIME ZONE %(zone)s)::date AS on_day
        FROM standing c JOIN health_ticket t ON t.customer_id = c.id AND {opened_within("%(days)s::int")}
        UNION ALL
        SELECT c.id, 'touch', h.note, h.happened_on
        FROM standing c JOIN accounts_touchpoint h ON h.customer_id = c.id
        WHERE {TWO_WAY} AND h.happened_on > %(day)s::date - %(days)s::int AND h.note <> ''
        UNION ALL
        SELECT c.id, 'survey', s.comment, s.answered_on
        FROM standing c JOIN health_surveyresponse s ON s.customer_id = c.id
        WHERE s.answered_on <= %(day)s::date AND s.answered_on > %(day)s::date - %(days)s::int AND s.comment <> ''
    ) heard
    WHERE lower(said) LIKE ANY(%(patterns)s::text[])
    ORDER BY id, on_day DESC, place
"""

HOW_TO: Final = """
    SELECT c.id AS customer_id, jsonb_build_object('tickets', count(*), 'tenure', %(day)s::date - min(c.first_contract_on)) AS facts
    FROM standing c
    JOIN health_ticket t ON t.customer_id = c.id AND t.opened_at < %(now)s::timestamptz
     AND t.opened_at >= c.first_contract_on::timestamp AT TIME ZONE %(zone)s
    WHERE c.first_contract_on > %(day)s::date - 90 AND lower(t.subject || ' ' || t.topic) LIKE ANY(%(patterns)s::text[])
    GROUP BY c.id HAVING count(*) >= %(tickets)s::int
"""

RIVALS: Final = (
    "competitor", "alternative to", "other vendor", "switch to", "switching to", "move away from", "rfp",
    "tender", "競合", "他社", "乗り換え", "相見積", "入札",
)  # fmt: skip
HOW_TO_WORDS: Final = ("how to", "how-to", "howto", "how do", "使い方", "操作方法", "やり方")


def patterns(values: Values) -> dict[str, Any]:
    """The words as LIKE patterns that match them anywhere, with the signs special to LIKE escaped."""
    escaped = (word.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in values["words"])
    return dict(values) | {"patterns": [f"%{word}%" for word in escaped]}


SUPPORT: Final = (
    State(
        key="ticket_storm",
        name=_("Ticket storm"),
        asks=ngettext_lazy(
            "%(tickets)s or more tickets in %(days)s day, and at least %(times)s times the usual",
            "%(tickets)s or more tickets in %(days)s days, and at least %(times)s times the usual",
            "days",
        ),
        says=ngettext_lazy(
            "%(tickets)s ticket in %(span)s; %(usual)s are usual",
            "%(tickets)s tickets in %(span)s; %(usual)s are usual",
            "tickets",
        ),
        sql=TICKET_STORM,
        fields={
            "tickets": WholeField(label=_("Tickets at least"), min_value=1, max_value=1_000, initial=5),
            "days": WholeField(label=_("Within (days)"), min_value=1, max_value=90, initial=14),
            "times": RealField(label=_("Times the usual"), min_value=1, max_value=100, initial=2),
        },
        behind="tickets_balance",
    ),
    State(
        key="ticket_silence",
        name=_("Tickets stopped"),
        asks=_("No ticket for %(days)s days after %(before)s or more in the %(days)s days before"),
        says=ngettext_lazy(
            "%(before)s ticket in the %(days)s days before, none since %(last_on)s",
            "%(before)s tickets in the %(days)s days before, none since %(last_on)s",
            "before",
        ),
        sql=TICKET_SILENCE,
        fields={
            "days": WholeField(label=_("For (days)"), min_value=7, max_value=180, initial=90),
            "before": WholeField(label=_("Tickets before at least"), min_value=1, max_value=1_000, initial=3),
        },
        behind="tickets_balance",
    ),
    State(
        key="csat_low",
        name=_("Support rated low"),
        asks=ngettext_lazy(
            "Average CSAT below %(below)s over %(ratings)s or more ratings within %(days)s day",
            "Average CSAT below %(below)s over %(ratings)s or more ratings within %(days)s days",
            "days",
        ),
        says=ngettext_lazy(
            "CSAT %(mean)s, one rating in %(span)s",
            "CSAT %(mean)s on average of %(ratings)s ratings in %(span)s",
            "ratings",
        ),
        sql=CSAT_LOW,
        fields={
            "below": RealField(label=_("Below"), min_value=1, max_value=5, initial=3),
            "ratings": WholeField(label=_("Ratings at least"), min_value=1, max_value=1_000, initial=2),
            "days": WholeField(label=_("Within (days)"), min_value=1, max_value=365, initial=90),
        },
        behind="support_csat",
    ),
    State(
        key="escalation",
        name=_("Escalation open"),
        asks=_("An escalated ticket is open"),
        says=_("“%(subject)s”, open since %(since)s"),
        unknown={"subject": _("A ticket without a subject, open since %(since)s")},
        sql=ESCALATION,
        behind="ticket_resolution",
    ),
    State(
        key="competitor",
        name=_("Interest in a competitor"),
        asks=ngettext_lazy(
            "One of these words in a ticket, touch or survey of the last %(days)s day: %(words)s",
            "One of these words in a ticket, touch or survey of the last %(days)s days: %(words)s",
            "days",
        ),
        says=_("“%(text)s” on %(last_on)s"),
        sql=COMPETITOR,
        fields={
            "words": WordsField(label=_("Words"), initial=list(RIVALS)),
            "days": WholeField(label=_("Within (days)"), min_value=1, max_value=365, initial=30),
        },
        bound=patterns,
        behind="touch_recency",
    ),
    State(
        key="howto_tickets",
        name=_("Confused tickets"),
        asks=_("%(tickets)s or more tickets of the first 90 days ask how to use the product: %(words)s"),
        says=ngettext_lazy(
            "%(tickets)s how-to ticket in the first %(tenure)s days",
            "%(tickets)s how-to tickets in the first %(tenure)s days",
            "tickets",
        ),
        sql=HOW_TO,
        fields={
            "tickets": WholeField(label=_("Tickets at least"), min_value=1, max_value=1_000, initial=3),
            "words": WordsField(label=_("Words"), initial=list(HOW_TO_WORDS)),
        },
        bound=patterns,
        behind="tickets_balance",
    ),
)
