"""The rules that come with the product: all valid, all different, none twice."""

from __future__ import annotations

import pytest

from accounts import conditions
from health import states
from health.cases import shipped, sweep
from health.models import Case, CaseRule
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import use

pytestmark = pytest.mark.usefixtures("months")


def test_shipped_rules_are_valid_and_made_once() -> None:
    assert shipped.install() == len(shipped.RULES) == 33
    assert shipped.install() == 0
    for one in CaseRule.objects.all():
        conditions.check(one.audience)
        assert states.check(one.detector, one.values) == one.values
        assert one.plan
        one.full_clean(exclude=["demoted_on", "judged_from"])


def test_every_trigger_of_the_field_has_its_rule() -> None:
    shipped.install()
    used = set(CaseRule.objects.values_list("detector", flat=True))
    assert used == set(states.STATES) - {"measure_above"}
    assert CaseRule.objects.filter(detector="limit_reached").values_list("kind", flat=True).distinct().count() == 2


def test_they_stand_together_in_one_sweep() -> None:
    shipped.install()
    customer = make.customer(stage="mature", first_contract_on=DAY.replace(year=2024))
    use(customer, [15])
    assert sweep.sweep(DAY) == 1
    assert Case.objects.get().title == "Nobody uses the product"
