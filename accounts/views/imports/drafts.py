"""Imports being set up: which files, and how each is read. For those who may import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms import import_ticks
from accounts.forms.import_file import OF_RUN, FileSetup
from accounts.imports import bounds, drafting, enclosed, mapping, saved, words
from accounts.imports.beside import Others
from accounts.imports.maps import MappingError
from accounts.imports.places import mark_of, sampled
from accounts.imports.rows import Unreadable
from accounts.imports.targets import Target
from accounts.imports.writing import text_of
from accounts.models import ImportRun, SavedMapping, Upload
from accounts.request import SignedIn, importers_only
from accounts.uploads import Copies
from accounts.views.imports.mappings import as_file
from config import clock
from config.text import row_number
from config.ui.context import frame_of
from config.web import address
from config.web.acting import refused
from config.web.asking import UNREADABLE
from config.web.finding import changeable, may_change
from config.web.refusing import reason
from config.web.toast import toast

KEPT: Final = ("by", "into", "source", "encoding", "delimiter", "skip_lines", "shown")
# What is said of columns and words of a file: one text, and boxes of one name.
SINGLE: Final = ("q-", "c-", "d-", "m-", "j-", "w-", "was-")
TICKED: Final = ("i-", "o-")
SHOWN_LINES: Final = 6
LONGEST_NAME: Final = 80
MOST_NAMED: Final = 5


@require_POST
@importers_only
def begin(request: SignedIn) -> HttpResponse:
    """Set up an import of the chosen uploads, in the order in which they came; what is sure of each is settled at once."""
    pks = [pk for text in request.POST.getlist("upload") if (pk := row_number(text))]
    rows = Upload.objects.visible_to(request.user).filter(completed_at__isnull=False)
    answer = lead(request, list(rows.filter(pk__in=pks).order_by("pk")))
    return without_empty(request, answer, request.POST.getlist("empty"))


def without_empty(request: SignedIn, answer: HttpResponse, names: list[str]) -> HttpResponse:
    """The answer, which says that the files of these names were left out because nothing is in them."""
    if not names:
        return answer
    shown = ", ".join(name[:LONGEST_NAME] for name in names[:MOST_NAMED])
    return toast(request, answer, _("Left out, because nothing is in them: %(names)s.") % {"names": shown})


def lead(request: SignedIn, chosen: list[Upload]) -> HttpResponse:
    """Begin a run of the uploads and lead to it, or say why not."""
    try:
        run = drafting.draft(chosen, request.user, frame_of(request).today)
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:imports"))
    targets = bounds.open_to(request.user)
    with Copies() as copies:
        sources = [settle(run, number, {}, targets, copies) for number in range(1, len(run.places) + 1)]
        # Files that come together are of one system, unless their mappings say otherwise.
        common = next(filter(None, sources), "")
        for number, source in enumerate(sources, 1):
            if common and not source:
                settle(run, number, {OF_RUN: common}, targets, copies)
    run.refresh_from_db()
    drafting.only_look_up(run)
    return redirect("accounts:import_draft", run.pk)


def settle(run: ImportRun, number: int, said: Mapping[str, str], targets: Mapping[str, Target], copies: Copies) -> str:
    """Settle a file by the mapping that came with it, else by what was said and recognised of it, as far as nothing is open; the
    source that its mapping names.
    """
    place = run.places[number - 1]
    if came := enclosed.own(place):
        drafting.settle(run, number, came[0], said, came[1])
        return came[0].source
    try:
        with sampled(place, copies) as path:
            setup = FileSetup(path, place["name"], said, targets, is_sent=True, others=beside(run, number, copies))
            # What nobody confirmed must at least not be doubted.
            is_trusted = setup.chosen is None or run.by is None or setup.chosen.settles(run.by)
            file = setup.file_map() if setup.is_valid() and setup.is_sure and is_trusted else None
            said = dict(said) if setup.named_source else {**said, OF_RUN: setup.source}
            drafting.settle(run, number, file, said, setup.chosen.label if setup.chosen else "")
            return setup.named_source if is_trusted else ""
    except (Unreadable, ValidationError):
        drafting.settle(run, number, None, said)
        return ""


@require_GET
@importers_only
def draft(request: SignedIn, pk: int) -> HttpResponse:
    """The files of an import that is being set up; a single one leads to its columns at once."""
    run = draft_of(request, pk)
    originals = drafting.originals(run)
    if len(originals) == 1 and not address.text(request, "all"):
        return redirect("accounts:import_draft_file", run.pk, *originals)
    left, looked = drafting.open_files(run), drafting.looked_up(run)
    rows = [
        {
            "number": number, "place": place, "mark": mark_of(place), "is_open": number in left,
            "target": words.target_words(place["into"]) if place.get("into") else "", "looked": looked.get(number, []),
        }
        for number, place in originals.items()
    ]  # fmt: skip
    context = {"run": run, "rows": rows, "open": left}
    return render(request, "imports/draft.html", context)


@require_http_methods(["GET", "POST"])
@importers_only
def file(request: SignedIn, pk: int, number: int) -> HttpResponse:
    """What one file was recognised as, what is asked of it, its target and its columns; saved, or on to the preview."""
    run = draft_of(request, pk)
    place = place_in(run, number)
    is_sent = request.method == "POST" and not {"again", "only"} & {*request.POST}
    said = said_in(request) if request.method == "POST" else place.get("said", {})
    context: dict[str, Any] = {
        "run": run,
        "number": number,
        "place": place,
        "several": len(drafting.originals(run)) > 1,
    }
    context["mark"] = mark_of(place)
    try:
        drafting.place_of(run, number, request.POST.get("place", ""))
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:import_draft", args=[run.pk]))
    try:
        with Copies() as copies, sampled(place, copies) as path:
            targets, others = bounds.open_to(request.user), beside(run, number, copies)
            setup = FileSetup(path, place["name"], said, targets, is_sent=is_sent, others=others)
            answer = _sent(request, run, number, setup) if request.method == "POST" else None
            if answer:
                return answer
            context |= {
                "setup": setup.drawn(),
                "raw": first_lines(setup),
                "mapping_name": place["name"].rpartition(".")[0][:60],
            }
            return render(request, "imports/file.html", context, status=UNREADABLE if is_sent else 200)
    except Unreadable as problem:
        return render(request, "imports/file.html", context | {"problem": str(problem)})
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:imports"))


def beside(run: ImportRun, number: int, copies: Copies) -> Others:
    """The other files of the run."""
    return Others([place for position, place in enumerate(run.places, 1) if position != number], copies)


def said_in(request: SignedIn) -> dict[str, str]:
    """What the form says, by its names."""
    sent = request.POST
    ticked = {name: import_ticks.text_of(filter(None, sent.getlist(name))) for name in sent if name.startswith(TICKED)}
    single = {
        name: text for name, text in sent.items() if isinstance(text, str) and (name in KEPT or name.startswith(SINGLE))
    }
    return single | ticked


def _sent(request: SignedIn, run: ImportRun, number: int, setup: FileSetup) -> HttpResponse | None:
    """Keep what was sent and go on; None where the form has to be shown again."""
    here = redirect("accounts:import_draft_file", run.pk, number)
    mark = request.POST.get("place", "")
    if "only" in request.POST:
        drafting.settle(run, number, None, {OF_RUN: setup.source}, mark=mark)
        return redirect("accounts:import_draft", run.pk)
    if "again" in request.POST:
        drafting.settle(run, number, None, setup.said, mark=mark)
        return here
    if not setup.is_valid():
        return None
    title = setup.chosen.label if setup.chosen else ""
    settled = drafting.settle(run, number, setup.file_map(), setup.said, title, mark=mark)
    _follow(settled, number, setup)
    if "save" in request.POST:
        return _saved(request, setup, here)
    if len(drafting.originals(settled)) > 1:
        return redirect("accounts:import_draft", run.pk)
    drafting.preview(settled, frame_of(request).today, clock.now())
    return redirect("accounts:import_run", run.pk)


def _follow(run: ImportRun, number: int, setup: FileSetup) -> None:
    """Take the source of a file for the others of which nobody said one, and whose mapping names none."""
    left = drafting.open_files(run)
    with Copies() as copies:
        for other, place in drafting.originals(run).items():
            said = place.get("said", {})
            is_read = other != number and (place.get("mapping") or other in left)
            if is_read and "source" not in said and said.get(OF_RUN, "") != setup.source:
                settle(run, other, {**said, OF_RUN: setup.source}, setup.targets, copies)


def _saved(request: SignedIn, setup: FileSetup, here: HttpResponse) -> HttpResponse:
    """Save the file's mapping under the name that was sent; in a mapping of that name it joins the other files."""
    name = request.POST.get("name", "").strip()
    row = SavedMapping.objects.in_use().filter(name=name).first() or SavedMapping(name=name, by=request.user)
    if row.pk and not may_change(request, row):
        return toast(request, here, _("“%(mapping)s” is somebody else’s: choose another name.") % {"mapping": name})
    file_map = setup.file_map()
    try:
        if row.pk:
            known = mapping.parse(row.toml, name)
            file_map = replace(file_map, source=known.source)
            row.toml = text_of(drafting.with_file(known, file_map))
        else:
            row.toml = drafting.written(file_map, name)
        saved.save(row, request.user, frame_of(request).today)
    except ValidationError as problem:
        return toast(request, here, reason(problem))
    except MappingError as problem:
        return toast(request, here, str(problem))
    return toast(request, here, _("The mapping “%(mapping)s” is saved.") % {"mapping": name})


def first_lines(setup: FileSetup) -> list[tuple[str, str]]:
    """(kind, text) of the first lines: title lines, the names of the columns, rows."""
    found = setup.alone
    joint = "\t" if found.format == "xlsx" else found.delimiter
    rows = [("", joint.join(row)) for row in found.samples[:SHOWN_LINES]]
    titles = [("skip-line", title) for title in found.titles[-SHOWN_LINES:]]
    return [*titles, ("head-line", joint.join(found.columns)), *rows]


@require_GET
@importers_only
def file_mapping(request: SignedIn, pk: int, number: int) -> HttpResponse:
    """The mapping of a settled file as the TOML file that ``import_data`` takes."""
    place = place_in(draft_of(request, pk), number)
    if not place.get("mapping"):
        raise Http404
    return as_file(place["mapping"], place["name"].rpartition(".")[0])


@require_POST
@importers_only
def leave_out(request: SignedIn, pk: int, number: int) -> HttpResponse:
    """Take a file out of the import."""
    run = draft_of(request, pk)
    return _acted(request, run, lambda: drafting.leave_out(run, number, request.POST.get("place", "")))


@require_POST
@importers_only
def preview(request: SignedIn, pk: int) -> HttpResponse:
    """Preview the files, all of which are settled."""
    run = draft_of(request, pk)
    return _acted(request, run, lambda: drafting.preview(run, frame_of(request).today, clock.now()))


@require_POST
@importers_only
def reopen(request: SignedIn, pk: int) -> HttpResponse:
    """Go back from the preview to the columns."""
    run = changeable(request, ImportRun.objects, pk)
    return _acted(request, run, lambda: drafting.reopen(run))


def _acted(request: SignedIn, run: ImportRun, act: Any) -> HttpResponse:
    back = reverse("accounts:import_run", args=[run.pk])
    try:
        act()
    except ValidationError as problem:
        return refused(request, problem, back=back)
    return redirect(back)


def draft_of(request: SignedIn, pk: int) -> ImportRun:
    run = changeable(request, ImportRun.objects.select_related("by"), pk)
    if run.state != ImportRun.State.DRAFT:
        raise Http404
    return run


def place_in(run: ImportRun, number: int) -> dict[str, Any]:
    if not 1 <= number <= len(run.places):
        raise Http404
    place: dict[str, Any] = run.places[number - 1]
    return place
