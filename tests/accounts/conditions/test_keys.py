"""Values of conditions changed wherever they stand, and nothing else."""

from __future__ import annotations

from accounts.conditions.keys import with_values

NAMES = {"segment": {"Bank": 7, "Shop": 8}, "owner": {"jp@demo.example": 3}}
BACK = {"segment": {7: "Bank", 8: "Shop"}, "owner": {3: "jp@demo.example"}}
BEFORE = [
    {"field": "segment", "test": "is", "value": "Bank"},
    {"any": [{"field": "owner", "test": "is_in", "value": ["jp@demo.example", "gone@demo.example"]},
             {"none": [{"field": "segment", "test": "is_in", "value": ["Shop"]}, {"field": "segment", "test": "missing", "value": None}]}]},
    {"field": "industry", "test": "is", "value": "Bank"},
    {"state": "silence", "values": {"segment": "Bank", "field": "segment", "value": "Bank"}},
]  # fmt: skip
AFTER = [
    {"field": "segment", "test": "is", "value": 7},
    {"any": [{"field": "owner", "test": "is_in", "value": [3, "gone@demo.example"]},
             {"none": [{"field": "segment", "test": "is_in", "value": [8]}, {"field": "segment", "test": "missing", "value": None}]}]},
    *BEFORE[2:],
]  # fmt: skip


def test_names_become_ids_and_go_back() -> None:
    assert with_values(BEFORE, NAMES) == AFTER
    assert with_values(AFTER, BACK) == BEFORE


def test_what_is_no_condition_stays_as_it_is() -> None:
    for strange in ("text", None, 5, {"field": ["segment"], "value": "Bank"}, {"all": "Bank"}, [[["Bank"]]]):
        assert with_values(strange, NAMES) == strange
