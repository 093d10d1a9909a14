"""Whatever number a form of the configuration takes, the night can work with it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final

import pytest
from django.test import Client

from accounts.models import Segment
from config import clock, cycle
from config.setaside.models import SetAside
from health import publishing
from health.models import CaseRule
from health.states import STATES
from playbooks import versions
from tests.access import site
from tests.access.policy import POLICY
from tests.factories import DAY

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

TAKEN: Final = 302
# What sweeps read of what a person set.
FORMS: Final = (
    "accounts:organisation", "accounts:segment", "accounts:rates", "accounts:outcome_period", "accounts:customer_edit",
    "health:scorecard_line", "health:scorecard", "health:scorecard_ceilings", "health:scorecard_scope",
    "health:own_measure", "health:case_rule_edit", "playbooks:edit",
)  # fmt: skip
# Fields that name something, tell a day or count the rows of a form.
NO_NUMBERS: Final = ("_FORMS", "_segment", "owner", "parent", "today", "currency", "country", "t-count")
MORE: Final = {"accounts:segment": {"qbr_every_days": "91", "ebr_every_days": "182"}, "accounts:organisation": {"alerts_per_day": "5"}}  # fmt: skip
LEAST: Final = ("0", "1")
GREATEST: Final = ("32767", "10000", "3650", "400", "365", "100", "99", "12")


def is_number(name: str, value: Any) -> bool:
    return not name.endswith(NO_NUMBERS) and str(value).lstrip("-").replace(".", "").isdigit()


def entered(admin: Client, world: SimpleNamespace, values: tuple[str, ...]) -> int:
    """Enter in each number field of each form the first of ``values`` that it takes; how many it took."""
    taken = 0
    for name in FORMS:
        address = site.address(name, world)
        body = site.body_of(POLICY[name], world, admin) | MORE.get(name, {})
        assert admin.post(address, body).status_code == TAKEN, name
        for field in [field for field, value in body.items() if is_number(field, value)]:
            for value in values:
                if admin.post(address, body | {field: value}).status_code == TAKEN:
                    body[field] = value
                    taken += 1
                    break
    return taken


def of_states(bound: str) -> None:
    """A rule for each state, all of its numbers at that bound of their fields."""
    CaseRule.objects.update(swept_on=None)
    for key, state in STATES.items():
        values = {name: getattr(field, bound, None) for name, field in state.fields.items()}
        values = {name: value for name, value in values.items() if value is not None}
        CaseRule.objects.create(key=f"at-{key}".replace("_", "-"), name=key, reason=key, detector=key, values=values)


def night(world: SimpleNamespace) -> None:
    publishing.publish(world.sketch, None, clock.now(), DAY)
    versions.publish(world.drafted.versions.get(published_at=None), clock.now())
    before = set(SetAside.objects.values_list("step", "kind", "reason"))
    failed = [done for done in cycle.run(DAY, anew=True) if done.failed]
    assert failed == []
    assert set(SetAside.objects.values_list("step", "kind", "reason")) - before == set()


def entered_and_run(world: SimpleNamespace, values: tuple[str, ...], bound: str) -> int:
    admin = site.browser(world, "admin")
    Segment.objects.filter(pk=world.segment.pk).update(qbr_every_days=91)
    taken = entered(admin, world, values)
    of_states(bound)
    night(world)
    return taken


def test_the_least_that_forms_take_stops_no_night(world):
    assert entered_and_run(world, LEAST, "min_value") > 25


@pytest.mark.parametrize(("values", "bound"), [(GREATEST, "max_value"), (("",), "initial")], ids=["greatest", "empty"])
def test_neither_the_greatest_nor_nothing_stops_a_night(world, values, bound):
    assert entered_and_run(world, values, bound) > 0
