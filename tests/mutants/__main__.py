"""Change the domain in 60 places, one after another, and run the tests of each: ``make mutants``.

Works on a copy of the tree in LOCAL_DIR/mutants with servers of its own. What the tests nearest to a module do not
notice, the others of its app are asked. A failure counts as noticed where the test that failed passes on the unchanged
tree, a time-out where all of them pass there in a third of that time: then the change made them loop. Prints a line a
mutant and keeps the diffs of those that nobody noticed. Ends with 1 where fewer than nine of ten were noticed.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_code

from config.embedded import Servers, local_folder
from config.run.translations import compile_all
from tests import examples
from tests.mutants import choosing
from tests.mutants.choosing import Site
from tests.mutants.sql import SqlEdge

ROOT: Final = Path(__file__).resolve().parents[2]
EDGES: Final = ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt")
NOTICED: Final = 0.9
SECONDS: Final = 900
WORKERS: Final = 2
FAILED: Final = re.compile(r"^(?:FAILED|ERROR) ([^\s:]+)", re.MULTILINE)


def operators() -> dict[str, Any]:
    """By name: edges of comparisons, numbers, and both inside SQL."""
    compared = {name: plugins.get_operator(f"core/ReplaceComparisonOperator_{name}")() for name in EDGES}
    return compared | {"number": plugins.get_operator("core/NumberReplacer")(), "sql": SqlEdge()}


def main() -> int:
    asked = arguments()
    folder = local_folder() / "mutants"
    tree = copied(folder / "tree")
    sites = [site for module in choosing.modules(tree) for site in sites_of(tree, module)]
    chosen = choosing.drawn(sites, asked.seed, asked.count)
    servers = Servers(folder / "servers")
    os.environ |= servers.start() | {examples.ALL: "all"}
    if not passes(tree, choosing.tests_of(chosen[0].module, tree)):  # this makes the database, too
        servers.discard()
        print("Tests fail on the unchanged tree: nothing can be said of mutants.", file=sys.stderr)
        return 2
    survivors = folder / "survivors.diff"
    survivors.write_text("")
    noticed = 0
    try:
        for number, site in enumerate(chosen, 1):
            begun = time.monotonic()
            killed, diff, tests = tried(tree, site)
            noticed += killed
            if not killed:
                with survivors.open("a") as kept:
                    kept.write(f"{diff}\nasked first: {' '.join(tests) or 'no test names the module'}\n\n")
            word = "noticed " if killed else "SURVIVED"
            print(
                f"{number:>3} {word} {site.module}:{site.line} {site.operator} {time.monotonic() - begun:.0f} s",
                flush=True,
            )
    finally:
        servers.discard()
    print(f"{noticed} of {len(chosen)} noticed (seed {asked.seed}); those that were not: {survivors}")
    return 0 if noticed >= NOTICED * len(chosen) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.mutants")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def copied(tree: Path) -> Path:
    """The files that are under version control, as they stand, and the compiled translations."""
    shutil.rmtree(tree, ignore_errors=True)
    git = shutil.which("git") or "git"
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    compile_all(tree / "locale")
    return tree


def sites_of(tree: Path, module: Path) -> Iterator[Site]:
    """Every place of the module that an operator can change so that a fact changes."""
    parsed = get_ast_from_path(tree / module)
    lines = (tree / module).read_text().splitlines()
    for name, operator in operators().items():
        places = (place for node in ast_nodes(parsed) for place in operator.mutation_positions(node))
        for occurrence, (start, _end) in enumerate(places):
            if choosing.says_what_is_so(lines[start[0] - 1], name):
                yield Site(module, name, occurrence, start[0])


def tried(tree: Path, site: Site) -> tuple[bool, str, list[str]]:
    """Whether a test notices the change, the change as a diff, and the tests asked first."""
    path = tree / site.module
    source = path.read_text()
    mutated = mutate_code(source, operators()[site.operator], site.occurrence)
    tests = choosing.tests_of(site.module, tree)
    diff = "\n".join(
        difflib.unified_diff(source.splitlines(), mutated.splitlines(), str(site.module), "mutant", lineterm="")
    )
    for asked, workers in ((tests, 0), (choosing.others_of(site.module, tree), WORKERS)):
        path.write_text(mutated)
        try:
            failing = first_failing(tree, asked, SECONDS, workers) if asked else []
        except subprocess.TimeoutExpired:
            failing = asked
        finally:
            path.write_text(source)
        if failing and passes(tree, failing, workers):
            return True, diff, tests
    return False, diff, tests


def passes(tree: Path, tests: list[str], workers: int = 0) -> bool:
    try:
        return not first_failing(tree, tests, SECONDS // 3, workers)
    except subprocess.TimeoutExpired:
        return False


def first_failing(tree: Path, tests: list[str], seconds: int, workers: int = 0) -> list[str]:
    """The file of the first test that fails, all of them where pytest itself fails, or none."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-n",
        str(workers),
        "--dist",
        "loadfile",
        "--reuse-db",
        *tests,
    ]
    ended = subprocess.run(command, cwd=tree, capture_output=True, timeout=seconds, check=False, text=True)
    return FAILED.findall(ended.stdout) or tests if ended.returncode else []


if __name__ == "__main__":
    sys.exit(main())
