"""The form that sends a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models.uploads import LARGEST_PIECE
from accounts.uploads import names


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of files, each checked by itself."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        return [super(FilesField, self).clean(file, initial) for file in data or [None]]


class UploadForm(forms.Form):
    """Whole files in one request, as a browser without JavaScript sends them; none larger than a piece may be."""

    file = FilesField(
        label=_("Files"),
        allow_empty_file=True,
        widget=SeveralFiles({"accept": ",".join(sorted(names.TABLES | {names.ARCHIVE}))}),
        help_text=_("CSV, TSV or TXT, XLSX, JSON lines (.jsonl, .ndjson), or a ZIP of them; at most 1 GB."),
    )

    def clean_file(self) -> list[UploadedFile]:
        files: list[UploadedFile] = self.cleaned_data["file"]
        if any((file.size or 0) > LARGEST_PIECE for file in files):
            sentence = _now("Without JavaScript a file may have at most %(most)s: split it, or allow JavaScript.")
            raise ValidationError(sentence % {"most": filesizeformat(LARGEST_PIECE)})
        return files
