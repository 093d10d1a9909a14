"""Objectives of customers and their measured outcomes from files."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.cells import Field
from accounts.imports.names import OF_OBJECTIVES, OF_OUTCOMES
from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, EXTERNAL_ID, Loaded, Target, Trouble, Values
from accounts.models import Objective, Outcome, Period

NAMED: Final = "WHERE external_id <> ''"
MOST: Final = 999_999_999_999
KNOWN: Final = "SELECT external_id FROM accounts_objective WHERE source = %(source)s AND external_id <> ''"
OF_OBJECTIVE: Final = """
    SELECT o.external_id, o.customer_id, o.id FROM accounts_objective o
    WHERE o.source = %(source)s AND o.external_id <> ''
"""
# A file without the column leaves a known outcome at its objective, as long as that is the customer's.
STAYS: Final = """
    UPDATE import_staged s SET objective = o.external_id
    FROM ({customers}) w, accounts_outcome t JOIN accounts_objective o ON o.id = t.objective_id
    WHERE t.source = %(source)s AND t.external_id = s.external_id AND o.source = %(source)s AND o.external_id <> ''
      AND w.external_id = s.customer AND w.customer_id = o.customer_id
"""
# An outcome that names its customer alone has an objective of its own, called as its measure, under this and the outcome's id.
OWN_NAME: Final = "outcome "
OF_ITS_ID: Final = 192
ALONE: Final = f"""
    UPDATE import_staged SET is_alone = true, objective = '{OWN_NAME}' || left(external_id, {OF_ITS_ID}) WHERE objective IS NULL
"""  # noqa: S608 (made of constants)
OWN: Final = """
    INSERT INTO accounts_objective AS t (customer_id, named_id, source, external_id, title, agreed_on)
    SELECT w.customer_id, w.named_id, %(source)s, s.objective, s.measure, {day}
    FROM import_staged s JOIN ({customers}) w ON w.external_id = s.customer WHERE s.is_alone
    ON CONFLICT (source, external_id) WHERE external_id <> '' DO UPDATE SET customer_id = excluded.customer_id, named_id = excluded.named_id
    WHERE t.customer_id <> excluded.customer_id
"""
OF_ANOTHER: Final = f"""
    NOT coalesce(s.is_alone, false) AND s.customer IS NOT NULL AND NOT EXISTS (
        SELECT FROM ({{customers}}) w JOIN ({OF_OBJECTIVE}) o USING (customer_id)
        WHERE w.external_id = s.customer AND o.external_id = s.objective)
"""
KEPT_VALUES: Final = """
    UPDATE import_staged s SET unit_value = t.unit_value FROM accounts_outcome t
    WHERE t.source = %(source)s AND t.external_id = s.external_id
"""
COLUMNS: Final = (
    "measure", "unit", "baseline", "target", "measured", "measured_on", "state", "unit_value", "period", "per_period",
    "confirmed_on",
)  # fmt: skip


def own_name(external_id: str) -> str:
    """The id of the objective that the outcome with this id has of its own."""
    return OWN_NAME + external_id[:OF_ITS_ID]


def load_objectives(staged: Staged) -> Loaded:
    staged.reject_unknown_customers()
    staged.reject_repeats()
    columns = {"customer_id": "w.customer_id"}
    columns |= {name: f"s.{name}" for name in ("title", "agreed_on", "due_on") if staged.has(name)}
    staged.upsert(Objective, columns, where=NAMED)
    return staged.finish()


def load_outcomes(staged: Staged) -> Loaded:
    """An outcome belongs to the customer of its objective; without one it gets one of its own."""
    names_objectives = staged.has("objective")
    staged.ensure("objective", "text")
    if staged.has("objective"):
        staged.reject_unknown("objective", KNOWN, _("“{cell}” is not an objective that is known"))
    staged.reject_repeats()
    if staged.has("customer"):
        give_objectives(staged, names_objectives=names_objectives)
    staged.keep_unread(Outcome, COLUMNS)
    if not staged.has("unit_value") and staged.has("confirmed_on"):
        known = """NOT EXISTS (SELECT FROM accounts_outcome t WHERE t.source = %(source)s
                   AND t.external_id = s.external_id AND t.unit_value IS NOT NULL)"""
        staged.reject(f"s.confirmed_on IS NOT NULL AND {known}", "confirmed_on", unconfirmed())
        staged.add(Field("unit_value", "figure"))
        staged.execute(KEPT_VALUES)
    columns = {"objective_id": "w.id"} | {name: f"s.{name}" for name in COLUMNS if staged.has(name)}
    staged.upsert(Outcome, columns, owners=OF_OBJECTIVE, by="objective", where=NAMED)
    return staged.finish()


def give_objectives(staged: Staged, *, names_objectives: bool) -> None:
    staged.reject_unknown_customers()
    if not names_objectives:
        staged.execute(STAYS.format(customers=staged.customers))
    staged.ensure("is_alone", "flag")
    staged.execute(ALONE)
    other = _("“{cell}” is an objective of another customer")
    staged.reject(OF_ANOTHER.format(customers=staged.customers), "objective", other, "s.objective")
    day = "coalesce(s.measured_on, %(day)s)" if staged.has("measured_on") else "%(day)s"
    staged.execute(OWN.format(customers=staged.customers, day=day))


def unconfirmed() -> str:
    return _("is given without unit_value: there is no value to confirm")


def check_outcome(values: Values, _day: dt.date) -> Trouble | None:
    if not values.get("objective") and not values.get("customer"):
        return "objective", _("is empty, and so is customer: one of them says whose it is")
    if values.get("confirmed_on") and "unit_value" in values and values["unit_value"] is None:
        return "confirmed_on", unconfirmed()
    if values.get("per_period") == 0:
        return "per_period", _("is 0")
    return None


OBJECTIVES: Final = Target(
    "objectives",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("title", required=True, hint="in the customer's own words"),
        Field("agreed_on", "date", required=True, past=True),
        Field("due_on", "date"),
    ),
    load_objectives,
    models=(Objective,),
    tables=("accounts_objective",),
    names=OF_OBJECTIVES,
)
OUTCOMES: Final = Target(
    "outcomes",
    (
        EXTERNAL_ID,
        Field("objective", hint="the objective's external id; without it customer is needed"),
        replace(CUSTOMER, required=False, fills="Objective.customer"),
        Field("measure", required=True),
        Field("unit", blank="", longest=40, loose=True),
        Field("baseline", "figure", least=-MOST, most=MOST, loose=True),
        Field("target", "figure", least=-MOST, most=MOST, loose=True),
        Field("measured", "figure", least=-MOST, most=MOST, loose=True),
        Field("measured_on", "date", past=True, loose=True),
        Field(
            "state",
            "choice",
            blank="open",
            choices=tuple(Outcome.State.values),
            labels=tuple(Outcome.State.choices),
            hint="open",
        ),
        Field("unit_value", "figure", least=-MOST, most=MOST, hint="what one unit is worth to the customer"),
        Field(
            "period",
            "choice",
            blank="",
            choices=tuple(Period.values),
            labels=tuple(Period.choices),
            hint="empty: the value is not known",
        ),
        Field("per_period", "figure", blank=1, most=9_999_999_999, hint="1; results in one period"),
        Field("confirmed_on", "date", past=True, hint="when the customer confirmed the value"),
    ),
    load_outcomes,
    check_outcome,
    models=(Outcome, Objective),
    tables=("accounts_outcome", "accounts_objective"),
    names=OF_OUTCOMES,
)
