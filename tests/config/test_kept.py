"""What a test begins with is written back as it was built."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from accounts.models import Customer
from tests import emptying, factories, kept, tables

pytestmark = pytest.mark.django_db(transaction=True)


def test_rows_are_written_back_as_they_were_built_and_numbers_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "KEPT", {})
    built: list[int] = []

    def build() -> SimpleNamespace:
        built.append(1)
        return SimpleNamespace(one=factories.customer(name="Acme\t\\N", score=None))

    first = kept.again("one", build)
    there = tables.rows()
    emptying.empty()
    assert not Customer.objects.exists()
    again = kept.again("one", build)
    assert (len(built), again.one, again.one.name) == (1, first.one, "Acme\t\\N")
    assert tables.rows() == there
    assert factories.customer().pk > first.one.pk
