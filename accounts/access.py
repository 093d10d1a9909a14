"""Who may see and change what: decided here, asked everywhere (design, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import User

# Covers count on the organisation's day, read where the statement runs: asking who may see what
# costs one statement and nobody has to bring the day along.
COVERED = """
    SELECT c.owner_id FROM accounts_cover c
    LEFT JOIN accounts_organisation o ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(o.frozen_today, (now() AT TIME ZONE coalesce(o.time_zone, 'UTC'))::date)
    ) today(day)
    WHERE c.by_id = %(user)s AND c.starts_on <= today.day AND c.ends_on > today.day
"""

TEAM = f"""
    WITH RECURSIVE team(id) AS (
        SELECT %(user)s::bigint
        UNION
        SELECT u.id FROM accounts_user u JOIN team t ON u.manager_id = t.id
    )
    SELECT id FROM team UNION {COVERED}
"""  # noqa: S608 (made of constants)

OWN = f"SELECT %(user)s::bigint UNION {COVERED}"


def owners_for(user: User) -> list[int]:
    """Ids of the owners whose customers are ``user``'s business: self, whom they cover, and, for
    a manager, everyone below at any depth. One statement; kept on the user for the request.
    """
    kept: list[int] | None = getattr(user, "_owners", None)
    if kept is None:
        with connection.cursor() as cursor:
            cursor.execute(TEAM if user.role == "manager" else OWN, {"user": user.pk})
            kept = sorted(row[0] for row in cursor.fetchall())
        user._owners = kept  # type: ignore[attr-defined]
    return kept


def sees(user: User, path: str = "") -> Q:
    """Condition on customers (or, with ``path`` such as ``"customer__"``, on rows of theirs)."""
    if not user.is_active:
        return Q(pk__in=[])
    if user.role in {"admin", "viewer"}:
        return Q()
    owned = Q(**{f"{path}owner__in": owners_for(user)})
    return owned | Q(**{f"{path}owner__isnull": True}) if user.role == "manager" else owned


def changes(user: User, path: str = "") -> Q:
    """As ``sees``, for writing: nothing for a viewer."""
    if user.role == "viewer":
        return Q(pk__in=[])
    return sees(user, path)


def configures(user: User) -> bool:
    """Whether ``user`` may change segments, scorecards, playbooks, users and imports."""
    return user.is_active and user.role == "admin"


def manages(user: User) -> bool:
    """Whether ``user`` may decide forecasts for a team."""
    return user.is_active and user.role in {"manager", "admin"}


def writes(user: User) -> bool:
    """Whether ``user`` may add customers and change those it sees: everyone but viewers."""
    return user.is_active and user.role != "viewer"
