"""The condition fields of health: scores, their measures, days in the band, open cases, standing, states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.conditions.fields import Asked, Expression, Family, Field, Kind, StateOf, named, register
from accounts.embedding import PLACEHOLDER
from config.shipping import translated
from health import states
from health.measures import SHIPPED, Unit, offered
from health.models import CaseKind, CaseRule, Motion, Purpose, RetentionState, Rung, Severity
from health.models.cases import is_lasting
from health.scorecards import history_of
from health.states import table

HEALTH: Final = _("Health")
MEASURES: Final = _("Health measures")
STATES: Final = pgettext_lazy("a condition", "States")
CASES: Final = pgettext_lazy("a condition", "Cases")
LONGEST_KEY: Final = 40


class StateWords(Protocol):
    """The condition of a state and its evidence, in words."""

    def asks(self, key: str, values: Mapping[str, Any]) -> str: ...

    def found(self, key: str, facts: Mapping[str, Any]) -> str: ...


class Worded:
    """A label made of a pattern and a name, put together in the reader's language."""

    def __init__(self, pattern: Any, **names: Any) -> None:
        self.pattern, self.names = pattern, names

    def __str__(self) -> str:
        return str(self.pattern) % self.names


def _of_score(column: str) -> Expression:
    """A column of the score that held on the day."""
    return lambda asked: (
        f"""(SELECT s.{column} FROM health_score s
        WHERE s.customer_id = {asked.c}.id AND s.day <= {asked.day} ORDER BY s.day DESC LIMIT 1)"""
    )


def _band_then(asked: Asked) -> str:
    """The band on the day; empty where no score held yet."""
    return f"coalesce({_of_score('band')(asked)}, '')"


def _of_measure(column: str, key: str, times: int = 1) -> Expression:
    """A measure's entry in a list of the score that held on the day; NULL where its scorecard has no such measure."""

    def sql(asked: Asked) -> str:
        entry = f"s.{column}[array_position(k.measures, {asked.bind(key)}::varchar)]::numeric"
        scaled = f"{entry} * {times}" if times != 1 else entry
        return f"""(SELECT {scaled} FROM health_score s JOIN health_scorecard k ON k.id = s.scorecard_id
            WHERE s.customer_id = {asked.c}.id AND s.day <= {asked.day} ORDER BY s.day DESC LIMIT 1)"""

    return sql


def _named_score(purpose: str) -> Expression:
    """The score of another purpose that held on the day; NULL where its scorecard was out of use by then."""
    history = history_of(purpose)
    return lambda asked: (
        f"""(SELECT s.value FROM {history.table} s JOIN health_scorecard k ON k.id = s.scorecard_id
        WHERE s.customer_id = {asked.c}.id AND {history.where("s")} AND s.day <= {asked.day}
          AND (SELECT a.act FROM health_scorecardact a WHERE a.key = k.key AND a.day <= {asked.day}
               ORDER BY a.id DESC LIMIT 1) IS DISTINCT FROM 'retired'
        ORDER BY s.day DESC LIMIT 1)"""
    )


def _days_in_band(asked: Asked) -> str:
    return f"({asked.day} - {asked.c}.band_since)"


def _open_cases(condition: str = "", value: Any = None) -> Expression:
    def sql(asked: Asked) -> str:
        narrowed = f" AND {condition} = ANY({asked.bind(value)}::text[])" if condition else ""
        return f"""(SELECT count(*) FROM health_case h
            WHERE h.customer_id = {asked.c}.id AND {is_lasting("h", asked.day)}{narrowed})"""

    return sql


def _cases_of_rule(key: str) -> Expression:
    def sql(asked: Asked) -> str:
        return f"""(SELECT count(*) FROM health_case h JOIN health_caserule rule ON rule.id = h.rule_id
            WHERE h.customer_id = {asked.c}.id AND rule.key = {asked.bind(key)} AND {is_lasting("h", asked.day)})"""

    return sql


def _stands(kind: str) -> Expression:
    return lambda asked: (
        f"""(SELECT st.state FROM health_standing st
        WHERE st.customer_id = {asked.c}.id AND st.kind = '{kind}')"""
    )


def _standing_so(kind: str) -> Callable[[Asked, str], str]:
    return lambda _asked, states: (
        f"SELECT st.customer_id FROM health_standing st WHERE st.kind = '{kind}' AND st.state = ANY({states})"
    )


def _stood(kind: str) -> Expression:
    return lambda asked: (
        f"""(SELECT st.state FROM health_standingchange st
        WHERE st.customer_id = {asked.c}.id AND st.kind = '{kind}' AND st.from_day <= {asked.day}
        ORDER BY st.from_day DESC LIMIT 1)"""
    )


def _standing(kind: str, label: Any, choices: Any) -> Field:
    return Field(
        kind, label, Kind.CHOICE, _stands(kind), group=HEALTH, choices=choices, then=_stood(kind), of_health=True,
        held=_standing_so(kind),
    )  # fmt: skip


FIELDS: Final = (
    Field("days_in_band", _("Days in the health band"), Kind.NUMBER, _days_in_band, group=HEALTH, of_health=True),
    *(Field(f"score_{purpose.value}", Worded(_("Score of %(purpose)s"), purpose=purpose.label), Kind.NUMBER,
            _named_score(purpose.value), group=HEALTH, every_day=True, of_health=True)
      for purpose in Purpose if purpose != Purpose.HEALTH),
    _standing("retention", _("Retention state"), RetentionState.choices),
    _standing("ladder", _("Loyalty level"), Rung.choices),
    _standing("motion", _("Next action"), Motion.choices),
    Field("open_cases", _("Open cases"), Kind.COUNT, _open_cases(), group=CASES, every_day=True),
    Field("open_risks", _("Open risk cases"), Kind.COUNT, _open_cases("h.kind", [CaseKind.RISK.value]), group=CASES,
          every_day=True),
    Field("open_opportunities", _("Open opportunity cases"), Kind.COUNT,
          _open_cases("h.kind", [CaseKind.OPPORTUNITY.value]), group=CASES, every_day=True),
    Field("open_severe", _("Open cases, high or urgent"), Kind.COUNT,
          _open_cases("h.severity", [Severity.HIGH.value, Severity.URGENT.value]), group=CASES),
    Field("open_urgent", _("Open urgent cases"), Kind.COUNT, _open_cases("h.severity", [Severity.URGENT.value]),
          group=CASES),
)  # fmt: skip


def _is_key(member: str) -> bool:
    return 0 < len(member) <= LONGEST_KEY and member.replace("_", "").replace("-", "").isalnum()


def points_of(key: str, name: Any = None) -> Field | None:
    """The points a measure has in a customer's score."""
    label = Worded(_("%(measure)s (points)"), measure=name or getattr(SHIPPED.get(key), "name", key))
    field = Field(f"measure_points:{key}", label, Kind.NUMBER, _of_measure("points", key), group=MEASURES,
                  every_day=True, of_health=True)  # fmt: skip
    return field if _is_key(key) else None


def amount_of(key: str, name: Any = None) -> Field | None:
    """The measured amount in a customer's score; shares in per cent."""
    share = key in SHIPPED and SHIPPED[key].unit == Unit.SHARE
    pattern = _("%(measure)s (%%)") if share else "%(measure)s"
    label = Worded(pattern, measure=name or getattr(SHIPPED.get(key), "name", key))
    field = Field(f"measure_value:{key}", label, Kind.NUMBER, _of_measure("amounts", key, 100 if share else 1),
                  group=MEASURES, every_day=True, of_health=True)  # fmt: skip
    return field if _is_key(key) else None


def cases_of(key: str, name: str = "") -> Field | None:
    """How many cases of one rule are open."""
    label = Worded(_("Open cases of “%(rule)s”"), rule=translated(name) or key)
    field = Field(f"open_cases_of:{key}", label, Kind.COUNT, _cases_of_rule(key), group=CASES, every_day=True)
    return field if _is_key(key) else None


def _points_offered() -> list[Field]:
    return [field for key, measure in offered().items() if (field := points_of(key, measure.name))]


def _amounts_offered() -> list[Field]:
    return [field for key, measure in offered().items() if (field := amount_of(key, measure.name))]


def _rules_offered() -> list[Field]:
    rows = CaseRule.objects.order_by("position", "pk").values_list("key", "name")
    return [field for key, name in rows if (field := cases_of(key, name))]


def _state_field(key: str, words: StateWords) -> Field | None:
    """A state as a field; None where there is none of this key."""
    if key not in states.STATES:
        return None
    state = StateOf(
        states.STATES[key].fields,
        check=lambda values: states.check(key, values),
        found=lambda asked, values: _in_state(states.watch(key, values), asked),
        asks=lambda values: words.asks(key, values),
        says=lambda facts: words.found(key, facts),
    )
    label = states.STATES[key].name
    return Field(f"state:{key}", label, Kind.STATE, _no_value, group=STATES, of_health=True, state=state)


def _no_value(_asked: Asked) -> str:
    return "NULL"


def _in_state(watch: states.Watch, asked: Asked) -> str:
    """The customers in the state with their facts: the query of rules and playbooks, with its table inside."""
    rows, columns = table.select(asked.on, watch.reads.values(), asked.only)
    params = table.moment_of(asked.on, asked.only) | watch.bound()
    query = PLACEHOLDER.sub(lambda match: asked.bind(params[match[1]]), watch.query(columns))
    table_sql = rows.replace("%", "%%")
    return f"WITH standing AS MATERIALIZED ({table_sql}) SELECT found.customer_id, found.facts FROM ({query}) found"


def install(words: StateWords) -> None:
    """Register the fields when the app loads. ``words`` is the wording of states, which pages provide.

    Score and band are columns of the customer; on an earlier day they come from health's history.
    """
    register(replace(named("score"), then=_of_score("value")), replace(named("band"), then=_band_then))
    register(*FIELDS)
    register(
        Family("measure_points", points_of, _points_offered),
        Family("measure_value", amount_of, _amounts_offered),
        Family("open_cases_of", cases_of, _rules_offered),
        Family(
            "state",
            lambda key: _state_field(key, words),
            lambda: [field for key in states.STATES if (field := _state_field(key, words))],
        ),
    )
