"""Run the benches on a scratch database, print a line each and keep them in LOCAL_DIR/bench.jsonl."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from importlib import import_module
from pathlib import Path

from config.embedded import Servers, local_folder
from tests.bench.ground import ROUNDS, Bench, Ground

HERE = Path(__file__).parent
LINE = "{name:<24} ours {ours:>9.3f} {unit:<6} floor {floor:>9.3f} {unit:<6} ratio {ratio:>8.3f}  target {sign} {target:<6g} stretch {sign} {stretch:<6g} {verdict}"


def main() -> int:
    asked = arguments()
    folder = local_folder() / "bench"
    shutil.rmtree(folder / "servers", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    servers = Servers(folder, redis=False)
    os.environ |= servers.start() | {
        "TSUNAGU_PROCESS": "command",
        "TSUNAGU_HTTPS": "off",
        "SECRET_KEY": "only for benches, whose pages nobody keeps",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    try:
        return measure(asked)
    finally:
        close()
        servers.discard()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench")
    parser.add_argument("--only", action="append", help="the name of one bench; may be given again")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--customers", type=int, default=100_000, help="fewer for a quick look; targets mean 100,000")
    return parser.parse_args()


def measure(asked: argparse.Namespace) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    chosen = [bench for bench in found() if not asked.only or bench.name in asked.only]
    if not chosen:
        print(f"No bench of that name; there are: {', '.join(bench.name for bench in found())}", file=sys.stderr)
        return 2
    ground = Ground(rounds=asked.rounds, customers=asked.customers)
    lines = [run(bench, ground) for bench in chosen]
    keep(lines)
    return 0


def found() -> list[Bench]:
    modules = sorted(path.stem for path in HERE.glob("bench_*.py"))
    return [bench for name in modules for bench in import_module(f"tests.bench.{name}").BENCHES]


def run(bench: Bench, ground: Ground) -> dict[str, object]:
    result = bench.run(ground)
    ratio = result.ours / result.floor
    holds = bench.holds(ratio, bench.target)
    verdict = "stretch" if bench.holds(ratio, bench.stretch) else "holds" if holds else "MISSES"
    print(
        LINE.format(
            name=bench.name,
            ours=result.ours,
            floor=result.floor,
            unit=result.unit,
            ratio=ratio,
            sign="≤" if bench.better == "lower" else "≥",
            target=bench.target,
            stretch=bench.stretch,
            verdict=verdict,
        ),
        flush=True,
    )
    return {
        "name": bench.name,
        "ratio": round(ratio, 4),
        "target": bench.target,
        "stretch": bench.stretch,
        "better": bench.better,
        "holds": holds,
    }


def keep(lines: list[dict[str, object]]) -> None:
    """One JSON line a bench in LOCAL_DIR/bench.jsonl; a bench measured again replaces its line."""
    place = local_folder() / "bench.jsonl"
    old = [json.loads(line) for line in place.read_text().splitlines()] if place.exists() else []
    names = {line["name"] for line in lines}
    kept = [line for line in old if line["name"] not in names] + lines
    place.write_text("".join(json.dumps(line) + "\n" for line in kept))


def close() -> None:
    from django.db import connections

    connections.close_all()


if __name__ == "__main__":
    sys.exit(main())
