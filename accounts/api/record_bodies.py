"""Bodies and answers of the record's rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.api import record_attributes
from accounts.api.record_lists import plains
from accounts.imports import given, naming
from accounts.imports.given import Outcome, Taken
from accounts.imports.targets import TARGETS
from config.web.api import narrowing
from config.web.api.bodies import DayField, Given, Since
from config.web.api.walking import PagesOfChanges


@extend_schema_field({"type": "array", "minItems": 1, "maxItems": given.MOST, "items": {"type": "object"}})
class RowsField(serializers.Field[Any, Any, Any, Any]):
    """A list of rows, each of which is looked at with its target."""

    least = 1

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list) or not self.least <= len(data) <= given.MOST:
            raise ValidationError(_("A list of 1 to %(most)s rows is needed.") % {"most": given.MOST})
        return data


class TermsSerializer(Given):
    """From whom rows are, and how they count in time."""

    source = serializers.CharField(
        max_length=naming.LONGEST,
        validators=[naming.check],
        help_text="The system that the rows are from, as in a mapping.",
    )  # type: ignore[assignment]
    as_of = DayField(required=False, allow_null=True, help_text="The day from which the values apply; today.")
    correction = serializers.BooleanField(default=False, help_text="The values rewrite the past instead.")
    history = serializers.BooleanField(
        default=False, help_text="The values count as known on the days that the rows name, as in a first load."
    )


class RowsSerializer(TermsSerializer):
    """``rows`` hold the target's fields by name; what a row does not give stays, null empties it."""

    rows = RowsField()


class RowsBelow(RowsField):
    """The rows below a header: a page that is read may have none."""

    least = 0


class TableSerializer(TermsSerializer):
    """The rows of a CSV with its header."""

    rows = RowsBelow()


class CsvTerms(TermsSerializer):
    """The same beside a CSV, in the address; without a CSV the body says it."""

    source = serializers.CharField(
        max_length=naming.LONGEST,
        required=False,
        validators=[naming.check],
        help_text="Of a CSV: the system that the rows are from.",
    )


class ErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    detail = serializers.CharField()


class OutcomeSerializer(serializers.Serializer[Any]):
    """``errors`` are what refused the row, ``remarks`` values it went in without."""

    row = serializers.IntegerField(help_text="Its place in the request, from 0.")
    status = serializers.ChoiceField(["created", "changed", "unchanged", "refused"])
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]
    remarks = ErrorSerializer(many=True)


class TakenSerializer(serializers.Serializer[Any]):
    run = serializers.IntegerField(
        allow_null=True, help_text="The import, as `imports/` lists it; null: nothing changed."
    )
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    notes = serializers.ListField(child=serializers.CharField())
    rows = OutcomeSerializer(many=True)


class RowTakenSerializer(serializers.Serializer[Any]):
    run = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(["created", "changed", "unchanged"])
    remarks = ErrorSerializer(many=True)


class RecordFieldSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]
    choices = serializers.ListField(child=serializers.CharField())
    unit = serializers.CharField()
    hint = serializers.CharField()


class RecordTargetSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    keyed = serializers.BooleanField(
        help_text="Whether a row is found by `source` and `external_id`, so that PUT takes it."
    )
    fields = RecordFieldSerializer(many=True)  # type: ignore[assignment]


class TakenOut(Given):
    edited = serializers.BooleanField(default=False, help_text="Also where a person has changed the row on a page.")


class RowsOf(Since):
    """Further parameters are the fields of the target (``rows_query``)."""

    source = serializers.CharField(max_length=naming.LONGEST, required=False, help_text="Whose rows.")  # type: ignore[assignment]


class RowsQuery(RowsOf):
    """The parameters of whichever target."""

    ordering = serializers.CharField(
        max_length=60,
        required=False,
        help_text="A field that every row has, or `updated_at`; `-` before it: from the last.",
    )


@cache
def rows_query(name: str) -> type[Given]:
    """The parameters of the list of a target's rows."""
    found = narrowing.query(RowsOf, plains(TARGETS[name]))
    return type("CustomersAsked", (found,), record_attributes.parameters()) if name == "customers" else found


PAGE_OF_ROWS: Final = PagesOfChanges().get_paginated_response_schema({"type": "array", "items": {"type": "object"}})


class RecordRowSerializer(serializers.Serializer[Any]):
    """The fields of the target by their names."""

    def to_representation(self, instance: Any) -> Any:
        return instance


def told(taken: Taken) -> dict[str, Any]:
    """The answer to a bulk."""
    statuses = [outcome.status for outcome in taken.outcomes]
    counts = {name: statuses.count(name) for name in ("created", "changed", "unchanged", "refused")}
    rows = [
        {
            "row": place,
            "status": outcome.status,
            "errors": errors_of(outcome.errors),
            "remarks": errors_of(outcome.remarks),
        }
        for place, outcome in enumerate(taken.outcomes)
    ]
    return counts | {"run": taken.run and taken.run.pk, "notes": taken.notes, "rows": rows}


def errors_of(troubles: Sequence[tuple[str, str]]) -> Sequence[dict[str, str]]:
    return [{"field": name, "detail": reason} for name, reason in troubles]


def by_field(outcome: Outcome) -> dict[str, list[str]]:
    """The errors of one row as those of a body."""
    found: dict[str, list[str]] = {}
    for name, reason in outcome.errors:
        found.setdefault(name or "non_field_errors", []).append(reason)
    return found


def check_address(source: str, key: str) -> None:
    """Raise ValidationError where a row could not be found again by this source and id: a body would change them."""
    wrong = {
        name: [_("This is no text of one line without blanks around it.")]
        for name, text in (("source", source), ("key", key))
        if text.splitlines() != [text] or text != text.strip()
    }
    if reason := naming.trouble(source, of_file=False):
        wrong["source"] = [reason]
    if wrong:
        raise ValidationError(wrong)


def tags_of(header: str) -> set[str]:
    """The versions that a header lists."""
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
