"""What is asked and chosen of a whole file: the questions, the mapping it is read by, its target, its source, its layout."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from accounts.forms.import_layout import DELIMITERS, ENCODINGS, choice_words
from accounts.forms.import_meaning import fields_of
from accounts.forms.import_questions import answer_of, name_of, rate_field, rate_name
from accounts.imports import naming, words
from accounts.imports.dialects import MOST_TITLE_LINES
from accounts.imports.recognising import Recognised
from accounts.imports.taxes import TYPED
from config.fields import WholeField

if TYPE_CHECKING:
    from accounts.forms.import_file import FileSetup


class ReadingForm(forms.Form):
    """The questions of a file, the mapping it is read by, its target and its source."""

    def __init__(self, setup: FileSetup, data: Any, initial: Any) -> None:
        super().__init__(data, initial=initial)
        self.questions = {name: question for question in setup.asked if (name := name_of(question))}
        for name, question in self.questions.items():
            choices = [(str(place), choice_words(question, choice)) for place, choice in enumerate(question.choices)]
            gone = {"invalid_choice": _("What was answered is no choice any more: choose again.")}
            self.fields[name] = forms.ChoiceField(
                label=question.text, choices=choices, widget=forms.RadioSelect, error_messages=gone
            )
            if any(choice.value == TYPED for choice in question.choices):
                self.fields[rate_name(question)] = rate_field(question)
        by = [("", _("columns as guessed here")), *((one.key, one.label) for one in setup.fits)]
        self.fields["by"] = forms.ChoiceField(label=_("Read by"), choices=by, required=False, initial=setup.by)
        into = [(name, words.target_words(name)) for name in setup.targets]
        self.fields["into"] = forms.ChoiceField(label=_("Rows of the file"), choices=into, initial=setup.into)
        self.fields["source"] = forms.CharField(
            label=_("Source"), max_length=naming.LONGEST, initial=setup.source, validators=[partial(naming.check, of_file=True)],
            help_text=_("The system the file comes from: ids are known within their source."),
        )  # fmt: skip
        self.asks_source = not setup.source
        if self.asks_source:
            self.fields["source"].help_text = _(
                "The system the file comes from: ids are known within their source. Several are known: %(sources)s."
            ) % {"sources": ", ".join(setup.sources)}
        self.fields |= fields_of(
            setup.targets[setup.into], setup.recognised, setup.chosen.file if setup.chosen else None
        )
        self.add_layout(setup.recognised)
        self.fields["shown"] = forms.CharField(widget=forms.HiddenInput, required=False, initial=setup.key)

    @property
    def asked(self) -> list[BoundField]:
        names = [name for question in self.questions.values() for name in (name_of(question), rate_name(question))]
        return [self[name] for name in (*names, *(["source"] if self.asks_source else [])) if name in self.fields]

    @property
    def choices(self) -> list[BoundField]:
        """What can be chosen beside the questions."""
        asked = {field.name for field in self.asked}
        return [self[name] for name in self.fields if name not in asked and name != "shown"]

    def clean(self) -> dict[str, Any]:
        for name, question in self.questions.items():
            is_typed = self.data.get(name) and answer_of(question, self.data) is None
            if is_typed and name in self.cleaned_data and rate_name(question) in self.cleaned_data:
                self.add_error(rate_name(question), _("Type the rate, between 0 and 100."))
        return self.cleaned_data

    def add_layout(self, recognised: Recognised) -> None:
        """Choices of the file's layout beside what was recognised."""
        if recognised.format == "csv" and "q-encoding" not in self.fields:
            encodings = {recognised.encoding: recognised.encoding} | ENCODINGS
            self.fields["encoding"] = forms.ChoiceField(
                label=_("Encoding"), choices=list(encodings.items()), required=False, initial=recognised.encoding
            )
        if recognised.format == "csv" and "q-delimiter" not in self.fields:
            delimiters = {recognised.delimiter: recognised.delimiter} | DELIMITERS
            self.fields["delimiter"] = forms.ChoiceField(
                label=_("Separator"), choices=list(delimiters.items()), required=False, initial=recognised.delimiter
            )
        if recognised.format != "jsonl" and "q-skip_lines" not in self.fields:
            self.fields["skip_lines"] = WholeField(
                label=_("Title lines above the names of the columns"), min_value=0, max_value=MOST_TITLE_LINES,
                required=False, initial=recognised.skip_lines,
            )  # fmt: skip
