"""Runs of imports: what each would do or did, file by file and line by line, so that it can be shown and undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.models import Case, F, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Now
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models.paced import Paced
from accounts.models.users import User
from config.catalogue import said_in
from config.sentences import again

if TYPE_CHECKING:
    from accounts.models.users import User as Person

# Titles of runs that no mapping has.
TYPED: Final = gettext_noop("Typed: %(customer)s")
SENT: Final = gettext_noop("API: %(rows)s")
TAKEN: Final = gettext_noop("%(field)s of %(name)s as %(source)s says")
TITLES: Final = frozenset({TYPED, SENT, TAKEN})
SAYING: Final = (
    "accounts/imports",
    "accounts/attributes",
    "health/feeds",
    "health/signals",
)  # where the sentences of a report are made


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: Person) -> ImportRunQuerySet:
        """All runs for admins; for others who may import their own: a file may have rows of every customer."""
        if access.configures(user):
            return self
        return self.filter(by=user) if access.imports(user) else self.none()

    def changeable_by(self, user: Person) -> ImportRunQuerySet:
        """Runs that ``user`` may start, stop and undo."""
        return self.visible_to(user)

    def with_awaited(self) -> ImportRunQuerySet:
        """The rows with ``awaited``, the name of the person for whose run each waits: the command's is "import_data".

        None where it waits for nobody, or for others than imports.
        """
        at_work = ImportRun.objects.filter(state__in=ImportRun.UNDER_WAY, waits_since=None)
        of = Case(When(state="undoing", then="undone_by__name"), default="by__name")
        name = at_work.order_by(F("read_since").asc(nulls_last=True), "pk").values(
            of=Coalesce(of, Value("import_data"))
        )
        return self.annotate(awaited=Case(When(waits_since__isnull=False, then=Subquery(name[:1]))))


class ImportRun(Paced):
    """One import of one or more files: its preview, the import itself and its undo.

    ``places`` are where the files are (``accounts.imports.places.stored``), ``mapping`` is the text of the mapping
    called ``title``, "" where each place has its own (``accounts.imports.drafting``); ``time`` has the choices made beside it (as_of as YYYY-MM-DD, correction, history). ``day`` is the organisation's on which it was
    requested. ``by`` is None for the command. ``waits_since``: another import was at work then, and nothing is done until it ends. ``problem`` is the reason of a failure. ``moves`` is what else a
    preview said would move (``config.foreseen``). ``before_undo`` is what ``state``, ``day``, ``started_at``, ``ended_at`` and
    ``problem`` were before an Undo was requested, whose own they are then.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Being set up")
        PREVIEWING = "previewing", _("Preview under way")
        PREVIEWED = "previewed", _("Previewed")
        RUNNING = "running", _("Import under way")
        DONE = "done", _("Imported")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    UNDER_WAY = (State.PREVIEWING, State.RUNNING, State.UNDOING)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PREVIEWING)
    title = models.CharField(_("mapping"), max_length=200)
    mapping = models.TextField(blank=True, default="")
    places = models.JSONField(default=list)
    time = models.JSONField(default=dict)
    day = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    undone_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    language = models.CharField(max_length=10, blank=True, default="")
    begun_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, default="")
    moves = models.JSONField(null=True)
    waits_since = models.DateTimeField(null=True, editable=False)
    before_undo: Any = models.JSONField(null=True, editable=False)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "draft", "previewing", "previewed", "running", "done", "stopped", "failed", "undoing", "undone",
                    ]
                ),
                name="import_run_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(problem=""), name="import_run_failed_for_a_reason"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.title} {self.begun_at:%Y-%m-%d}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def imported_at(self) -> dt.datetime | None:
        """When the import itself ended, whatever became of its Undo."""
        ended = (self.before_undo or {}).get("ended_at")
        return dt.datetime.fromisoformat(ended) if ended else self.ended_at

    @property
    def called(self) -> str:
        """The title in the reader's language; that of a mapping is the words of who named it."""
        return again(self.title, among=TITLES)

    def told(self, text: str, columns: Sequence[str] = ()) -> str:
        """What the report says, in the reader's language; as it is stored where that is the run's or no sentence of it."""
        return text if self.language == get_language() else again(text, said_in(*SAYING), columns)

    @property
    def problem_told(self) -> str:
        return self.told(self.problem)


class ImportFile(models.Model):
    """What one file would do (``written`` is false) or did.

    The counts, ``notes`` and ``remarks`` are those of ``accounts.imports.loading.Report``. ``rejects`` has the rejected rows and ``cells`` the list
    of cells left out, as CSV files; None where there are none. ``is_listed``: each row that is new or changed has its
    line; of other targets the lines are a sample. ``newest_at`` is the end of the newest day or the
    newest instant that its rows are of, or of its day where the mapping names one. ``ids`` is how many different ids went in.
    ``act`` is the number of the transaction that wrote the file, by which the history knows it; ``undone`` is true once Undo
    is through with it, and ``last_then`` the newest file of that time. ``columns`` are those of each kind without history over which its new lines have a digest.
    ``looked_up`` is how many rows of other files were read for it, ``elsewhere`` how many of the rejected ones go in as a file of
    corrected rows has them.
    ``is_conceded``: an admin let a value of the source stand, so that the source itself did not speak.
    """

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="files", db_index=False)
    position = models.PositiveIntegerField()
    written = models.BooleanField(default=False)
    loaded_at = models.DateTimeField(null=True, db_default=Now(), editable=False)  # None of files of earlier releases
    name = models.CharField(_("file"), max_length=255)
    target = models.CharField(max_length=40)
    source = models.CharField(_("source"), max_length=40)
    rows = models.PositiveBigIntegerField(_("rows"), default=0)
    new = models.PositiveBigIntegerField(_("new"), default=0)
    changed = models.PositiveBigIntegerField(_("changed"), default=0)
    rejected = models.PositiveBigIntegerField(_("refused"), default=0)
    skipped = models.PositiveBigIntegerField(default=0)
    unread = models.PositiveBigIntegerField(default=0)
    notes = models.JSONField(default=list)
    remarks = models.JSONField(default=list, db_default=[])
    is_listed = models.BooleanField(default=True)
    rejects = models.BinaryField(null=True)
    cells = models.BinaryField(null=True)
    act = models.BigIntegerField(null=True)
    newest_at = models.DateTimeField(null=True)
    ids = models.PositiveBigIntegerField(null=True)
    looked_up = models.PositiveBigIntegerField(default=0, db_default=0)
    elsewhere = models.PositiveBigIntegerField(default=0, db_default=0)
    undone = models.BooleanField(default=False, db_default=False)
    last_then = models.BigIntegerField(null=True)
    is_conceded = models.BooleanField(default=False, db_default=False)
    columns = models.JSONField(default=dict, db_default={})

    class Meta:
        verbose_name = _("imported file")
        # The history's entries find the file that wrote them.
        indexes = [models.Index(fields=["act"], condition=Q(act__isnull=False), name="import_file_of_act")]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="import_file_place")]

    def __str__(self) -> str:
        return self.name

    @property
    def unchanged(self) -> int:
        return self.rows - self.new - self.changed - self.rejected - self.skipped

    @property
    def ended(self) -> int:
        """How many rows of the record end because the file does not name them; none of them is a row of the file."""
        return sum(remark["count"] for remark in self.remarks if remark["kind"] == "ended")


class ImportLine(models.Model):
    """A row that is new, changed, unchanged (the first of a preview) or refused, a cell left out, or a row of a sample.

    ``line`` is that of the file, None for a row that the file changed without naming it. ``object_kind`` is the model of
    the row ``object_id``, None in a preview of a new row. ``fields`` has the changed fields by name, each [before, after]; behind
    them the end of a stretch of a contract's line has what the next one has otherwise, by name [before, after], and of a preview a
    reference has the names of the customers who are not there yet.
    ``field``, ``cell`` and ``reason`` are those of a refused row or cell. ``outcome`` is what Undo did, and ``reason``
    then why it left the row or some of its fields.
    """

    class Kind(models.TextChoices):
        NEW = "new", _("New")
        CHANGED = "changed", _("Changed")
        SAME = "same", _("Unchanged")
        REFUSED = "refused", _("Refused")
        REMARK = "remark", _("Remarks")
        SAMPLE = "sample", _("Sample")

    class Outcome(models.TextChoices):
        RETURNED = "returned", _("Taken back")
        KEPT = "kept", _("Stays")

    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="lines", db_index=False)
    line = models.PositiveBigIntegerField(null=True)
    kind = models.CharField(max_length=7, choices=Kind)
    object_kind = models.CharField(max_length=40, blank=True, default="")
    object_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    title = models.TextField(blank=True, default="")
    fields: Any = models.JSONField(default=dict)
    field = models.TextField(blank=True, default="")
    cell = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, default="")

    class Meta:
        verbose_name = _("line of an import")
        indexes = [
            models.Index(fields=["file", "kind", "id"], name="import_line_of_file"),
            # By which Undo finds what other imports changed of a row.
            models.Index(
                fields=["object_id", "object_kind"], condition=Q(kind="changed"), name="import_line_changed_object"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["new", "changed", "same", "refused", "remark", "sample"]),
                name="import_line_kind_known",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["refused", "remark"]) | ~Q(reason=""), name="import_line_refused_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}: {self.line} {self.kind}"

    @property
    def told(self) -> str:
        """The reason in the reader's language; of a refused row the columns stand before what is wrong with each."""
        return self.file.run.told(self.reason, self.field.split("; ") if self.field else ())


class ImportSpan(models.Model):
    """Rows of use that a file made (``changes`` is empty) or changed, from ``first_id`` to ``last_id``.

    ``changes`` has the changed fields by name, each [before, after], the same for all rows. Facts of use have no lines: a
    million rows are one span.
    """

    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="spans")
    object_kind = models.CharField(max_length=40)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    changes: Any = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_id__gte=models.F("first_id")), name="import_span_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}: {self.object_kind} {self.first_id}-{self.last_id}"


class TakenBack(models.Model):
    """A customer of whom an Undo took back at ``undone_at`` what was there since ``since``, until the cases that it opened are
    settled.

    Append-only; the sweep of cases deletes the rows that are old enough for every rule to have been asked since.
    """

    customer_id = models.BigIntegerField(db_index=True)
    since = models.DateTimeField()
    undone_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.customer_id} since {self.since}"


class WithdrawnRow(models.Model):
    """A row that an import had made and Undo took out of the record, as it was; ``row`` has its columns by name.

    ``run``, ``file`` and its ``position`` name the import, whose run is forgotten before this row is. ``kind`` is the model.
    """

    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    row = models.JSONField()
    run = models.BigIntegerField()
    file = models.CharField(max_length=255)
    position = models.PositiveIntegerField(null=True)
    withdrawn_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("withdrawn row")
        indexes = [
            models.Index(fields=["kind", "object_id"], name="withdrawn_row_of_object"),
            models.Index(fields=["run", "file"], name="withdrawn_row_of_file"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
