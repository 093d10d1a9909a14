"""What is changed on purpose, and which tests are asked whether they notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants import choosing
from tests.mutants.edges import edges, turned

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("WHERE a < b AND c <= d", ["<", "<="]),
        ("WHERE day > %(day)s::date - 30", [">", "30"]),
        ("CASE WHEN a <> b THEN c -> 'k' END", []),
        ("SELECT '{}'::numeric(5, 2), t2.x FROM t2 GROUP BY 1, 2", []),
        ("WHERE a = ANY(%(ids)s) AND b @> c AND d - 1 > 0", [">"]),
        ("at least 30 days", []),
    ],
)
def test_edges_of_sql_are_comparisons_and_numbers(text: str, words: list[str]):
    assert [edge.group() for edge in edges(text)] == words


def test_one_edge_is_turned():
    text = "WHERE a < b AND day >= today - 28"
    assert turned(text, 0) == "WHERE a <= b AND day >= today - 28"
    assert turned(text, 1) == "WHERE a < b AND day > today - 28"
    assert turned(text, 2) == "WHERE a < b AND day >= today - 29"


@pytest.mark.parametrize(
    ("line", "operator", "counts"),
    [
        ("FELT_DAYS: Final = 180", "number", True),
        ("NONE_YET: Final = 0", "number", False),
        ("PAGE: Final = 50", "number", False),
        ("row = rows[3]", "number", False),
        ("if due_on < day:", "Lt_LtE", True),
        ("for pk in chunk(ids) if a < b", "Lt_LtE", False),
    ],
)
def test_only_what_says_what_is_so_is_changed(line: str, operator: str, *, counts: bool):
    assert choosing.says_what_is_so(line, operator) is counts


def test_a_draw_is_the_same_again_and_takes_few_of_a_module():
    sites = [choosing.Site(Path(f"{name}.py"), "number", n, n) for name in "abc" for n in range(9)]
    chosen = choosing.drawn(sites, seed=7, count=5)
    assert chosen == choosing.drawn(reversed(sites), seed=7, count=5)
    assert len(chosen) == 5
    assert max(sum(site.module == one.module for one in chosen) for site in chosen) == choosing.A_MODULE


def test_domain_modules_are_changed_and_edges_are_not():
    names = {str(path) for path in choosing.modules(ROOT)}
    assert {"health/standing/journey.py", "renewals/pipeline.py", "accounts/terms.py"} <= names
    assert not any("views" in name or "models" in name or "migrations" in name for name in names)


def test_the_tests_called_after_a_module_come_first():
    assert choosing.tests_of(Path("health/standing/journey.py"), ROOT)[0] == "tests/health/standing/test_journey.py"
    assert "tests/health/states/test_states.py" in choosing.tests_of(Path("health/states/people.py"), ROOT)


def test_the_others_are_those_of_the_app_and_of_the_agreements():
    module = Path("health/standing/journey.py")
    others = choosing.others_of(module, ROOT)
    assert not set(others) & set(choosing.tests_of(module, ROOT))
    assert {"tests/agreement/test_again.py", "tests/health/scoring/test_scoring.py"} <= set(others)
    assert not [path for path in others if "/browser/" in path or "/renewals/" in path]


def test_a_module_that_no_test_names_is_tried_by_those_of_its_package():
    assert "tests/renewals/test_forecast.py" in choosing.tests_of(Path("renewals/forecast/deciding.py"), ROOT)
