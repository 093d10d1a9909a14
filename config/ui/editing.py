"""Forms that two people may have open at once: each writes what it changed, and nobody loses what the other did."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

SHOWN: Final = "shown"


class Together(forms.ModelForm):
    """A form that carries what it showed (hidden, ``shown``), and compares with that what comes in.

    A field that the person left as it was shown keeps what is stored by then, so ``changed_data`` names what the person
    changed. A field that both have changed is refused at its place, with what stands now; saved again it overwrites that.
    Where nothing was shown (a post without ``shown``) the form compares with what is stored. ``beside`` names values that
    the page shows beside the form, such as a rule with a form of its own: see ``merged``.

    Its template draws hidden fields, as ``{{ form }}`` does.
    """

    def __init__(self, *args: Any, beside: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.beside = dict(beside or {})
        self.fields[SHOWN] = forms.CharField(
            required=False, widget=forms.HiddenInput, initial=lambda: json.dumps(self.stands)
        )

    @cached_property
    def stands(self) -> dict[str, Any]:
        """What is stored, as the form shows it."""
        shown = {name: self._plain(name) for name in self.fields if name != SHOWN}
        return shown | {name: json.loads(json.dumps(value, default=str)) for name, value in self.beside.items()}

    @cached_property
    def shown(self) -> dict[str, Any]:
        """What the person had before them; what is stored where the post does not say."""
        try:
            told = json.loads(self.data.get(self.add_prefix(SHOWN), "") or "{}")
        except ValueError:
            told = {}
        return self.stands | (told if isinstance(told, dict) else {})

    @cached_property
    def changed_data(self) -> list[str]:
        return [name for name in self.fields if name != SHOWN and self._differs(name, self.shown.get(name))]

    def merged(self, name: str, given: Any) -> Any:
        """What is to be stored of a value ``beside`` the form, of which ``given`` came in.

        ValidationError where both have changed it.
        """
        stored, shown = self.stands[name], self.shown[name]
        plain = json.loads(json.dumps(given, default=str))
        if stored in (shown, plain):
            return given
        if plain == shown:
            return self.beside[name]
        self._show_anew([name])
        raise ValidationError(_("Somebody has changed this since you opened the page. Save again to overwrite it."))

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        self.cleaned_data.pop(SHOWN, None)
        both = []
        for name in self.fields:
            if name == SHOWN or self.stands[name] == self.shown[name]:
                continue
            if name not in self.changed_data:
                self.errors.pop(name, None)
                self.cleaned_data[name] = getattr(self.instance, name)
            elif self._differs(name, self.stands[name]):
                both.append(name)
        for name in both:
            words = _("Somebody has set this to “%(value)s” since you opened the form. Save again to overwrite it.")
            self.add_error(name, words % {"value": self._told(name)})
        if both:
            self._show_anew(both)

    def _show_anew(self, names: list[str]) -> None:
        """Say in the form as it is drawn again that the person has seen what stands of ``names``."""
        seen = self.shown | {name: self.stands[name] for name in names}
        data = QueryDict(mutable=True)
        for name in self.data:
            data.setlist(name, self.data.getlist(name) if isinstance(self.data, MultiValueDict) else [self.data[name]])
        data[self.add_prefix(SHOWN)] = json.dumps(seen)
        self.data = data

    def _plain(self, name: str) -> Any:
        """The stored value of a field as JSON has it."""
        value = self.fields[name].prepare_value(self.get_initial_for_field(self.fields[name], name))
        return json.loads(json.dumps(value, default=_text))

    def _differs(self, name: str, value: Any) -> bool:
        field = self.fields[name]
        if not isinstance(field, forms.ModelChoiceField):
            try:
                value = field.to_python(value)
            except ValidationError:
                return True
        return field.has_changed(value, self[name].data)

    def _told(self, name: str) -> str:
        display = getattr(self.instance, f"get_{name}_display", None)
        value = display() if display else getattr(self.instance, name, None)
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, list):
            value = ", ".join(str(one) for one in value)
        return "–" if value in {None, ""} else str(value)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
