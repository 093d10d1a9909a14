"""``manage.py prove``: how well a scorecard predicted the renewals that closed, for people and other tools."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from accounts.models import Customer, Segment
from config import clock
from config.text import row_number
from health import proof
from health.cases import precision
from health.models import Scorecard
from health.proof.figures import BandRate, Proof
from health.proof.rows import Row, Tallied, Warnings
from health.proof.statistics import Interval
from health.publishing import replaying
from renewals.outcomes import closed_terms

DIGITS: Final = 6


class Command(BaseCommand):
    help = "Hold what a scorecard said so many days before each closed renewal against what happened."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "scorecard", metavar="SCORECARD", help="a key, or key@version; a key means the version in use"
        )
        parser.add_argument("--days", type=int, default=90, help=f"one of {', '.join(map(str, proof.HORIZONS))}")
        parser.add_argument("--segment", default="", help="the name or number of one segment, as of the day asked")
        parser.add_argument("--replay", action="store_true", help="first replay the past year's month-ends that lack")
        parser.add_argument("--rows", action="store_true", help="add each renewal with its as-of score and outcome")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *_args: Any, **options: Any) -> None:
        card, days, day = found(options["scorecard"]), options["days"], clock.today()
        if days not in proof.HORIZONS:
            raise CommandError(f"--days {days}: choose one of {', '.join(map(str, proof.HORIZONS))}.")
        segment = segment_of(options["segment"])
        if options["replay"]:
            replaying.replay(card, replaying.month_ends(day))
        segment_pk = segment.pk if segment else None
        customers = Customer.objects.filter(merged_into=None)
        terms = closed_terms(customers, day, days)
        if segment is not None:
            customers = customers.filter(segment=segment)
        tallied = [
            row
            for row in proof.tally(card, terms, split=segment_pk is not None)
            if segment_pk in {None, row.segment_id}
        ]
        report = figures(card, segment, tallied, proof.proof(tallied, terms))
        report |= early(proof.warnings(card, terms, segment_pk)) | surprising(customers, day)
        if options["rows"]:
            report["rows"] = [row_of(row) for row in proof.listed(card, terms, segment=segment_pk)]
        self.stdout.write(json.dumps(report, default=plain) if options["json"] else lines(report))


def found(name: str) -> Scorecard:
    """The scorecard version called ``key`` (in use, else the newest) or ``key@version``."""
    key, _at, version = name.partition("@")
    cards = Scorecard.objects.filter(key=key)
    if version:
        number = row_number(version)
        cards = cards.none() if number is None else cards.filter(version=number)
    card = cards.order_by("-is_published", "-version").first()
    if card is None:
        choices = ", ".join(f"{row.key}@{row.version}" for row in Scorecard.objects.order_by("key", "version"))
        raise CommandError(f"There is no scorecard {name!r}. There are: {choices or 'none'}.")
    return card


def segment_of(name: str) -> Segment | None:
    if not name:
        return None
    number = row_number(name)
    segment = Segment.objects.filter(**({"name": name} if number is None else {"pk": number})).first()
    if segment is None:
        choices = ", ".join(Segment.objects.order_by("position").values_list("name", flat=True))
        raise CommandError(f"There is no segment {name!r}. There are: {choices or 'none'}.")
    return segment


def figures(card: Scorecard, segment: Segment | None, rows: list[Tallied], result: Proof) -> dict[str, Any]:
    return {
        "scorecard": card.key,
        "version": card.version,
        "purpose": card.purpose,
        "segment": segment.name if segment else None,
        "day": result.day,
        "days": result.days,
        "renewals": result.n,
        "churns": result.churns,
        "without_score": result.unscored,
        "from_replays": result.replayed,
        "first_due_on": result.first_on,
        "last_due_on": result.last_on,
        "verdict": result.verdict.value,
        "still_needed": result.needed.__dict__,
        "auc": interval(result.auc),
        "brier": result.brier,
        "brier_of_base_rate": result.base_brier,
        "bands": {band.band: band_of(band) for band in result.bands},
        "calibration": [
            {"said": point.said, "n": point.n, "happened": interval(point.happened)} for point in result.bins
        ],
        "churns_in_lowest": {f"{share:.0%}": part for share, part in result.caught},
        "missed_churns": result.missed,
        "false_alarms": result.alarms,
        "three_classes": three(rows),
    }


def three(rows: list[Tallied]) -> dict[str, Any]:
    result = proof.classes(rows)
    by_band = {band: dict(zip(("grow", "flat", "churn"), ends, strict=True)) for band, ends in result.matrix.items()}
    return {
        "by_band": by_band,
        "right": interval(result.right),
        "always_the_commonest": result.usual,
        "auc_grow_among_kept": interval(result.grows),
    }


def early(warnings: Warnings) -> dict[str, Any]:
    return {
        "lead_time_days": warnings.lead,
        "warned_churns": warnings.warned,
        "churned_arr": warnings.lost,
        "churned_untold": warnings.untold,
    }


def surprising(customers: QuerySet[Customer], day: dt.date) -> dict[str, Any]:
    """The surprise churns of the last ``precision.PERIOD`` days, as on the pages of case rules."""
    surprises = precision.surprises(customers, day)
    return {
        "surprise_churn_arr": surprises.surprising_arr,
        "surprise_churn_rate": surprises.rate,
        "surprise_churn_untold": surprises.surprising_untold,
    }


def band_of(band: BandRate) -> dict[str, Any]:
    return {
        "n": band.n,
        "kept": band.kept,
        "rate": interval(band.rate),
        "arr": band.arr,
        "untold": band.untold,
        "arr_rate": interval(band.arr_rate),
    }


def interval(figure: Interval | None) -> dict[str, float] | None:
    return None if figure is None else {name: round(value, DIGITS) for name, value in figure._asdict().items()}


def row_of(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row._asdict().items() if name != "source"} | {"source": row.source or None}


def plain(value: object) -> object:
    """Dates as ISO, money as text with all its digits."""
    return value.isoformat() if isinstance(value, dt.date) else str(value) if isinstance(value, Decimal) else value


def lines(report: dict[str, Any]) -> str:
    """The figures as indented ``name: value`` lines."""
    return "\n".join(f"{name + ':':22} {json.dumps(value, default=plain)}" for name, value in report.items())
