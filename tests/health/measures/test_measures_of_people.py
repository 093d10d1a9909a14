"""Measures of single people on figures worked by hand."""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import Customer
from tests import factories as make
from tests.health.conftest import ago, use
from tests.health.measures.measure_worlds import allow
from tests.health.people_world import come, core_feature, is_known_as

# Person 1 comes every day, 2 on four days, 3 once, 4 before the four weeks.
TEAM = {1: range(28), 2: [0, 6, 7, 20], 3: [27], 4: [28]}


def team(customer: Customer) -> None:
    allow(make.contract(customer), "seats", quantity=6)
    come(customer, TEAM)


def left_alone(customer: Customer) -> None:
    """Nobody came for 40 days."""
    come(customer, {1: [40, 41]})


def counted_only(customer: Customer) -> None:
    allow(make.contract(customer), "seats", quantity=6)
    use(customer, [0], active_users=3)


def one_day_counted_only(customer: Customer) -> None:
    """Of five days ago nobody can say who it was."""
    allow(make.contract(customer), "seats", quantity=6)
    come(customer, {1: [0]})
    use(customer, [5], active_users=3)


def agents_among_them(customer: Customer) -> None:
    come(customer, {1: [0], 2: [3]})
    come(customer, {7: range(10)}, agent=True, uses=3)


def only_agents(customer: Customer) -> None:
    come(customer, {7: range(10)}, agent=True)


def core_work(customer: Customer) -> None:
    """Persons 1, 2 and 3 have done core work, 3 left; 4 has not: 2 of 4 seats."""
    allow(make.contract(customer), "seats", quantity=4)
    come(customer, {1: [0], 2: [200], 3: [50]}, feature=core_feature())
    come(customer, {4: [0]})
    is_known_as(customer, 3, make.contact(customer, state="left", state_on=ago(9)))


def no_core_known(customer: Customer) -> None:
    allow(make.contract(customer), "seats", quantity=4)
    come(customer, {1: [0]})


def champions(customer: Customer) -> None:
    """One champion came nine days ago, one who left came today, and an agent of the first yesterday."""
    come(customer, {1: [30, 9], 2: [0], 3: [2]})
    come(customer, {1: [1]}, agent=True)
    champion = make.contact(customer, roles=["champion"])
    is_known_as(customer, 1, champion)
    is_known_as(customer, 2, make.contact(customer, roles=["champion"], state="left", state_on=ago(1)))


def champion_long_gone(customer: Customer) -> None:
    come(customer, {1: [120]})
    is_known_as(customer, 1, make.contact(customer, roles=["champion", "user"]))


def deciders(customer: Customer) -> None:
    """The buyer came in the four weeks, the sponsor on the day before them."""
    come(customer, {1: [27], 2: [28], 3: [0]})
    for person, role in ((1, "buyer"), (2, "sponsor"), (3, "user")):
        is_known_as(customer, person, make.contact(customer, roles=[role]))


def every_role(customer: Customer) -> None:
    """Of the two champions one comes on four days, the other on three; the buyer came before the four weeks, the sponsor today.

    The admin left. Of four end users two come on four days, one on one; Uwe is champion and end user.
    """
    days = {1: [0, 1, 2, 27], 2: [3, 4, 5], 3: [28], 4: [0], 5: [0], 6: [0, 1, 2, 3], 7: [9], 8: [40]}
    come(customer, days)
    come(customer, {6: [0]}, agent=True)
    roles = {1: ["champion", "user"], 2: ["champion"], 3: ["buyer"], 4: ["sponsor"], 5: ["admin"]} | {
        who: ["user"] for who in (6, 7, 8)
    }
    for person, of in roles.items():
        gone = {"state": "left", "state_on": ago(1)} if of == ["admin"] else {}
        is_known_as(customer, person, make.contact(customer, roles=of, **gone))


def two_names(customer: Customer) -> None:
    """The champion comes on four days under two names, one of them under both: she is one person, and four days are regular.

    Two more names come, one on three days and one on one: two people, since nobody knows who they are.
    """
    come(customer, {1: [0, 1], 2: [1, 2, 3], 3: [90], 4: [0, 1, 2], 5: [3]})
    ann = make.contact(customer, roles=["champion", "buyer"])
    for person, contact in ((1, ann), (2, ann), (3, make.contact(customer, roles=["champion"]))):
        is_known_as(customer, person, contact)


def no_roles(customer: Customer) -> None:
    """Contacts who use it, without a role: nobody is known of any role."""
    come(customer, {1: [0]})
    is_known_as(customer, 1, make.contact(customer))


def a_role_away(customer: Customer) -> None:
    """The admin is known and came longest ago: that is none, not unknown."""
    come(customer, {1: [120], 2: [0]})
    is_known_as(customer, 1, make.contact(customer, roles=["admin"]))


Build = Callable[[Customer], None]
CASES: list[tuple[str, Build, float | None]] = [
    ("people_daily", team, 33 / 28),  # 28 + 4 + 1 person-days
    ("people_daily", left_alone, 0),
    ("people_daily", counted_only, None),
    ("people_weekly", team, 2),  # 1 and 2; the sum of the days would be 9
    ("people_weekly", left_alone, 0),
    ("people_weekly", one_day_counted_only, None),
    ("people_monthly", team, 3),  # 1, 2 and 3; the sum of the days would be 33
    ("people_monthly", left_alone, 0),
    ("people_monthly", counted_only, None),
    ("people_monthly", agents_among_them, 2),
    ("people_monthly", only_agents, None),
    ("stickiness", team, 33 / 28 / 3),
    ("stickiness", one_day_counted_only, 4 / 28 / 3),  # the estimate of sources that count
    ("activation_share", team, 3 / 6),
    ("activation_share", counted_only, 3 / 6),
    ("people_activated", core_work, 2 / 4),
    ("people_activated", no_core_known, None),
    ("people_activated", counted_only, None),
    ("people_regular", team, 2 / 3),  # 28 and 4 days of 28; person 3 one
    ("people_regular", left_alone, None),
    ("people_regular", two_names, 1 / 3),
    ("champion_use", champions, 9),
    ("champion_use", champion_long_gone, 92),
    ("champion_use", team, None),
    ("deciders_using", deciders, 1),
    ("deciders_using", champions, None),
    ("champions_using", every_role, 2),
    ("champions_regular", every_role, 1 / 2),
    ("champions_using", two_names, 1),
    ("champions_regular", two_names, 1 / 2),
    ("deciders_using", two_names, 1),
    ("buyers_using", every_role, 0),
    ("buyers_regular", every_role, 0),
    ("sponsors_using", every_role, 1),
    ("sponsors_regular", every_role, 0),
    ("admins_using", every_role, None),  # she left
    ("admins_using", a_role_away, 0),
    ("admins_regular", a_role_away, 0),
    ("users_using", every_role, 3),
    ("users_regular", every_role, 2 / 4),
    ("users_regular", no_roles, None),
    ("users_using", team, None),
    ("key_roles_using", every_role, 2 / 3),  # champion and sponsor of champion, buyer, sponsor
    ("key_roles_using", a_role_away, 0),
    ("key_roles_using", no_roles, None),
    ("key_roles_using", counted_only, None),
    ("agent_share", agents_among_them, 30 / 32),
    ("agent_share", only_agents, 1),
    ("agent_share", team, 0),
    ("agent_share", counted_only, 0),
    ("usage_frequency", agents_among_them, 2 / 4),  # two days of people, not ten
    ("days_since_use", only_agents, None),
]


def test_sums_of_days_would_be_other_figures() -> None:
    assert sum(len([back for back in backs if back < 7]) for backs in TEAM.values()) == 9
