"""The fields of the record itself: the customer's own columns, its people, its products, its days."""

# ruff: noqa: S608 (every value is bound; aliases and days are the compiler's)

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import facts, lifecycle, periods, revenue
from accounts.conditions import attributes
from accounts.conditions.fields import PEOPLE as PERSONS
from accounts.conditions.fields import Asked, Expression, Field, Kind, Rows, register
from accounts.models import Band, ContactRole, ContractLine, Segment, Stage, Status, TouchModel, User

PEOPLE: Final = _("Contacts")
DAYS: Final = _("Days")
MOST_MEMBERS: Final = 200


def _column(name: str) -> Expression:
    return lambda asked: f"{asked.c}.{name}"


def _tenure(asked: Asked) -> str:
    return f"({asked.day} - {asked.c}.first_contract_on)"


def _fact(fact: str) -> Expression:
    return lambda asked: facts.value_on(f"{asked.c}.id", fact, asked.day)


def _touched_then(asked: Asked) -> str:
    return f"""(SELECT max(t.happened_on) FROM accounts_touchpoint t
        WHERE t.customer_id = {asked.c}.id AND t.two_way AND t.happened_on <= {asked.day})"""


def _leaves_then(asked: Asked) -> str:
    return lifecycle.customer_leaves_on(asked.c, asked.day)


def _revenue_then(asked: Asked) -> str:
    return revenue.customer_value(asked.c, asked.day)


def _products(asked: Asked) -> str:
    return f"""ARRAY(
        SELECT l.product FROM accounts_contract k JOIN accounts_contractline l ON l.contract_id = k.id
        WHERE k.customer_id = {asked.c}.id AND {periods.runs("k", asked.day)} AND {periods.line_runs("l", asked.day)}
        GROUP BY l.product ORDER BY l.product)"""


def _products_sold() -> list[tuple[str, str]]:
    names = ContractLine.objects.order_by("product").values_list("product", flat=True).distinct()
    return [(name, name) for name in names[:MOST_MEMBERS]]


def _segments() -> list[tuple[str, str]]:
    return [(str(pk), _now(name)) for pk, name in Segment.objects.order_by("position").values_list("pk", "name")]


def _segment_names() -> dict[int, str]:
    return {pk: _now(name) for pk, name in Segment.objects.values_list("pk", "name")}


def owners() -> list[tuple[str, str]]:
    people = User.objects.may_own().order_by("name", "email")
    return [(str(pk), name) for pk, name in people.values_list("pk", "name")]


def owner_names() -> dict[int, str]:
    return dict(User.objects.values_list("pk", "name"))


FIELDS: Final = (
    Field("arr", _("ARR"), Kind.MONEY, _column("arr"), then=_revenue_then, untold=True),
    Field("employees", _("Employees"), Kind.NUMBER, _column("employees")),
    Field("tenure_days", _("Days as a customer"), Kind.NUMBER, _tenure),
    Field("name", pgettext_lazy("of a customer", "Name"), Kind.TEXT, _column("name"), every_day=True),
    Field("industry", _("Industry"), Kind.TEXT, _column("industry"), blank=True),
    Field("country", _("Country"), Kind.TEXT, _column("country"), blank=True),
    Field("use_case", _("Use case"), Kind.TEXT, _column("use_case"), blank=True),
    Field("status", _("Status"), Kind.CHOICE, _column("status"), choices=Status.choices, then=_fact("status")),
    Field("stage", _("Stage"), Kind.CHOICE, _column("stage"), choices=Stage.choices, then=_fact("stage")),
    Field("touch_model", _("Touch model"), Kind.CHOICE, _column("touch_model"), choices=TouchModel.choices, then=_fact("touch")),
    Field("segment", _("Segment"), Kind.KEY, _column("segment_id"), choices=_segments, then=_fact("segment"),
          rows=Rows("accounts_segment", "name", _segment_names)),
    Field("owner", _("Owner"), Kind.KEY, _column("owner_id"), choices=owners, then=_fact("owner"),
          rows=Rows(PERSONS, "email", owner_names)),
    Field("tags", _("Tags"), Kind.TAGS, _column("tags")),
    Field("products", _("Products under contract"), Kind.TAGS, _products, choices=_products_sold, every_day=True),
    Field("score", _("Health score"), Kind.NUMBER, _column("score"), group=_("Health"), of_health=True),
    Field("band", _("Health band"), Kind.CHOICE, _column("band"), group=_("Health"), choices=Band.choices,
          blank=True, of_health=True),
    Field("customer_since", _("Customer since"), Kind.DATE, _column("first_contract_on"), group=DAYS),
    Field("next_renewal", _("Next renewal"), Kind.DATE, _column("next_renewal_on"), group=DAYS),
    Field("leaves_on", _("Leaves on"), Kind.DATE, _column("leaves_on"), group=DAYS, then=_leaves_then),
    Field("last_touch", _("Last two-way touch"), Kind.DATE, _column("last_touch_on"), group=DAYS,
          then=_touched_then),
)  # fmt: skip

COUNTED: Final = {
    "": _("Active contacts"),
    ContactRole.CHAMPION: _("Active champions"),
    ContactRole.BUYER: _("Active economic buyers"),
    ContactRole.SPONSOR: _("Active executive sponsors"),
    ContactRole.ADMIN: _("Active admins"),
    ContactRole.USER: _("Active end users"),
}
THERE: Final = {
    ContactRole.CHAMPION: _("Has an active champion"),
    ContactRole.BUYER: _("Has an active economic buyer"),
    ContactRole.SPONSOR: _("Has an active executive sponsor"),
}


def _contacts(role: str) -> Expression:
    def sql(asked: Asked) -> str:
        of_role = f" AND {asked.bind(role)} = ANY(p.roles)" if role else ""
        return f"""(SELECT count(*) FROM accounts_contact p
            WHERE p.customer_id = {asked.c}.id AND p.state <> 'left'{of_role})"""

    return sql


def _there(role: str) -> Expression:
    counted = _contacts(role)
    return lambda asked: f"({counted(asked)} > 0)"


def install() -> None:
    """Register them all; when the app loads."""
    register(*FIELDS)
    register(
        *(Field(f"contacts_{role}" if role else "contacts", label, Kind.COUNT, _contacts(role), group=PEOPLE)
          for role, label in COUNTED.items()),
        *(Field(f"has_{role}", label, Kind.FLAG, _there(role), group=PEOPLE) for role, label in THERE.items()),
    )  # fmt: skip
    attributes.install()
