"""Which mutants are tried, and with which tests.

Mutants are drawn by a seed from the domain modules, at most ``A_MODULE`` of each, so that no long module speaks for all.
Constants of form (pages, lengths, batches, from how many rows statistics are gathered) are left out: another page size is
another choice, not a fault.
"""

from __future__ import annotations

import ast
import random
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

APPS: Final = ("accounts", "health", "renewals", "playbooks")
# Besides the edges of the import contracts: tables, what is shipped, words, and what is read by machines only.
LEFT_OUT: Final = {"models", "migrations", "shipped", "history", "statistics", "guarding"}
A_MODULE: Final = 2
MOST_TESTS: Final = 6
OF_FORM: Final = re.compile(
    r"(PAGE|SHOWN|SIZE|FEW|MOST|MANY|LISTED|CHUNK|BATCH|LONGEST|DIGITS|LOOK_UP|WIDTH|STEPS|LAST_ID|max_digits|decimal_places|max_length|initial="
    r"|maxsize|digest|iterator|chunk|batch|quantize|round|range\()"
)
CONSTANT: Final = re.compile(r"^[A-Z][A-Z_]+(: Final[^=]*)? = |timedelta\(|relativedelta\(|[<>]=? ")
PLAIN: Final = re.compile(r"\b(?![01]\b)\d")


@dataclass(frozen=True)
class Site:
    """One place that can be changed: the operator's ``occurrence`` in a module, on a line."""

    module: Path
    operator: str
    occurrence: int
    line: int


def modules(root: Path) -> list[Path]:
    """The domain modules, without edges of the import contracts."""
    contract = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    aside = LEFT_OUT | set(contract["edges"])
    found = (path.relative_to(root) for app in APPS for path in (root / app).rglob("*.py"))
    return sorted(path for path in found if not aside & set(path.with_suffix("").parts) and path.name != "__init__.py")


def drawn(sites: Iterable[Site], seed: int, count: int) -> list[Site]:
    """``count`` of the sites by chance, at most ``A_MODULE`` of a module; in the order of files and lines."""
    shuffled = sorted(sites, key=lambda site: (str(site.module), site.line, site.operator, site.occurrence))
    random.Random(seed).shuffle(shuffled)
    taken: dict[Path, int] = {}
    chosen = []
    for site in shuffled:
        if len(chosen) < count and taken.get(site.module, 0) < A_MODULE:
            taken[site.module] = taken.get(site.module, 0) + 1
            chosen.append(site)
    return sorted(chosen, key=lambda site: (str(site.module), site.line))


def says_what_is_so(line: str, operator: str) -> bool:
    """Whether a change of the line would change a fact: an edge, or a constant that is neither 0, 1 nor one of form."""
    if OF_FORM.search(line):
        return False
    return operator != "number" or bool(CONSTANT.search(line) and PLAIN.search(line))


def tests_of(module: Path, root: Path) -> list[str]:
    """The test files nearest to the module; at most ``MOST_TESTS``.

    Near are those of its app that are called after it, its package or its room, and those that import it or its package.
    Of two alike the one that speaks of the module more often comes first.
    """
    dotted = ".".join(module.with_suffix("").parts)
    package, app = dotted.rpartition(".")[0], root / "tests" / module.parts[0]
    in_a_room = package != module.parts[0]

    def nearness(path: Path) -> int:
        own = app in path.parents
        return sum(
            weight
            for weight, holds in (
                (4, imports(path, dotted)),
                (3, own and module.stem in path.stem),
                (2, own and in_a_room and module.parent.name in path.stem),
                (2, path.parent == root / "tests" / module.parent),
                (1, in_a_room and imports(path, package)),
            )
            if holds
        )

    found = [path for path in tried_files(root) if nearness(path)]
    found.sort(key=lambda path: (-nearness(path), -text_of(path).count(module.stem), len(text_of(path)), path))
    return [str(path.relative_to(root)) for path in found[:MOST_TESTS]]


def others_of(module: Path, root: Path) -> list[str]:
    """The other test files of the module's app, those of what all apps agree on and those that import the module."""
    folders = {root / "tests" / module.parts[0], root / "tests" / "agreement"}
    dotted = ".".join(module.with_suffix("").parts)
    found = (path for path in tried_files(root) if folders & set(path.parents) or imports(path, dotted))
    return sorted({str(path.relative_to(root)) for path in found} - set(tests_of(module, root)))


def tried_files(root: Path) -> list[Path]:
    return [path for path in (root / "tests").rglob("test_*.py") if is_tried_by(path.relative_to(root))]


def is_tried_by(path: Path) -> bool:
    return not {"browser", "faults", "bench", "mutants"} & set(path.parts)


def imports(path: Path, dotted: str) -> bool:
    """Whether the file imports the module, or its package by the module's name."""
    package, _, name = dotted.rpartition(".")
    if name not in text_of(path):
        return False
    return any(
        imported == dotted or (imported == package and name in names) or imported.startswith(f"{dotted}.")
        for imported, names in imported_by(path)
    )


@cache
def text_of(path: Path) -> str:
    return path.read_text()


@cache
def imported_by(path: Path) -> list[tuple[str, set[str]]]:
    """The modules that the file imports, each with the names that it takes from it."""
    found: list[tuple[str, set[str]]] = []
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, {alias.name for alias in node.names}))
        elif isinstance(node, ast.Import):
            found += [(alias.name, set()) for alias in node.names]
    return found
