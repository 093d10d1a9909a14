"""Cases as a kind of list, and the filter fields of a case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, cast

from django.db.models import F, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from accounts import access
from accounts.conditions.fields import PEOPLE, Asked, Expression, Field, Kind, Rows, register
from accounts.conditions.record import owner_names, owners
from accounts.keyset import Order, read_date, read_number
from accounts.lists import Column, ListKind, Old, Sight, Tab, cells, editing, generic, kinds
from accounts.lists.older import leaf, stated
from accounts.lists.persons import ME
from accounts.models import User
from config.ui import figures
from health.cases import lists
from health.forms import cells as editable
from health.models import Case, CaseKind, CaseState, CaseType, Resolution, Severity
from health.models.cases import CaseQuerySet
from health.templatetags.cases import severity_tone
from health.words import states as state_words

CASE: Final = _("Case")
STATES: Final = {
    "open": _("Open"), "late": _("Late"), "passed": _("Passed"), "snoozed": _("Snoozed"), "closed": _("Closed"),
}  # fmt: skip
ORDERS: Final = {
    "stake": Order("value", read_number),
    "-stake": Order("value", read_number, descending=True),
    "customer": Order("customer_name", str),
    "-customer": Order("customer_name", str, descending=True),
    "due": Order("due_on", read_date),
    "-due": Order("due_on", read_date, descending=True),
    "closed": Order("closed_on", read_date),
    "-closed": Order("closed_on", read_date, descending=True),
}


def _state(asked: Asked) -> str:
    """The tab a case belongs to: closed, snoozed, passed, late or open."""
    c, day = asked.c, asked.day
    return f"""(CASE WHEN {c}.state = 'closed' THEN 'closed' WHEN {c}.snoozed_until > {day} THEN 'snoozed'
        WHEN {c}.passed_on IS NOT NULL THEN 'passed' WHEN {c}.due_on < {day} THEN 'late' ELSE 'open' END)"""


def _column(name: str) -> Expression:
    return lambda asked: f"{asked.c}.{name}"


def _field(name: str, label: object, kind: Kind, sql: Expression, **more: object) -> Field:
    return Field(f"cases:{name}", label, kind, sql, group=CASE, row="cases", **more)  # type: ignore[arg-type]


ON_TIME: Final = pgettext_lazy("a case or task", "Open, on time")
FIELDS: Final = (
    _field("state", _("State"), Kind.CHOICE, _state, choices=[*(STATES | {"open": ON_TIME}).items()]),
    _field("kind", _("Kind"), Kind.CHOICE, _column("kind"), choices=CaseKind.choices),
    _field("type", _("Type"), Kind.CHOICE, _column("type"), choices=CaseType.choices, blank=True),
    _field("resolution", _("Result"), Kind.CHOICE, _column("resolution"), choices=Resolution.choices, blank=True),
    _field("severity", _("Severity"), Kind.CHOICE, _column("severity"), choices=Severity.choices),
    _field("value", _("At stake"), Kind.MONEY, _column("value"), untold=True),
    _field("due", _("Due"), Kind.DATE, _column("due_on")),
    _field("opened", _("Opened on"), Kind.DATE, _column("opened_on")),
    _field("closed", _("Closed on"), Kind.DATE, _column("closed_on")),
    _field("owner", pgettext_lazy("of a case", "Owner of the case"), Kind.KEY, _column("owner_id"), choices=owners,
           rows=Rows(PEOPLE, "email", owner_names)),
)  # fmt: skip


def _case(row: Case, sight: Sight) -> str:
    evidence = state_words.seen(row)
    folded = cells.fold(
        cells.cut(row.customer.name),
        cells.money(row.value, sight.currency, sight.language),
        editing.cell("cases", DUE, row, sight, _by(row, sight)),
    )
    name = cells.link(reverse("health:case", args=[row.pk]), row.shown_title)
    return f'{name}{folded}<span class="sub small muted"{cells.titled(evidence)}>{escape(evidence)}</span>'


def _by(row: Case, sight: Sight) -> str:
    """The closing or due day of a case with its label, for a place without a column head."""
    if row.closed_on:
        return escape(_now("closed %(day)s") % {"day": figures.day(row.closed_on, sight.day)})
    text = escape(_now("due %(due)s") % {"due": figures.day(row.due_on, sight.day)})
    return f'<span class="risk tone">{text}</span>' if row.due_on < sight.day else text


def _severity(row: Case, sight: Sight) -> str:
    tone = severity_tone(row)
    label = row.get_kind_display() if row.kind == CaseKind.OPPORTUNITY else row.get_severity_display()
    return cells.badge(label, tone, sight.language)


def _standing(row: Case, sight: Sight) -> str:
    if row.state == CaseState.CLOSED:
        return escape(row.get_resolution_display())
    if row.state == CaseState.SNOOZED and row.snoozed_until:
        return escape(_now("waits until %(until)s") % {"until": figures.day(row.snoozed_until, sight.day)})
    return escape(row.get_state_display())


def _due(row: Case, sight: Sight) -> str:
    if row.closed_on:
        return cells.day(row.closed_on, sight.day, sight.language)
    return cells.due(row.due_on, sight.day, sight.language)


def _owner(row: Case, sight: Sight) -> str:
    return cells.owner(row.owner.name if row.owner else "", row.owner_id, sight.language)


def _acts(row: Case, sight: Sight) -> str:
    """The acts a case allows in its state."""
    if not sight.may_change:
        return ""
    if row.state == CaseState.CLOSED:
        return cells.press(reverse("health:case_reopen", args=[row.pk]), _now("Open again"), sight, "s plain")
    close = cells.ask(reverse("health:case_close", args=[row.pk]), pgettext("a case", "Close"), "e")
    if row.state == CaseState.SNOOZED and row.snoozed_until and row.snoozed_until > sight.day:
        return close + cells.press(reverse("health:case_wake", args=[row.pk]), _now("Wake"), sight)
    passed_button = ""
    if row.passed_on:
        url = reverse("health:case_close", args=[row.pk])
        passed_button = cells.press(
            url, _now("Has passed: close"), sight, resolution=Resolution.BY_ITSELF.value, note=""
        )
    return passed_button + close + cells.ask(reverse("health:case_snooze", args=[row.pk]), _now("Snooze"), "s")


DUE: Final = Column(
    "due", _("Due"), _due, lambda row, _s: row.closed_on or row.due_on, "due", css="nowrap desk", edit=editable.DUE
)
COLUMNS: Final = (
    Column("case", _("Case"), _case, lambda row, _s: row.shown_title, css="grow two"),
    Column("customer", _("Customer"), lambda row, _s: cells.customer(row.customer_id, row.customer.name, ""),
           lambda row, _s: row.customer.name, "customer", css="named desk"),
    Column("health", _("Health"),
           lambda row, sight: cells.pill(cells.whole(row.customer.score), row.customer.band, sight.language),
           lambda row, _s: row.customer.score, css="desk wide"),
    Column("value", _("At stake"), lambda row, sight: cells.money(row.value, sight.currency, sight.language),
           lambda row, _s: row.value, "stake", down=True, css="num desk"),
    Column("severity", _("Severity"), _severity, lambda row, _s: row.get_severity_display(), css="nowrap low"),
    Column("state", _("State"), _standing, lambda row, _s: row.get_state_display(), css="nowrap desk mid",
           edit=editable.STATE),
    DUE,
    Column("owner", _("Owner"), _owner,
           lambda row, _s: row.owner.name if row.owner else None, css="desk low", edit=editable.OWNER),
    Column("acts", _("Actions"), _acts, css="nowrap desk acts", quiet=True),
)  # fmt: skip


def shape(rows: QuerySet[Case], values: Mapping[str, Any], _walked: tuple[str, ...]) -> QuerySet[Case]:
    related = lists.with_newest(rows).select_related("customer", "owner", "rule")
    return related.annotate(customer_name=F("customer__name"), **values)


def _tab(state: str, label: object) -> Tab:
    condition = leaf("cases:state", "is_in", ["open", "late"]) if state == "open" else leaf("cases:state", "is", state)
    order = "-closed" if state == "closed" else "-stake"
    return Tab(state, label, condition, lambda rows, day: lists.in_state(cast(CaseQuerySet, rows), state, day), order)


GROUPINGS: Final = ("cases:owner", "cases:severity", "cases:kind", "cases:type", "cases:due", "segment", "band")
OWN: Final = leaf("cases:owner", "is", ME)


def counted(n: int) -> str:
    return ngettext("%(n)s case", "%(n)s cases", n) % {"n": n}


def old(user: User, address: QueryDict, _day: dt.date) -> Old:
    return stated(
        address,
        exact={"kind": "cases:kind", "severity": "cases:severity"},
        scopes=access.scopes(user),
        own=OWN,
        sorts={"value": "-stake"},
    )


CASES: Final = ListKind(
    "cases", Case, _("Cases"), counted, "health:cases",
    visible=Case.objects.visible_to, changeable=Case.objects.changeable_by,
    every=lambda user: lists.of_scope(user, access.scopes(user)[0]),
    old=old, old_names=frozenset({"state", "scope", "kind", "severity", "q"}), columns=COLUMNS,
    usually=tuple(column.key for column in COLUMNS), shape=shape, orders=ORDERS,
    order="-stake", tabs=tuple(_tab(state, label) for state, label in STATES.items()), amount="value", due="due_on",
    groupings=GROUPINGS, more=generic.columns("customer", "cases"), money="value",
    events=("cases:changed",), icon="case",
    empty=(_("No case here"), _("Cases open by themselves when a customer enters a state that a rule watches, or by hand on the customer’s page.")),
)  # fmt: skip


def install() -> None:
    """Register the list and the filter fields of cases when the app loads."""
    register(*FIELDS)
    kinds.register(CASES)
