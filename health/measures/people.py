"""Measures of single people: how many came, who of them matters, and whether they do core work.

A customer whose sources only count has no data here. The figures of a window come from the usage days
(``health.signals.people``), those of roles from the contacts that people are known as. Agents count nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import ContactRole
from accounts.periods import present
from health.measures.measure import Measure, Unit
from health.measures.usage import CORE_KNOWN, LAST, NAMED, SEATS
from health.signals.linking import who

# Whoever came once: nobody in the window is none, not unknown.
KNOWN = "EXISTS (SELECT FROM health_person h WHERE h.customer_id = q.id AND NOT h.is_agent AND h.first_on <= {day})"
CAME = f"""CASE WHEN {{unnamed}} THEN NULL WHEN {{people}} IS NOT NULL THEN {{people}}::float8
    WHEN {{seen}} IS NOT NULL AND {KNOWN} THEN 0::float8 END"""
THERE = present("p", "{day}")
# One person may come under several names.
LINKED = f"count(DISTINCT p.id) FILTER (WHERE %s AND {THERE})"
NEWEST = f"max(z.last_on) FILTER (WHERE %s AND {THERE})"
HOLDS = "'{role}' = ANY(p.roles)"
CHAMPIONS = HOLDS.format(role="champion")
DECIDERS = "p.roles && ARRAY['buyer', 'sponsor']::varchar[]"
# From how many days of the last 28 on somebody comes regularly.
REGULAR_DAYS = 4
# A role of which one person that comes is much; of end users several are.
KEY_ROLES = (ContactRole.CHAMPION, ContactRole.BUYER, ContactRole.SPONSOR, ContactRole.ADMIN)
OF_ROLE = {
    ContactRole.CHAMPION: (_("Champions who use it"), _("Champions who come regularly")),
    ContactRole.BUYER: (_("Economic buyers who use it"), _("Economic buyers who come regularly")),
    ContactRole.SPONSOR: (_("Executive sponsors who use it"), _("Executive sponsors who come regularly")),
    ContactRole.ADMIN: (_("Admins who use it"), _("Admins who come regularly")),
    ContactRole.USER: (_("End users who use it"), _("End users who come regularly")),
}
USING = _(
    "People of this role who are there and came in the last 28 days. No data where nobody of the role is known "
    "among the people who use the product. A past day counts the roles of that day."
)
REGULAR = _(
    "Of the people of this role who are there and known to use the product, the share that came on four of the last "
    "28 days or more. No data where nobody of the role is known among the people who use the product. A past day "
    "counts the roles of that day."
)
# The rows behind: people of whom the record knows who they are.
WHO_IS_KNOWN = {"is_known": True}

# Whom a past day no longer finds among those who use the product: the link to a deleted contact is gone.
GONE = f"count(*) FILTER (WHERE %s AND p.is_gone AND {THERE})"


def _if_all(known: str, figure: str) -> str:
    """The figure where somebody is ``known``, a sum, and nobody has been deleted since; else no data."""
    return f"CASE WHEN {known} > 0 AND coalesce({{gone}}, 0) = 0 THEN {figure} END"


def _of_role(role: ContactRole) -> dict[str, str]:
    """How many people of the role are known, came in the last 28 days, and came regularly; the names begin with the role."""
    holds = HOLDS.format(role=role.value)
    return {
        role.value: LINKED % holds,
        f"{role.value}_came": LINKED % f"{holds} AND z.days > 0",
        f"{role.value}_regular": LINKED % f"{holds} AND z.days >= {REGULAR_DAYS}",
    }


def _sum(names: Iterable[str]) -> str:
    return " + ".join(f"CASE WHEN {{{name}}} > 0 THEN 1 ELSE 0 END" for name in names)


def _for_role(role: ContactRole, kind: str) -> Measure:
    """How many people of the role use the product, or which share of them does so regularly: ``kind`` is "using" or "regular"."""
    name, known = role.value, f"{{{role.value}}}"
    use, regularly = OF_ROLE[role]
    is_user = role == ContactRole.USER
    values: dict[str, Any] = {
        "using": {
            "name": use, "about": USING, "unit": Unit.COUNT, "full_at": 5 if is_user else 1,
            "amount": _if_all(known, f"{{{name}_came}}::float8"), "literature": "Field guide 108 (use by persona).",
        },
        "regular": {
            "name": regularly, "about": REGULAR, "unit": Unit.SHARE, "full_at": 0.6 if is_user else 1,
            "amount": _if_all(known, f"{{{name}_regular}}::float8 / {known}"),
            "literature": "Field guide 98 (persona, user tier), 108.",
        },
    }[kind]  # fmt: skip
    return Measure(
        key=f"{name}s_{kind}",
        group="relationship",
        columns={"known_people": _of_role(role), "contacts": {"gone": GONE % HOLDS.format(role=name)}},
        newest=_if_all(known, "{day}"),
        zero_at=0,
        rows="people",
        filters=WHO_IS_KNOWN,
        **values,
    )


KEY_PEOPLE = Measure(
    key="key_roles_using",
    name=_("Key roles in use"),
    about=_(
        "Of the key roles (champion, economic buyer, executive sponsor, admin) that are known among the people who use the "
        "product, the share of which somebody who is there came in the last 28 days. No data where none is known. A past "
        "day counts the roles of that day."
    ),
    unit=Unit.SHARE,
    group="relationship",
    columns={
        "known_people": {name: sql for role in KEY_ROLES for name, sql in _of_role(role).items()},
        "contacts": {"gone": GONE % f"p.roles && ARRAY{[role.value for role in KEY_ROLES]}::varchar[]"},
    },
    amount=_if_all(
        _sum(KEY_ROLES), f"({_sum(f'{role.value}_came' for role in KEY_ROLES)})::float8 / ({_sum(KEY_ROLES)})"
    ),
    newest=_if_all(_sum(KEY_ROLES), "{day}"),
    zero_at=0,
    full_at=1,
    rows="people",
    filters=WHO_IS_KNOWN,
    literature="Field guide 108 (persona splits).",
)

PEOPLE = (
    Measure(
        key="people_daily",
        name=_("People a day (DAU)"),
        about=_("Different people who came on a day, on average over all days of the window."),
        unit=Unit.COUNT,
        group="adoption",
        columns={"usage": LAST | NAMED},
        amount=f"""CASE WHEN {{unnamed}} THEN NULL WHEN {{people}} IS NOT NULL THEN {{people_days}}::float8 / {{w}}
            WHEN {{seen}} IS NOT NULL AND {KNOWN} THEN 0::float8 END""",
        newest="{seen}",
        zero_at=0,
        full_at=5,
        rows="people",
        literature="Field guide 108 (use at the level of the person).",
    ),
    Measure(
        key="people_weekly",
        name=_("People in a week (WAU)"),
        about=_("Different people who came in the last 7 days; whoever came on several days counts once."),
        unit=Unit.COUNT,
        group="adoption",
        columns={"usage": LAST | NAMED},
        amount=CAME,
        newest="{seen}",
        zero_at=0,
        full_at=8,
        window=7,
        windows={"usage": 7},
        rows="people",
        literature="Field guide 108 (use at the level of the person).",
    ),
    Measure(
        key="people_monthly",
        name=_("People in four weeks (MAU)"),
        about=_("Different people who came in the last 28 days; whoever came on several days counts once."),
        unit=Unit.COUNT,
        group="adoption",
        columns={"usage": LAST | NAMED},
        amount=CAME,
        newest="{seen}",
        zero_at=0,
        full_at=10,
        windows={"usage": 28},
        rows="people",
        literature="Field guide 108 (use at the level of the person).",
    ),
    Measure(
        key="people_activated",
        name=_("People activated"),
        about=_(
            "People who have done core work at least once, as a share of the seats under contract; without those whose "
            "contact has left. No data while no feature is marked as core work."
        ),
        unit=Unit.SHARE,
        group="adoption",
        columns={
            "people": {
                "known": "count(*)",
                "activated": f"count(DISTINCT {who()}) FILTER (WHERE h.core_on <= {{day}} AND (p.id IS NULL OR {THERE}))",
            },
            "seats": SEATS,
        },
        amount=f"CASE WHEN {{known}} > 0 AND {CORE_KNOWN} THEN {{activated}}::float8 / nullif({{seats}}, 0) END",
        newest="CASE WHEN {known} > 0 THEN {day} END",
        zero_at=0.2,
        full_at=0.7,
        literature="Field guide 34 (70% of users activated).",
    ),
    Measure(
        key="people_regular",
        name=_("People who come regularly"),
        about=_(
            "Of the people who came in the last 28 days, the share that came on four of them or more; a contact counts once, "
            "by however many names it comes. Few regular people among many: the product is tried, not lived in."
        ),
        unit=Unit.SHARE,
        group="adoption",
        columns={
            "visits": {
                "came": f"count(DISTINCT {who()}) FILTER (WHERE z.days > 0)",
                "regular": f"count(DISTINCT {who()}) FILTER (WHERE z.days >= {REGULAR_DAYS})",
            }
        },
        amount="{regular}::float8 / nullif({came}, 0)",
        newest="CASE WHEN {came} > 0 THEN {day} END",
        zero_at=0.1,
        full_at=0.6,
        rows="people",
        literature="Field guide 98 (user tier), 108.",
    ),
    Measure(
        key="champion_use",
        name=_("Days since a champion came"),
        about=_(
            "Days since one of the champions who are there used the product; 92 where none did for longer. "
            "No data where no champion is known among the people who use it. A past day counts the roles of that day."
        ),
        unit=Unit.DAYS,
        group="relationship",
        columns={
            "known_people": {"champions": LINKED % CHAMPIONS, "came_on": NEWEST % CHAMPIONS},
            "contacts": {"gone": GONE % CHAMPIONS},
        },
        amount=_if_all("{champions}", "coalesce({day} - {came_on}, 92)::float8"),
        newest=_if_all("{champions}", "{day}"),
        zero_at=45,
        full_at=7,
        rows="people",
        filters=WHO_IS_KNOWN,
        literature="Field guide 108 (champion no longer using).",
    ),
    Measure(
        key="deciders_using",
        name=_("Decision makers who use it"),
        about=_(
            "Economic buyers and executive sponsors who are there and came in the last 28 days. No data where none of "
            "them is known among the people who use the product. A past day counts the roles of that day."
        ),
        unit=Unit.COUNT,
        group="relationship",
        columns={
            "known_people": {
                "deciders": LINKED % DECIDERS,
                "deciders_came": LINKED % f"{DECIDERS} AND z.days > 0",
            },
            "contacts": {"gone": GONE % DECIDERS},
        },
        amount=_if_all("{deciders}", "{deciders_came}::float8"),
        newest=_if_all("{deciders}", "{day}"),
        zero_at=0,
        full_at=1,
        rows="people",
        filters=WHO_IS_KNOWN,
        literature="Field guide 108 (use by persona).",
    ),
    Measure(
        key="agent_share",
        name=_("Use by agents"),
        about=_(
            "Uses by agents in the window as a share of all uses. Use by agents counts in no other measure: where it "
            "rises while people stay away, nobody may miss the product."
        ),
        unit=Unit.SHARE,
        group="adoption",
        columns={
            "usage": {
                "agent_uses": "sum(u.agent_uses) {in_window}",
                "all_uses": "sum(u.uses::bigint + u.agent_uses) {in_window}",
                "agents_on": "max(u.day) FILTER (WHERE u.uses > 0 OR u.agent_uses > 0)",
            }
        },
        amount="{agent_uses}::float8 / nullif({all_uses}, 0)",
        newest="{agents_on}",
        zero_at=0.95,
        full_at=0.5,
        literature="Field guide, complaint 25 (people and agents apart).",
    ),
    KEY_PEOPLE,
    *(_for_role(role, kind) for kind in ("using", "regular") for role in OF_ROLE),
)
