"""A property is tried on a third of its examples in the suite, never on the simplest alone, and on all of them where asked for."""

from __future__ import annotations

import pytest

from tests import examples


@pytest.mark.parametrize(("all_of_them", "taken"), [(1, 1), (4, 3), (6, 3), (12, 4), (150, 50)])
def test_examples_of_a_run(monkeypatch: pytest.MonkeyPatch, all_of_them: int, taken: int):
    monkeypatch.delenv(examples.ALL, raising=False)
    assert examples.dear(all_of_them) == taken
    monkeypatch.setenv(examples.ALL, "all")
    assert examples.dear(all_of_them) == all_of_them
