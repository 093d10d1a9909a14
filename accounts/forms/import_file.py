"""How one file of an import is read: what it was recognised as, what is asked, its target and its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from django.db.models import Count
from django.utils.functional import cached_property

from accounts.forms import import_asking, import_looks, import_only, import_proposed, import_said, import_standing
from accounts.forms.import_choices import ReadingForm
from accounts.forms.import_columns import ColumnsForm, columns_form
from accounts.forms.import_layout import LAYOUT, differs, facts_of
from accounts.forms.import_looks import LooksForm, looks_said, mark_of, used
from accounts.forms.import_made import MADE_OF
from accounts.forms.import_mapped import mapping_of
from accounts.forms.import_meaning import meaning_of
from accounts.forms.import_narrowed import beside_mapping, narrowed
from accounts.forms.import_only import OnlyForm, only_said
from accounts.forms.import_proposed import Standing
from accounts.forms.import_questions import Said, answer_of, name_of
from accounts.imports.beside import Look, Others, extended
from accounts.imports.fitting import ALONE, Fitting, fitting
from accounts.imports.guessing import LEAST, Guess, ends, guess, own, without_tax
from accounts.imports.maps import FileMap
from accounts.imports.recognising import Question
from accounts.imports.recognising.found import in_own_notations, taxed
from accounts.imports.recognising.keeping import recognised
from accounts.imports.row_words import Words
from accounts.imports.targets import TARGETS, Target
from accounts.models import ExternalKey, Source

DEFAULT_SOURCE: Final = "csv"
# What was said of the source of all files of a run.
OF_RUN: Final = "of-run"
MOST_SOURCES: Final = 8  # to choose from
# How sure the target of a file must be that nobody has to look at.
CLEAR: Final = 0.6


class FileSetup:
    """One file with what was ``said`` of it so far, by the names of the form; ``is_sent``: it is checked.

    ``targets`` are those of which its person may bring rows. ``problem``: read like this it has more columns than a form can
    hold; of its columns the first are there, so that somebody can say how else it is read.
    ``alone`` is the file itself, ``recognised`` with the columns of ``others`` in which its rows are looked up.

    Raises Unreadable where the file is no table at all.
    """

    def __init__(
        self, path: Path, name: str, said: Said, targets: Mapping[str, Target] = TARGETS,
        *, is_sent: bool = False, others: Others = ALONE,
    ) -> None:  # fmt: skip
        self.said, self.is_sent, self.targets, self.others = said, is_sent, targets, others
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
        self.alone, self.problem = narrowed(read)
        fits = [one for one in fitting(self.alone, others) if one.file.into in targets]
        self.fits = [one for one in fits if not one.lacking]
        self.lacking = [one for one in fits if one.lacking]
        self.said, self.stood = import_proposed.without_proposed(self.said_of_this())
        self.recognised, problem = narrowed(extended(self.alone, self.looks))
        self.problem = self.problem or problem
        self.settled: dict[tuple[str, str], str] = {}
        self.asked: list[Question] = []
        import_asking.ask(self, found)
        if import_standing.said_of_columns(self):
            self.said = import_said.as_answers(self.said, self.asked, self.recognised.columns)
        self.said = import_said.without_gone(self.said, self.asked, self.recognised.columns)

    @cached_property
    def by(self) -> str:
        """The key of the mapping; "" for the guess."""
        first = self.fits[0].key if self.fits else ""
        return (
            self.said.get("by", first) if self.said.get("by", first) in {"", *(one.key for one in self.fits)} else first
        )

    @property
    def chosen(self) -> Fitting | None:
        return self.fitting_called(self.by)

    def fitting_called(self, key: str) -> Fitting | None:
        return next((one for one in self.fits if one.key == key), None)

    def said_of_this(self) -> Said:
        """What was said that belongs to the mapping by which the file is read now."""
        by, into = import_said.shown_before(self.said)
        if not into or by == self.by:
            return self.said
        return import_said.without_stood(self.said, self.fitting_called(by), into, self.only_source)

    @cached_property
    def into(self) -> str:
        if self.chosen:
            return self.chosen.file.into
        said = self.said.get("into", "")
        return said if said in self.targets else self.guess_of_target.target or "customers"

    @cached_property
    def guess_of_target(self) -> Guess:
        return guess(self.alone, self.targets, own=own.fields())

    @cached_property
    def looks(self) -> list[Look]:
        """The other files in which rows are looked up: as somebody said, else as the mapping does."""
        known = self.chosen.looks if self.chosen else ()
        if import_looks.is_said(self.said) and self.is_of_this:
            return looks_said(self.said, self.alone, self.others, known)
        return list(known)

    @property
    def is_of_this(self) -> bool:
        """Whether what was said belongs to the mapping that is chosen now, or to none."""
        return not self.chosen or self.said.get("shown", "").rpartition("|")[0] == self.base

    @cached_property
    def only(self) -> Words:
        """The words of the rows that go in, by column: as somebody said, else as the mapping does; of a column none where that is open."""
        if import_only.is_said(self.said) and self.is_of_this:
            return only_said(self.said, self.recognised)
        return self.chosen.file.only if self.chosen else {}

    @cached_property
    def choosing(self) -> OnlyForm:
        return OnlyForm(self.only, self.recognised)

    @property
    def wordless(self) -> list[str]:
        """The columns of which nobody said yet by which words rows go in."""
        return [column for column, words in self.only.items() if not words]

    @cached_property
    def looking(self) -> LooksForm:
        return LooksForm(self.looks, self.alone, self.others)

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is guessed of any column, and nobody said anything of one yet."""
        return not self.problem and not self.chosen and not self.columns.mapped

    @property
    def is_looked_up_anew(self) -> bool:
        """Whether columns of other files are there that the sent form could not show."""
        return bool(self.looks) and import_looks.is_said(self.said) and self.said.get("shown", self.key) != self.key

    @property
    def needs(self) -> list[tuple[str, str]]:
        """(mapping, files) of the mappings that would fit if the files were there in which they look rows up."""
        return [] if self.chosen else [(one.label, ", ".join(one.lacking)) for one in self.lacking]

    @cached_property
    def source(self) -> str:
        """As somebody said it, else its mapping, else the run; the one that there is where nobody did, "" of several."""
        return self.said.get("source") or self.named_source or self.said.get(OF_RUN) or self.only_source

    @property
    def only_source(self) -> str:
        return self.sources[0] if len(self.sources) == 1 else ""

    @cached_property
    def sources(self) -> list[str]:
        return known_sources() or [DEFAULT_SOURCE]

    @property
    def named_source(self) -> str:
        return import_said.named_source(self.chosen)

    @property
    def base(self) -> str:
        return f"{self.by}|{self.into}|{len(self.alone.columns)}"

    @property
    def key(self) -> str:
        """What the columns of the form belong to."""
        return f"{self.base}|{mark_of(self.looks)}"

    @property
    def answers(self) -> dict[tuple[str, str], str]:
        return self.settled | {
            (question.about, question.column): answer
            for question in self.asked
            if (answer := answer_of(question, self.said)) is not None
        }

    @cached_property
    def guess_of_columns(self) -> Guess:
        """What each column is guessed to be beside a mapping, whatever answers say."""
        guessed = ends.judged(guess(self.recognised, self.targets, self.into, own.fields()), self.alone)
        return beside_mapping(guessed, self.chosen.file, self.alone) if self.chosen else guessed

    @cached_property
    def guess(self) -> Guess:
        guessed = self.guess_of_columns
        for (about, large), small in self.answers.items():
            if about == "tax_pair" and small:
                guessed = without_tax(guessed, small, large, self.recognised.columns)
        return guessed

    @cached_property
    def plain(self) -> FileMap:
        """The file without the fields that people choose; with a mapping's own."""
        joins, currency = tuple(look.join for look in self.looks), import_standing.in_currency(self)
        if self.chosen:
            formats = replace(self.recognised, formats=self.chosen.file.formats).answered(self.answers)
            absent = tuple(
                one for one in self.chosen.file.joins if one not in [look.join for look in self.chosen.looks]
            )
            fields = (*self.chosen.file.fields, *currency)
            return replace(
                self.chosen.file, source=self.source, fields=fields, formats=formats, joins=(*joins, *absent)
            )
        return replace(self.recognised.file_map(self.into, self.source, currency, self.answers), joins=joins)

    @cached_property
    def reading(self) -> ReadingForm:
        if not self.is_sent:
            return ReadingForm(self, None, {**self.said, "shown": self.key})
        before = {
            name: str(field.initial) for name, field in ReadingForm(self, None, None).fields.items() if field.initial
        }
        return ReadingForm(self, before | dict(self.said), None)

    @cached_property
    def columns(self) -> ColumnsForm:
        """The form of the columns; what was said of another target or mapping is left out, and of other tables theirs."""
        said = import_standing.said_of_columns(self)
        drawn = partial(
            columns_form,
            self.recognised,
            self.targets[self.into],
            self.guess,
            plain=self.plain,
            asked=import_standing.asked(self),
            standing=Standing(import_standing.proposed(self), self.stood if said else {}),
        )
        if not self.is_sent:
            return drawn(initial=said)
        before = {name: str(field.initial or "") for name, field in drawn().fields.items()}
        return drawn(before | dict(said), initial=said)

    @property
    def is_sure(self) -> bool:
        """Whether it can be previewed without a word from anybody: nothing is asked, and one target fits clearly."""
        is_clear = self.guess_of_target.certainty >= CLEAR and not self.lacking
        is_ours = self.chosen is not None and self.chosen.is_shipped
        # An id that several columns make, or one that fills two fields, is seen by somebody first.
        is_made = self.columns.is_made_by_guess or (is_ours and self.columns.made is not None)
        is_lost = (is_ours or not self.chosen) and self.columns.refuses_words
        is_part = self.chosen is not None and self.chosen.is_reading
        # Days of a known column that no notation reads.
        is_unread = not self.chosen and any(fit.certainty <= LEAST for fit in self.guess.columns)
        is_doubted = is_lost or is_part or is_unread or (MADE_OF not in self.said and is_made)
        return not self.asked and bool(self.source) and bool(self.chosen or is_clear) and not is_doubted

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What was recognised: its name and its value in words."""
        return facts_of(self.recognised, self.plain.formats)

    def drawn(self) -> FileSetup:
        """The same with both forms made, so that a template asks nothing."""
        _forms = self.reading, self.columns, self.plain, self.looking, self.choosing
        return self

    def is_valid(self) -> bool:
        forms_are = [self.reading.is_valid(), self.columns.is_valid(), not self.is_looked_up_anew]
        return not self.problem and not self.wordless and all(forms_are)

    def file_map(self) -> FileMap:
        """The mapping of the file as a valid form says it."""
        mapped = mapping_of(self.columns)
        fields = taxed(import_standing.answered(mapped.fields, self.answers), self.answers)
        if not self.chosen or self.chosen.asks:
            fields = in_own_notations(fields, self.recognised, self.answers)
        return used(replace(mapped, fields=fields, only=self.only, **meaning_of(self.reading.cleaned_data)))


def known_sources() -> list[str]:
    """The sources of customers, that of most first, as many as are named. One statement."""
    keys = ExternalKey.objects.exclude(source=Source.TYPED).values("source")
    return list(keys.annotate(n=Count("pk")).order_by("-n", "source").values_list("source", flat=True)[:MOST_SOURCES])
