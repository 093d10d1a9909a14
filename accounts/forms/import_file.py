"""How one file of an import is read: what it was recognised as, what is asked, its target and its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from django import forms
from django.db.models import Count
from django.forms.boundfield import BoundField
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.forms.import_columns import ColumnsForm, columns_form, mapping_of
from accounts.forms.import_layout import DELIMITERS, ENCODINGS, FORMATS, LAYOUT, choice_words, differs, written_like
from accounts.forms.import_meaning import fields_of, meaning_of
from accounts.imports import naming, words
from accounts.imports.fitting import Fitting, fitting
from accounts.imports.guessing import Guess, guess, own, without_tax
from accounts.imports.mapping import MOST_TITLE_LINES
from accounts.imports.maps import FileMap
from accounts.imports.recognising import Question, Recognised, narrow
from accounts.imports.recognising.found import in_own_notations, taxed
from accounts.imports.recognising.keeping import recognised
from accounts.imports.rows import Unreadable
from accounts.imports.targets import TARGETS, Target
from accounts.models import ExternalKey, Source
from config.fields import WholeField

Said = Mapping[str, str]
DEFAULT_SOURCE: Final = "csv"
OF_ANY_SYSTEM: Final = frozenset({"shipped:tsunagu", "shipped:japanese"})
# How sure the target of a file must be that nobody has to look at.
CLEAR: Final = 0.6
SHOWN_COLUMNS: Final = 12


class ReadingForm(forms.Form):
    """The questions of a file, the mapping it is read by, its target and its source."""

    def __init__(self, setup: FileSetup, data: Any, initial: Any) -> None:
        super().__init__(data, initial=initial)
        self.questions = {name: question for question in setup.asked if (name := name_of(question))}
        for name, question in self.questions.items():
            choices = [(str(place), choice_words(question, choice)) for place, choice in enumerate(question.choices)]
            self.fields[name] = forms.ChoiceField(label=question.text, choices=choices, widget=forms.RadioSelect)
        by = [("", _("columns as guessed here")), *((one.key, one.label) for one in setup.fits)]
        self.fields["by"] = forms.ChoiceField(label=_("Read by"), choices=by, required=False, initial=setup.by)
        into = [(name, words.target_words(name)) for name in setup.targets]
        self.fields["into"] = forms.ChoiceField(label=_("Rows of the file"), choices=into, initial=setup.into)
        self.fields["source"] = forms.CharField(
            label=_("Source"), max_length=naming.LONGEST, initial=setup.source, validators=[partial(naming.check, of_file=True)],
            help_text=_("The system the file comes from: ids are known within their source."),
        )  # fmt: skip
        self.fields |= fields_of(
            setup.targets[setup.into], setup.recognised, setup.chosen.file if setup.chosen else None
        )
        self.add_layout(setup.recognised)
        self.fields["shown"] = forms.CharField(widget=forms.HiddenInput, required=False, initial=setup.key)

    @property
    def asked(self) -> list[BoundField]:
        return [self[name] for name in self.questions]

    @property
    def choices(self) -> list[BoundField]:
        """What can be chosen beside the questions."""
        return [self[name] for name in self.fields if name not in self.questions and name != "shown"]

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


class FileSetup:
    """One file with what was ``said`` of it so far, by the names of the form; ``is_sent``: it is checked.

    ``targets`` are those of which its person may bring rows. ``problem``: read like this it has more columns than a form can
    hold; of its columns the first are there, so that somebody can say how else it is read.

    Raises Unreadable where the file is no table at all.
    """

    def __init__(
        self, path: Path, name: str, said: Said, targets: Mapping[str, Target] = TARGETS, *, is_sent: bool = False
    ) -> None:
        self.said, self.is_sent, self.targets = said, is_sent, targets
        sheet = ""
        found = replace(recognised(path), name=name)
        layout = {about: said[about] for about in LAYOUT if differs(about, said.get(about, ""), found)}
        asked = {name_of(question): question for question in found.questions}
        for about in (*LAYOUT, "sheet"):
            answer = answer_of(asked.get(f"q-{about}"), said)
            if answer is not None and about == "sheet":
                sheet = answer
            elif answer is not None:
                layout[about] = answer
        read = replace(recognised(path, sheet, layout), name=name) if layout or sheet else found
        self.recognised, self.problem = narrowed(read)
        self.asked = [question for question in found.questions if question.about in (*LAYOUT, "sheet")]
        self.asked += [question for question in self.recognised.questions if question.about not in (*LAYOUT, "sheet")]
        self.fits = [one for one in fitting(self.recognised) if one.file.into in targets]
        if self.chosen and not self.chosen.asks:
            self.asked = [
                question
                for question in self.asked
                if question.about in (*LAYOUT, "sheet") or is_untold(question, self.chosen.file)
            ]
        self.asked = [question for question in self.asked if not self.leaves_out(question.column)]

    def leaves_out(self, column: str) -> bool:
        """Whether the column fills no field, so that nothing has to be asked of it."""
        names = self.recognised.columns
        if column not in names:
            return False
        place = names.index(column)
        if self.said.get("shown", "") == self.key:
            return not self.said.get(f"c-{place}-field")
        if self.chosen:
            return all(column not in field.needs() for field in self.chosen.file.fields)
        return guess(self.recognised, self.targets, self.into, own.fields()).of_column(place) is None

    @cached_property
    def by(self) -> str:
        """The key of the mapping; "" for the guess."""
        first = self.fits[0].key if self.fits else ""
        return (
            self.said.get("by", first) if self.said.get("by", first) in {"", *(one.key for one in self.fits)} else first
        )

    @property
    def chosen(self) -> Fitting | None:
        return next((one for one in self.fits if one.key == self.by), None)

    @cached_property
    def into(self) -> str:
        if self.chosen:
            return self.chosen.file.into
        said = self.said.get("into", "")
        return said if said in self.targets else self.guess_of_target.target or "customers"

    @cached_property
    def guess_of_target(self) -> Guess:
        return guess(self.recognised, self.targets, own=own.fields())

    @cached_property
    def source(self) -> str:
        return self.said.get("source") or self.named_source or known_source()

    @property
    def named_source(self) -> str:
        """The source that a mapping of one system names; "" for the guess and for mappings of any file."""
        return self.chosen.file.source if self.chosen and self.chosen.key not in OF_ANY_SYSTEM else ""

    @property
    def key(self) -> str:
        """What the columns of the form belong to."""
        return f"{self.by}|{self.into}|{len(self.recognised.columns)}"

    @property
    def answers(self) -> dict[tuple[str, str], str]:
        return {
            (question.about, question.column): answer
            for question in self.asked
            if (answer := answer_of(question, self.said)) is not None
        }

    @cached_property
    def guess(self) -> Guess:
        guessed = guess(self.recognised, self.targets, self.into, own.fields())
        for (about, large), small in self.answers.items():
            if about == "tax_pair" and small:
                guessed = without_tax(guessed, small, large, self.recognised.columns)
        return guessed

    @cached_property
    def plain(self) -> FileMap:
        """The file without the fields that people choose; with a mapping's own."""
        if self.chosen:
            formats = replace(self.recognised, formats=self.chosen.file.formats).answered(self.answers)
            return replace(self.chosen.file, source=self.source, formats=formats)
        return self.recognised.file_map(self.into, self.source, (), self.answers)

    @cached_property
    def reading(self) -> ReadingForm:
        if not self.is_sent:
            return ReadingForm(self, None, self.said)
        before = {
            name: str(field.initial) for name, field in ReadingForm(self, None, None).fields.items() if field.initial
        }
        return ReadingForm(self, before | dict(self.said), None)

    @cached_property
    def columns(self) -> ColumnsForm:
        """The form of the columns; what was said of another target or mapping is left out."""
        said = self.said if self.said.get("shown", self.key) == self.key else {}
        if not self.is_sent:
            return columns_form(self.recognised, self.targets[self.into], self.guess, None, self.plain, said)
        untouched = columns_form(self.recognised, self.targets[self.into], self.guess, None, self.plain)
        before = {name: str(field.initial or "") for name, field in untouched.fields.items()}
        return columns_form(self.recognised, self.targets[self.into], self.guess, before | dict(said), self.plain)

    @property
    def is_sure(self) -> bool:
        """Whether it can be previewed without a word from anybody: nothing is asked, and one target fits clearly."""
        return not self.asked and bool(self.chosen or self.guess_of_target.certainty >= CLEAR)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What was recognised: its name and its value in words."""
        found, formats = self.recognised, self.plain.formats
        facts = [(_("Format"), FORMATS[found.format])]
        if found.format == "csv":
            facts.append((_("Encoding"), ENCODINGS.get(found.encoding, found.encoding)))
            facts.append((_("Separator"), str(DELIMITERS.get(found.delimiter, found.delimiter))))
        if found.sheet:
            facts.append((_("Sheet"), found.sheet))
        if found.format != "jsonl":
            above = ngettext("line %(line)d, %(n)d line above", "line %(line)d, %(n)d lines above", found.skip_lines)
            facts.append((_("Header"), above % {"line": found.skip_lines + 1, "n": found.skip_lines}))
        if formats.dates:
            facts.append((_("Dates"), " ".join(written_like(notation) for notation in formats.dates)))
        facts.append((_("Decimal sign"), formats.decimal))
        if formats.marks:
            facts.append((_("Beside amounts"), " ".join(formats.marks)))
        if formats.null_words:
            facts.append((_("Empty words"), " ".join(sorted(formats.null_words))))
        return facts

    def drawn(self) -> FileSetup:
        """The same with both forms made, so that a template asks nothing."""
        _forms = self.reading, self.columns, self.plain
        return self

    def is_valid(self) -> bool:
        return not self.problem and all([self.reading.is_valid(), self.columns.is_valid()])

    def file_map(self) -> FileMap:
        """The mapping of the file as a valid form says it."""
        mapped = mapping_of(self.columns)
        fields = taxed(mapped.fields, self.answers)
        if not self.chosen or self.chosen.asks:
            fields = in_own_notations(fields, self.recognised, self.answers)
        return replace(mapped, fields=fields, **meaning_of(self.reading.cleaned_data))


def narrowed(read: Recognised) -> tuple[Recognised, str]:
    """The file, and "" or why no form can hold its columns, with the first of them."""
    try:
        return narrow(read), ""
    except Unreadable as problem:
        samples = tuple(row[:SHOWN_COLUMNS] for row in read.samples)
        columns, details = read.columns[:SHOWN_COLUMNS], read.details[:SHOWN_COLUMNS]
        questions = tuple(question for question in read.questions if not question.column)
        return replace(read, columns=columns, details=details, samples=samples, questions=questions), str(problem)


def is_untold(question: Question, file: FileMap) -> bool:
    """Whether it is about tax in the amounts of a column of which the mapping does not say it."""
    read = [field for field in file.fields if question.column in field.columns]
    return question.about in {"tax", "tax_pair"} and any(field.tax is None for field in read)


def name_of(question: Question) -> str:
    return f"q-{question.about}-{question.column}" if question.column else f"q-{question.about}"


def answer_of(question: Question | None, said: Said) -> str | None:
    """The value of the choice that was made, by its number; None where none was."""
    text = said.get(name_of(question), "") if question else ""
    chosen = question.choices[int(text) : int(text) + 1] if question and text.isdecimal() else ()
    return chosen[0].value if chosen else None


def known_source() -> str:
    """The source of most customers; ``csv`` where there are none. One statement."""
    keys = ExternalKey.objects.exclude(source=Source.TYPED)
    most = keys.values("source").annotate(n=Count("pk")).order_by("-n", "source").first()
    return most["source"] if most else DEFAULT_SOURCE
