"""The errors of a scorecard's content, by field, in words an admin can act on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.models import Segment, Stage
from health.measures import Measure
from health.measures.ceilings import RULES
from health.models import Purpose
from health.scorecards import Cap, Content, Group, Line, Threshold

WINDOW: Final = (1, 400)
SHELF_LIFE: Final = (1, 3650)
TENURE: Final = (1, 3650)
POSITION: Final = (1, 999)
HIGHEST: Final = Decimal(100)
HEAVIEST: Final = Decimal("9999.99")
FARTHEST: Final = Decimal(99_999_999)
LONGEST_NAME: Final = 80
MOST_MEASURES: Final = 60

# A field's path, such as "groups.0.measures.2.weight", and the message for it.
Problem = tuple[str, str]


def problems(content: Content, catalogue: Mapping[str, Measure], *, whole: bool) -> dict[str, list[str]]:
    """Messages by the path of their field; empty for valid content. One statement where segments are named.

    ``whole`` also requires what only a scorecard in use must have: at least one measure, and no empty group.
    """
    errors: dict[str, list[str]] = {}
    for path, message in _all(content, catalogue, whole=whole):
        errors.setdefault(path, []).append(message)
    return errors


def _all(content: Content, catalogue: Mapping[str, Measure], *, whole: bool) -> Iterator[Problem]:
    yield from _name("name", content.name, _("Name the scorecard."))
    yield from _days("position", content.position, POSITION)
    yield from _customers(content)
    yield from _bands(content)
    yield from _groups(content.groups, whole=whole)
    yield from _lines(content, catalogue)
    yield from _caps(content.ceilings)
    if whole and not content.lines:
        yield "groups", _("A scorecard needs at least one measure.")


def _name(path: str, name: str, empty: str) -> Iterator[Problem]:
    if not name.strip():
        yield path, empty
    elif len(name.strip()) > LONGEST_NAME:
        yield path, _("At most %(most)s characters.") % {"most": LONGEST_NAME}


def _customers(content: Content) -> Iterator[Problem]:
    if content.purpose not in Purpose.values:
        yield "purpose", _("There is no such purpose.")
    if not set(content.stages) <= set(Stage.values):
        yield "stages", _("There is no such stage.")
    segments = set(content.segments)
    if segments and Segment.objects.filter(pk__in=segments).count() < len(segments):
        yield "segments", _("A segment named here no longer exists.")


def _bands(content: Content) -> Iterator[Problem]:
    edges: list[tuple[str, Decimal]] = [("green_from", content.green_from), ("yellow_from", content.yellow_from)]
    for path, value in edges:
        message = number_problem(value, places=2, most=HIGHEST)
        if message or not 0 < value < HIGHEST:
            yield path, message or _("A score between 0 and 100.")
            return
    if content.yellow_from >= content.green_from:
        yield "yellow_from", _("Yellow must begin below green.")


def _groups(groups: Sequence[Group], *, whole: bool) -> Iterator[Problem]:
    names: set[str] = set()
    for number, group in enumerate(groups):
        yield from _name(f"groups.{number}.name", group.name, _("Name the group."))
        yield from _weight(f"groups.{number}.weight", group.weight)
        if group.name.strip().casefold() in names:
            yield f"groups.{number}.name", _("Another group has this name.")
        if whole and not group.measures:
            yield f"groups.{number}.name", _("“%(group)s” has no measure.") % {"group": group.name}
        names.add(group.name.strip().casefold())


def _lines(content: Content, catalogue: Mapping[str, Measure]) -> Iterator[Problem]:
    used_keys: set[str] = set()
    if len(content.lines) > MOST_MEASURES:
        yield "groups", _("A scorecard has at most %(most)s measures.") % {"most": MOST_MEASURES}
    for g, group in enumerate(content.groups):
        for n, line in enumerate(group.measures):
            path = f"groups.{g}.measures.{n}"
            if line.measure not in catalogue:
                yield f"{path}.measure", _("There is no measure “%(key)s”.") % {"key": line.measure}
            elif line.measure in used_keys:
                name = catalogue[line.measure].name
                yield f"{path}.measure", _("“%(name)s” stands on the scorecard twice.") % {"name": name}
            used_keys.add(line.measure)
            yield from _line(path, line)


def _line(path: str, line: Line) -> Iterator[Problem]:
    yield from _weight(f"{path}.weight", line.weight)
    yield from _days(f"{path}.window", line.window, WINDOW)
    yield from _days(f"{path}.shelf_life", line.shelf_life, SHELF_LIFE)
    yield from _slope(path, line)
    previous = 0
    for n, threshold in enumerate(line.by_tenure):
        threshold_path = f"{path}.by_tenure.{n}"
        errors = list(_days(f"{threshold_path}.from_days", threshold.from_days, TENURE))
        yield from errors
        yield from _slope(threshold_path, threshold)
        if not errors and threshold.from_days <= previous:
            yield (
                f"{threshold_path}.from_days",
                _("Must be later than the line above: day %(day)s.") % {"day": previous},
            )
        previous = previous if errors else threshold.from_days


def _slope(path: str, slope: Line | Threshold) -> Iterator[Problem]:
    wrong = False
    for name, value in (("zero_at", slope.zero_at), ("full_at", slope.full_at)):
        message = number_problem(value, places=4, most=FARTHEST)
        if message:
            wrong = True
            yield f"{path}.{name}", message
    if not wrong and slope.zero_at == slope.full_at:
        yield f"{path}.full_at", _("Must differ from where 0 points are: points rise from one to the other.")


def _weight(path: str, weight: Decimal) -> Iterator[Problem]:
    message = number_problem(weight, places=2, most=HEAVIEST)
    if message:
        yield path, message
    elif weight <= 0:
        yield path, _("A weight is above 0. Take the line out if it should not count.")


def _days(path: str, value: Any, limits: tuple[int, int]) -> Iterator[Problem]:
    least, most = limits
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        yield path, _("A whole number from %(least)s to %(most)s.") % {"least": least, "most": most}


def _caps(caps: Sequence[Cap]) -> Iterator[Problem]:
    conditions: set[str] = set()
    for number, cap in enumerate(caps):
        path = f"ceilings.{number}"
        if cap.condition not in RULES:
            yield f"{path}.condition", _("There is no such condition.")
        elif cap.condition in conditions:
            yield f"{path}.condition", _("This condition has a ceiling already.")
        conditions.add(cap.condition)
        message = number_problem(cap.at_most, places=2, most=HIGHEST)
        if message or cap.at_most < 0:
            yield f"{path}.at_most", message or _("A score from 0 to 100.")


def number_problem(value: Any, *, places: int, most: Decimal) -> str:
    """The message for an invalid figure; "" for one up to ``most`` with at most ``places`` decimals."""
    if not isinstance(value, Decimal | int) or isinstance(value, bool) or not Decimal(value).is_finite():
        return _("A number is needed.")
    figure = Decimal(value)
    if abs(figure) > most:
        return _("At most %(most)s.") % {"most": most}
    if figure != round(figure, places):
        return _("At most %(places)s decimals.") % {"places": places}
    return ""


def unknown(measures: Collection[str], catalogue: Mapping[str, Measure]) -> list[str]:
    """Those of ``measures`` that the catalogue no longer has."""
    return [key for key in measures if key not in catalogue]
