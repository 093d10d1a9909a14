"""Who uses the product: champions who no longer do, and agents whose people are gone."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from config.fields import WholeField
from health.signals.linking import is_own
from health.signals.people import LONGEST
from health.states.state import DAY, THERE, State

# A champion may be known by several names; one of them in use is enough, and so is another champion.
CHAMPION_AWAY: Final = f"""
    SELECT DISTINCT ON (c.id) c.id AS customer_id,
           jsonb_build_object('contact', p.id, 'name', p.name, 'last_on', z.last_on, 'days', %(days)s::int,
                              'since', z.last_on + %(days)s::int) AS facts
    FROM standing c
    JOIN accounts_contact p ON p.customer_id = c.id AND 'champion' = ANY(p.roles) AND {THERE}
    CROSS JOIN LATERAL (
        SELECT min(h.first_on) AS first_on,
               max((SELECT max(d.day) FROM health_personday d
                    WHERE d.person_id = h.id AND d.day <= {DAY} AND d.day > {DAY} - {LONGEST})) AS last_on
        FROM health_person h WHERE {is_own("p")} AND NOT h.is_agent AND h.first_on <= {DAY}) z
    WHERE z.first_on <= {DAY} - %(days)s::int AND coalesce(z.last_on, '-infinity'::date) <= {DAY} - %(days)s::int
      AND NOT EXISTS (
          SELECT FROM accounts_contact p JOIN health_person h ON {is_own("p")} AND NOT h.is_agent
          JOIN health_personday d ON d.person_id = h.id AND d.day > {DAY} - %(days)s::int AND d.day <= {DAY}
          WHERE p.customer_id = c.id AND 'champion' = ANY(p.roles) AND {THERE})
    ORDER BY c.id, z.last_on DESC NULLS LAST, p.id
"""
AGENTS_ONLY: Final = f"""
    SELECT c.id AS customer_id,
           jsonb_build_object('uses', u.agent_uses, 'days', %(days)s::int, 'last_on', (
               SELECT max(v.day) FROM health_usageday v
               WHERE v.customer_id = c.id AND v.uses > 0 AND v.day <= {DAY} AND v.day > {DAY} - 400)) AS facts
    FROM standing c
    CROSS JOIN LATERAL (
        SELECT sum(u.agent_uses) AS agent_uses, sum(u.uses) AS uses FROM health_usageday u
        WHERE u.customer_id = c.id AND u.day <= {DAY} AND u.day > {DAY} - %(days)s::int) u
    WHERE u.agent_uses > 0 AND u.uses = 0
"""

USING: Final = (
    State(
        key="champion_away",
        name=_("Champion no longer uses the product"),
        asks=ngettext_lazy(
            "A champion who used the product has not for %(days)s day, and no other champion has",
            "A champion who used the product has not for %(days)s days, and no other champion has",
            "days",
        ),
        says=_("%(name)s last used the product on %(last_on)s"),
        unknown={"last_on": _("%(name)s has not used the product for three months")},
        sql=CHAMPION_AWAY,
        fields={"days": WholeField(label=_("For (days)"), min_value=7, max_value=LONGEST - 2, initial=28)},
        behind="champion_use",
    ),
    State(
        key="agents_only",
        name=_("Agents busy, people gone"),
        asks=ngettext_lazy(
            "Use by agents in the last %(days)s day, and none by people",
            "Use by agents in the last %(days)s days, and none by people",
            "days",
        ),
        says=ngettext_lazy(
            "%(uses)s use by agents in %(span)s; a person last came on %(last_on)s",
            "%(uses)s uses by agents in %(span)s; a person last came on %(last_on)s",
            "uses",
        ),
        unknown={
            "last_on": ngettext_lazy(
                "%(uses)s use by agents in %(span)s, and no person for more than a year",
                "%(uses)s uses by agents in %(span)s, and no person for more than a year",
                "uses",
            )
        },
        sql=AGENTS_ONLY,
        fields={"days": WholeField(label=_("For (days)"), min_value=7, max_value=365, initial=28)},
        behind="agent_share",
    ),
)
