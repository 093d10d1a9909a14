"""Who may see and change what: decided here for every module (design, section 3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import connection
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import User

# Covers count on the organisation's day, which the statement itself reads: a check costs one statement, and
# callers pass no day.
COVERED = """
    SELECT c.owner_id, u.name FROM accounts_cover c
    JOIN accounts_user u ON u.id = c.owner_id
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
    SELECT id, NULL FROM team UNION ALL {COVERED}
"""  # noqa: S608 (made of constants)

OWN = f"SELECT %(user)s::bigint, NULL UNION ALL {COVERED}"


ABOVE = """
    WITH RECURSIVE above(id, manager_id) AS (
        SELECT id, manager_id FROM accounts_user WHERE id = %(user)s
        UNION
        SELECT u.id, u.manager_id FROM accounts_user u JOIN above a ON u.id = a.manager_id
    )
    SELECT id FROM above
"""


IMPORTERS = "SELECT unnest(importers) FROM accounts_organisation"


@dataclass(frozen=True)
class Circle:
    """The owners whose customers are a person's business: the own team, and those covered today with their names."""

    team: list[int]
    covered: dict[int, str]


def circle(user: User) -> Circle:
    """Self and, for a manager, everyone below at any depth; and whom ``user`` covers on the organisation's day.

    One statement; kept on the user for the request.
    """
    own_circle: Circle | None = getattr(user, "_circle", None)
    if own_circle is None:
        with connection.cursor() as cursor:
            cursor.execute(TEAM if user.role == "manager" else OWN, {"user": user.pk})
            rows = cursor.fetchall()
        own_circle = Circle(
            sorted(pk for pk, name in rows if name is None), {pk: name for pk, name in rows if name is not None}
        )
        user._circle = own_circle  # type: ignore[attr-defined]
    return own_circle


def owners_for(user: User) -> list[int]:
    """Ids of the owners whose customers are ``user``'s business: the team and those covered."""
    owners = circle(user)
    return sorted({*owners.team, *owners.covered})


def covered(user: User) -> dict[int, str]:
    """The people whom ``user`` covers today: id → name."""
    return circle(user).covered


def own(user: User) -> list[int]:
    """Ids of the owners whose customers are ``user``'s own work: themselves, and those they cover today."""
    return [user.pk, *covered(user)]


def scopes(user: User) -> list[str]:
    """Whose work ``user`` may look at in lists, the default first: "mine" is that of ``own``."""
    return {"manager": ["team", "mine"], "admin": ["all", "mine"], "viewer": ["all"]}.get(user.role, ["mine"])


def teams_of(user: User) -> list[int]:
    """Ids of those whose teams ``user`` is in: the own one, and that of everyone above at any depth. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, {"user": user.pk})
        return sorted(pk for (pk,) in cursor.fetchall())


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
    """Whether ``user`` may change segments, scorecards, playbooks and users."""
    return user.is_active and user.role == "admin"


# Whom the organisation may let import.
MAY_IMPORT: Final = ("manager", "csm")


def imports(user: User, roles: Collection[str] | None = None) -> bool:
    """Whether ``user`` may bring in files: admins, and the roles that the organisation lets.

    What such a file may touch, ``accounts.imports.bounds`` says. ``roles`` is the organisation's setting where it was read
    already; else one statement, kept on the user for the request.
    """
    if configures(user) or not user.is_active or user.role not in MAY_IMPORT:
        return configures(user)
    let_in: Collection[str] | None = roles if roles is not None else getattr(user, "_importers", None)
    if let_in is None:
        with connection.cursor() as cursor:
            cursor.execute(IMPORTERS)
            let_in = [role for (role,) in cursor.fetchall()]
        user._importers = let_in  # type: ignore[attr-defined]
    return user.role in let_in


def manages(user: User) -> bool:
    """Whether ``user`` may decide forecasts for a team."""
    return user.is_active and user.role in {"manager", "admin"}


def writes(user: User) -> bool:
    """Whether ``user`` may add customers and change those it sees: everyone but viewers."""
    return user.is_active and user.role != "viewer"
