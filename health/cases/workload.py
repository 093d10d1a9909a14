"""Work that open cases ask for."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.workload import Among, Kind, Source


def items(among: Among) -> str:
    """Each open case whose state has not passed, by its due day or, put off, once it comes back."""
    return f"""
        SELECT 'case', c.id,
            CASE WHEN h.owner_id IS NOT DISTINCT FROM c.owner_id
                 AND NOT EXISTS (SELECT FROM health_caseact a WHERE a.case_id = h.id AND a.act = 'handed_on')
                 THEN 'owner' ELSE 'person' END,
            h.owner_id, greatest(h.due_on, h.snoozed_until)
        FROM health_case h JOIN accounts_customer c ON c.id = h.customer_id
        WHERE h.state <> 'closed' AND h.passed_on IS NULL AND c.merged_into_id IS NULL AND {among("h.owner_id")}
    """


CASES: Final = Source((Kind("case", _("Case"), 90, _("each")),), items)
