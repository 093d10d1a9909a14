"""Numbers of people: what the migrations make of those of earlier releases, and the mark of the key."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import ExternalKey, Organisation
from health.models import Person, RollupMark, UsageDay, UsageRecord
from health.signals import numbering
from health.signals.rollup import roll_up_changed
from tests import factories as make
from tests.accounts.imports import bring, counts, write
from tests.factories import DAY
from tests.health.conftest import ago

pytestmark = pytest.mark.django_db
KEYED = import_module("health.migrations.0031_keyed_numbers_of_people")
MARK = import_module("health.migrations.0039_mark_of_the_key")
PEOPLE = "SELECT person, digest FROM health_usagerecord ORDER BY message_id"


@pytest.fixture
def of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that an earlier release took: anybody could make its numbers of the names."""
    make.organisation()
    customer = make.customer()
    make.contact(customer, name="Ann", email="ann@acme.test")
    ExternalKey.objects.create(customer=customer, source="csv", external_id="A1")
    head = "external_id,customer,day,user,users,uses\n"
    rows = f"1,A1,{ago(1)},ann@acme.test,,2\n2,A1,{DAY},Ann@ACME.test,,1\n3,A1,{DAY},bob,,1\n4,A1,{ago(2)},,5,9\n"
    path = write(tmp_path / "usage.csv", head + rows)
    with monkeypatch.context() as before:
        before.setattr(numbering, "number", numbering.plain)
        before.setattr(numbering, "digest", lambda text: text)
        assert counts(bring(path)) == (4, 0, 0, 0)
    RollupMark.objects.all().delete()
    return path


def people() -> list[tuple[int | None, str]]:
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE)
        return cursor.fetchall()


def test_numbers_of_an_earlier_release_become_those_that_the_same_file_gives_now(of_before: Path) -> None:
    before = people()
    with connection.schema_editor() as editor:
        KEYED.key(apps, editor)
    after = people()
    # Both rows of Ann are of one person, Bob is another, and what names nobody stays as it was.
    assert after[0][0] == after[1][0] != after[2][0]
    assert {number for number, _digest in after[:3]}.isdisjoint(number for number, _digest in before)
    assert after[3] == before[3]
    assert {mark.day for mark in RollupMark.objects.all()} == {ago(1), DAY}
    assert counts(bring(of_before)) == (0, 0, 4, 0), "the same file again is the same facts"
    roll_up_changed()
    assert list(UsageDay.objects.order_by("day").values_list("active_users", "uses", "people")) == [
        (1, 2, [1]), (2, 2, [1, 1]),
    ]  # fmt: skip
    assert [person.name for person in Person.objects.order_by("first_on")][:1] == ["Ann"]
    assert Person.objects.count() == 2
    assert UsageRecord.objects.count() == 4


def test_who_has_people_has_the_mark_of_the_key_from_the_upgrade_on(of_before: Path) -> None:
    assert of_before.exists()
    RollupMark.objects.create(customer=UsageRecord.objects.all()[0].customer, day=DAY)
    roll_up_changed()
    Organisation.objects.update(person_key="")
    with connection.schema_editor() as editor:
        MARK.mark(apps, editor)
    assert Organisation.objects.get().person_key == numbering.mark()
    Organisation.objects.update(person_key="another")
    Person.objects.all().delete()
    with connection.schema_editor() as editor:
        MARK.mark(apps, editor)
    assert Organisation.objects.get().person_key == "another"
