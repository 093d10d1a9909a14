"""Forms with rows of one kind below their own fields: a button adds a row, another takes one out.

Both buttons post the form, which is drawn anew with what was typed, so they work by keyboard and without a script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from config.text import row_number

MOST: Final = 60
COUNT: Final = "rows"
MORE: Final = "more"
DROP: Final = "drop"
WRONG: Final = _("One of the rows cannot be taken: see below.")


class RowsForm(forms.Form):
    """``stored`` are the values of the rows to begin with; an empty row is no row.

    All of them are drawn, since a row that does not come back is taken out; ``MOST`` bounds those that are added.
    ``row_words`` is what people call a row. A subclass says in ``row`` which form a row is.
    """

    template_name = "components/rows.html"
    row_words: Any = _("Row")

    def __init__(self, data: Any = None, *, stored: Iterable[Mapping[str, Any]] = (), **options: Any) -> None:
        super().__init__(data, **options)
        if data is not None:
            count = min(row_number(data.get(COUNT, "")) or 0, len(data))  # a row has at least one cell
            self.rows = [self.row(data, prefix=f"r-{place}") for place in range(count)]
        else:
            rows = [*stored] or [{}]
            self.rows = [self.row(initial=values, prefix=f"r-{place}") for place, values in enumerate(rows)]

    def row(self, data: Any = None, **options: Any) -> forms.Form:
        """The form of one row."""
        raise NotImplementedError

    @property
    def redraws(self) -> bool:
        """Whether a button of the rows was pressed, so that nothing is to be saved."""
        return self.is_bound and (MORE in self.data or DROP in self.data)

    @property
    def has_room(self) -> bool:
        return len(self.rows) < MOST

    def begin(self) -> dict[str, Any]:
        """What an unbound form of the same kind begins with, beside its rows."""
        return {}

    def again(self) -> RowsForm:
        """The form with what was typed, and with a row more or less."""
        dropped = row_number(self.data.get(DROP, ""))
        typed = [_typed(row) for place, row in enumerate(self.rows) if DROP not in self.data or place != dropped]
        if MORE in self.data and self.has_room:
            typed.append({})
        form = type(self)(**self.begin(), stored=typed)
        form.initial = {**form.initial, **_typed(self)}
        form.carried = getattr(self, "carried", "")  # type: ignore[attr-defined]
        if MORE in self.data and form.rows:
            first = next(iter(form.rows[-1].fields.values()))
            first.widget.attrs["autofocus"] = True
        return form

    @property
    def filled(self) -> list[forms.Form]:
        """The rows in which something was typed."""
        return [row for row in self.rows if not is_blank(row)]

    def is_valid(self) -> bool:
        """Whether its own fields and those of every filled row are."""
        rows = [row.is_valid() for row in self.filled]
        is_valid = super().is_valid()
        if self.is_bound and not all(rows):
            self.add_error(None, WRONG)
        return is_valid and all(rows)

    def refuse(self, field: str | None, reason: str, place: int | None = None) -> None:
        """Show ``reason`` at the field of the filled row at ``place``, or of the form, else above it."""
        if place is not None and 0 <= place < len(self.filled) and field in self.filled[place].fields:
            self.filled[place].add_error(field, reason)
            if WRONG not in self.non_field_errors():
                self.add_error(None, WRONG)
        else:
            self.add_error(field if field in self.fields else None, reason)


def is_blank(row: forms.Form) -> bool:
    """Whether nothing was typed in the row beyond what an empty one shows."""
    return not any(value for name, value in _typed(row).items() if str(value) != str(row.fields[name].initial or ""))


def _typed(form: forms.Form) -> dict[str, Any]:
    """The posted texts of a form by field, as an unbound one can begin with them."""
    return {
        name: form.fields[name].widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name in form.fields
    }
