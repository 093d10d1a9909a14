"""The rows behind the measures, as SQL in two forms that give the same figures.

The *full* form groups each source once over a range of customers, with parallel workers; the
*changed* form looks the same aggregates up for each of a few customers through an index.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from accounts import billing, roles
from accounts.periods import connected, entitled, known
from health.signals.linking import is_own, names
from health.signals.people import LONGEST
from health.signals.rollup import SLOTS

SEEN_BACK: Final = 400
# Of contracts a replay reads those known on its day.
IN_FORCE: Final = f"{entitled('e', 'k', '{day}')} AND {{known_k}}"


@dataclass(frozen=True)
class Source:
    """``rows`` is the FROM clause, which may name the day, ``moment`` the column that a window applies to (empty: no window)."""

    rows: str
    customer: str
    where: str = "true"
    moment: str = ""
    instants: bool = False


SOURCES: Final[dict[str, Source]] = {
    "usage": Source("health_usageday u", "u.customer_id", "u.day <= {day}", "u.day"),
    "people": Source(
        f"health_person h LEFT JOIN accounts_contact p ON {is_own('p')}",
        "h.customer_id",
        "NOT h.is_agent AND h.first_on <= {day}",
    ),
    "visits": Source(
        "health_person h CROSS JOIN LATERAL (SELECT count(DISTINCT d.day) AS days FROM health_personday d "
        f"WHERE d.person_id = ANY({names()}) AND d.day <= {{day}} AND d.day > {{day}} - 28) z",
        "h.customer_id",
        "NOT h.is_agent AND h.first_on <= {day}",
    ),
    "known_people": Source(
        f"health_person h JOIN {{linked}} p ON {is_own('p')} "
        "CROSS JOIN LATERAL (SELECT max(d.day) AS last_on, count(DISTINCT d.day) FILTER (WHERE d.day > {day} - 28) AS days "
        f"FROM health_personday d WHERE d.person_id = ANY({names()}) AND d.day <= {{day}} AND d.day > {{day}} - {LONGEST}) z",
        "h.customer_id",
        "NOT h.is_agent AND h.first_on <= {day}",
    ),
    "tickets": Source("health_ticket t", "t.customer_id", "t.opened_at < {now}", "t.opened_at", instants=True),
    "surveys": Source("health_surveyresponse s", "s.customer_id", "s.answered_on <= {day}", "s.answered_on"),
    "contacts": Source("{contacts} p", "p.customer_id"),
    "touches": Source(
        "accounts_touchpoint h",
        "h.customer_id",
        "h.happened_on <= {day} AND h.two_way",
        "h.happened_on",
    ),
    "outcomes": Source(
        "accounts_outcome o JOIN accounts_objective j ON j.id = o.objective_id",
        "j.customer_id",
        "o.measured_on <= {day} AND o.state IN ('achieved', 'partial', 'missed')",
        "o.measured_on",
    ),
    "features": Source("health_featureday d", "d.customer_id", "d.day <= {day}", "d.day"),
    "attributes": Source("accounts_datedattribute b", "b.customer_id", "b.from_day <= {day}"),
    "seats": Source(
        "accounts_entitlement e JOIN accounts_contract k ON k.id = e.contract_id",
        "k.customer_id",
        f"e.kind = 'seats' AND {IN_FORCE}",
    ),
    "modules": Source(
        f"accounts_entitlement e JOIN accounts_contract k ON k.id = e.contract_id "
        f"JOIN health_feature f ON f.module = e.name JOIN ({SLOTS}) z ON z.id = f.id",
        "k.customer_id",
        f"e.kind = 'module' AND e.name <> '' AND {IN_FORCE}",
    ),
    "limits": Source(
        "accounts_entitlement e JOIN accounts_contract k ON k.id = e.contract_id JOIN health_feature f ON f.key = e.name",
        "k.customer_id",
        f"e.kind = 'limit' AND {IN_FORCE}",
    ),
    "voices": Source(
        "health_surveyresponse s LEFT JOIN {linked} p ON p.id = s.contact_id",
        "s.customer_id",
        "s.kind = 'nps' AND s.answered_on <= {day}",
        "s.answered_on",
    ),
    "met": Source(
        "accounts_touchpoint h JOIN accounts_touchpoint_contacts a ON a.touchpoint_id = h.id "
        "JOIN accounts_contact p ON p.id = a.contact_id",
        "h.customer_id",
        "h.happened_on <= {day} AND h.two_way",
        "h.happened_on",
    ),
    # An overdue milestone that was neither reached nor found late is unknown.
    "milestones": Source(
        "health_milestone m",
        "m.customer_id",
        "m.due_on <= {day} AND (m.reached_on <= {day} OR m.missed_on IS NOT NULL)",
    ),
    "integrations": Source(
        "accounts_integration g",
        "g.customer_id",
        connected("g", "{day}"),
    ),
    "invoices": Source("accounts_invoice i", "i.customer_id", f"i.issued_on <= {{day}} AND {billing.told('i')}"),
}


@dataclass(frozen=True)
class Moment:
    """The day scored, as SQL literals: ``now`` is the end of the day in the organisation's zone.

    ``past``: the record is read as it was known on the day. ``is_over``: at least the roles of contacts are, since others
    hold today.
    """

    day: dt.date
    zone: ZoneInfo
    past: bool = False
    is_over: bool = False

    def words(self) -> dict[str, str]:
        day = f"DATE '{self.day}'"
        known_conditions = {f"known_{alias}": known(alias, day) if self.past else "true" for alias in ("k", "n")}
        over = self.start_of(self.day + dt.timedelta(1))
        is_then = self.past or self.is_over
        return {
            "day": day,
            "now": over,
            "contacts": roles.contacts_then(over, with_gone=True) if is_then else f"({roles.NOW})",
            "linked": roles.contacts_then(over) if is_then else "accounts_contact",
            "zone": f"'{self.zone}'",
        } | known_conditions

    def start_of(self, day: dt.date) -> str:
        return f"TIMESTAMPTZ '{dt.datetime.combine(day, dt.time(), self.zone).isoformat()}'"

    def later_than(self, source: Source, days: int) -> str:
        """The condition that a row lies in the last ``days`` days."""
        first = self.day - dt.timedelta(days=days - 1)
        return f"{source.moment} >= " + (self.start_of(first) if source.instants else f"DATE '{first}'")


@dataclass
class Columns:
    """The distinct aggregates to read, how far back each source is read, and which of its rows."""

    moment: Moment
    reach: dict[str, int] = field(default_factory=dict)
    wanted: list[tuple[str, str, int]] = field(default_factory=list)
    only: dict[str, list[str]] = field(default_factory=dict)

    def note(self, source: str, days: int, only: str = "") -> None:
        """Read ``source`` at least ``days`` days back, including the rows that meet ``only`` (empty: all)."""
        self.reach[source] = max(self.reach.get(source, 1), days)
        self.only.setdefault(source, []).append(only)

    def name(self, source: str, template: str, window: int) -> str:
        """The column of ``template`` over ``window`` days; equal arguments give the same column."""
        if "{w}" not in template and "in_window" not in template:
            window = 0
        aggregate = (source, template, window)
        if aggregate not in self.wanted:
            self.wanted.append(aggregate)
        return f"c{self.wanted.index(aggregate)}"

    def aggregates(self, source: str) -> str:
        expressions = [
            f"{self._rendered(template, window, name)} AS c{number}"
            for number, (name, template, window) in enumerate(self.wanted)
            if name == source
        ]
        return ", ".join(expressions)

    def _rendered(self, template: str, window: int, key: str) -> str:
        source = SOURCES[key]
        whole = not source.moment or window >= self.reach[key]
        condition = "true" if whole else self.moment.later_than(source, window)
        names = self.moment.words() | {
            "w": str(window),
            "in_window": "" if whole else f"FILTER (WHERE {condition})",
            "and_in_window": "" if whole else f"AND {condition}",
        }
        return template.format(**names)

    def _rows(self, key: str) -> str:
        return SOURCES[key].rows.format(**self.moment.words())

    def _where(self, key: str) -> str:
        source = SOURCES[key]
        where = source.where.format(**self.moment.words())
        limits = sorted(set(self.only.get(key, [""])))
        if all(limits):
            where += f" AND ({' OR '.join(limits)})"
        return where if not source.moment else f"{where} AND {self.moment.later_than(source, self.reach[key])}"

    def joins(self, *, first: int | None, last: int | None) -> str:
        """LEFT JOINs of every source to ``who``: grouped over a range of ids, or looked up one by one."""
        return "\n".join(
            self._looked_up(key) if first is None else self._grouped(key, first, last) for key in self._sources()
        )

    def _sources(self) -> list[str]:
        return list(dict.fromkeys(source for source, _, _ in self.wanted))

    def _grouped(self, key: str, first: int | None, last: int | None) -> str:
        source = SOURCES[key]
        return (
            f"LEFT JOIN (SELECT {source.customer} AS customer_id, {self.aggregates(key)} FROM {self._rows(key)} "
            f"WHERE {source.customer} BETWEEN {first} AND {last} AND {self._where(key)} "
            f"GROUP BY {source.customer}) {key} ON {key}.customer_id = who.id"
        )

    def _looked_up(self, key: str) -> str:
        source = SOURCES[key]
        return (
            f"LEFT JOIN LATERAL (SELECT {self.aggregates(key)} FROM {self._rows(key)} "
            f"WHERE {source.customer} = who.id AND {self._where(key)}) {key} ON true"
        )

    def seen(self) -> str:
        """The newest day of use: from the rows read, else looked up to 400 days back."""
        last = self.name("usage", "max(u.day) FILTER (WHERE u.uses > 0)", 0)
        day = self.moment.words()["day"]
        return (
            f"coalesce({last}, (SELECT max(u.day) FROM health_usageday u WHERE u.customer_id = who.id "
            f"AND u.day <= {day} AND u.day > {day} - {SEEN_BACK} AND u.uses > 0))"
        )
