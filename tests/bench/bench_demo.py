"""``demo_generate``: making a large demo, against ``COPY`` of the very rows it holds into the same tables.

Measured on a fifth of the customers asked for: above 5,000 customers the demo is made in chunks of one
size whose cost is the same for each, so the ratio is that of the whole.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from django.apps import apps
from django.db import connection, transaction

from config.demo import generate, replacing
from config.demo.plan import three_years
from tests.bench.ground import DAY, Bench, Ground, Result

SHARE = 5
BLOCK = 1 << 20
# Triggers on contracts write these, for whoever loads the contracts.
BY_TRIGGERS = {"renewals_termcheck"}


def demo_generate(ground: Ground) -> Result:
    plan = three_years(max(6_000, ground.customers // SHARE), 1, DAY)
    generate.fresh(plan)
    with tempfile.TemporaryDirectory() as folder:
        rows = dump(Path(folder))
        ground.say(f"{plan.customers:,} customers, {rows:,} rows")
        result = ground.race(
            ours=partial(generate.fresh, plan),
            floor=partial(load, Path(folder)),
            before=replacing.clear,
        )
    replacing.clear()
    # What other benches have built is gone with it: they build it again.
    ground.built.clear()
    ground.kept.clear()
    return result


def dump(folder: Path) -> int:
    """Write each table that holds rows to a file of its name; how many rows in all."""
    rows = 0
    with connection.cursor() as cursor:
        for table in tables():
            with (folder / table).open("wb") as file, cursor.copy(f'COPY (SELECT * FROM "{table}") TO STDOUT') as copy:
                for block in copy:
                    file.write(block)
            rows += cursor.rowcount
    return rows


@transaction.atomic
def load(folder: Path) -> None:
    with connection.cursor() as cursor:
        for file in sorted(folder.iterdir()):
            with file.open("rb") as lines, cursor.copy(f'COPY "{file.name}" FROM STDIN') as copy:
                while block := lines.read(BLOCK):
                    copy.write(block)


def tables() -> list[str]:
    """Every table of the product, links between two included."""
    models = [
        model
        for label in replacing.EMPTIED
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    return sorted({model._meta.db_table for model in models} - BY_TRIGGERS)


BENCHES = [Bench("demo_generate", target=4, stretch=2, run=demo_generate)]
