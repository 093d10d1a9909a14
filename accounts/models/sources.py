"""Where data comes from, what each source last said, and whose word counts where two disagree."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customers import Customer
from accounts.models.importing import ImportFile
from accounts.models.users import User


class Source(models.Model):
    """What an admin says of a source, known by the name that mappings give it.

    ``silent_days``: without rows for so many days it is silent; None: three times as long as it usually takes. One that
    ``is_over`` sends nothing any more and is never silent. ``heard_at`` is when it last sent rows that changed nothing,
    to within the hour, ``over_since`` when it was said to be over, ``resumed_on`` the day on which it spoke again all the
    same. What people type is of the source ``TYPED``, which nobody waits for.
    """

    TYPED: Final = "typed"

    name = models.CharField(_("source"), max_length=40)
    silent_days = models.PositiveSmallIntegerField(_("silent after days"), null=True, blank=True)
    is_over = models.BooleanField(_("sends nothing any more"), default=False, db_default=False)
    heard_at = models.DateTimeField(null=True)
    over_since = models.DateTimeField(null=True)
    resumed_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("source")
        constraints = [
            models.UniqueConstraint(fields=["name"], name="source_once"),
            models.CheckConstraint(
                condition=Q(silent_days__isnull=True) | Q(silent_days__range=(1, 400)),
                name="source_silent_days_1_to_400",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FieldOrder(models.Model):
    """Whom to believe of one field of a target, the first before the others; ``hand`` are people on the pages.

    Without a row of its own, a field believes people first, and of sources the last one.
    """

    HAND = "hand"

    target = models.CharField(_("kind of rows"), max_length=40)
    field = models.CharField(_("field"), max_length=40)
    sources = ArrayField(
        models.CharField(max_length=40), verbose_name=_("sources in their order"), default=list, blank=True
    )

    class Meta:
        verbose_name = _("whose word counts")
        constraints = [models.UniqueConstraint(fields=["target", "field"], name="field_order_once")]

    def __str__(self) -> str:
        return f"{self.target}.{self.field}"


class Disagreement(models.Model):
    """A value of a file that was left out because somebody else is believed; gone once both agree.

    ``object_id`` is the row of the record that the target's row means, ``by`` whose value stands. People who log in belong
    to no ``customer``.
    """

    target = models.CharField(max_length=40)
    field = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", null=True)
    given = models.TextField()
    stands = models.TextField()
    by = models.CharField(max_length=40)
    seen_on = models.DateField()

    class Meta:
        verbose_name = _("disagreement")
        constraints = [
            models.UniqueConstraint(fields=["target", "object_id", "field", "source"], name="disagreement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.target}.{self.field} {self.object_id}"


class Word(models.Model):
    """What a source last said of one row: ``fields`` has the texts of the cells by field, as the record would hold them.

    ``kept`` has what stood in the record after that load where it differed. ``object_id`` is the row of the record,
    ``as_of`` the day from which the file held: an earlier file that comes late says nothing new. ``gone_on`` is the day of
    the first full file that no longer named the row.
    """

    target = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    object_id = models.BigIntegerField()
    fields: Any = models.JSONField(default=dict)
    kept: Any = models.JSONField(default=dict)
    as_of = models.DateField(null=True)
    gone_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("row of a source")
        constraints = [models.UniqueConstraint(fields=["target", "source", "external_id"], name="word_once")]

    def __str__(self) -> str:
        return f"{self.target} {self.source}:{self.external_id}"


class WordChange(models.Model):
    """What a file changed of its source's word on a row, or of a difference that is listed of that row.

    ``changes`` has [before, after] by key, null for nothing: of a word ``fields.NAME``, ``kept.NAME`` and ``.COLUMN``, and
    ``.new`` of the first word on a row that was there before; of a difference, whose ``field`` is named, under "" what was given,
    what stood against it, and since when.
    ``object_id`` is the number of the word, of a difference that of the record's row.
    """

    class Kind(models.TextChoices):
        WORD = "word"
        DIFFERENCE = "difference"

    kind = models.CharField(max_length=10, choices=Kind)
    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="+")
    object_id = models.BigIntegerField()
    field = models.CharField(max_length=40, blank=True, default="")
    changes: Any = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["object_id", "field"], name="word_change_of_row")]
        constraints = [models.CheckConstraint(condition=Q(kind__in=["word", "difference"]), name="word_change_known")]

    def __str__(self) -> str:
        return f"{self.file_id}: {self.kind} {self.object_id} {self.field}"


class Reconciled(models.Model):
    """A source's rows of one target against the record, as of the latest night.

    ``rows`` is how many rows it has said, ``same`` how many of them stand as it said. ``problem`` is the reason why the
    comparison failed; the figures are those of the night before then.
    """

    target = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    rows = models.PositiveBigIntegerField(default=0)
    same = models.PositiveBigIntegerField(default=0)
    day = models.DateField(null=True)
    problem = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("comparison with a source")
        constraints = [models.UniqueConstraint(fields=["target", "source"], name="reconciled_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.target}"


class Deviation(models.Model):
    """A field that differs from what the source last said, or a whole row (``field`` is "" then), and why.

    ``by`` names the source whose value stands, where another's does. ``since`` is the first night that found it.
    """

    class Reason(models.TextChoices):
        HAND = "hand", _("a person changed it")
        SOURCE = "source", _("another source changed it")
        MERGE = "merge", _("a merge changed it")
        UNDO = "undo", _("an import was taken back")
        RULE = "rule", _("kept by a rule of the import")
        OTHER = "other", _("not explained")
        MERGED = "merged", _("the customer was merged")
        WITHDRAWN = "withdrawn", _("withdrawn from the record")
        MISSING = "missing", _("missing from the record")
        UNNAMED = "unnamed", _("no longer in the last full file")

    target = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    field = models.CharField(max_length=40, blank=True, default="")
    reason = models.CharField(max_length=9, choices=Reason)
    by = models.CharField(max_length=40, blank=True, default="")
    object_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", null=True)
    given = models.TextField(blank=True, default="")
    stands = models.TextField(blank=True, default="")
    since = models.DateField()

    class Meta:
        verbose_name = _("difference from a source")
        constraints = [
            models.UniqueConstraint(fields=["target", "source", "external_id", "field"], name="deviation_once"),
            models.CheckConstraint(
                condition=Q(
                    reason__in=[
                        "hand", "source", "merge", "undo", "rule", "other", "merged", "withdrawn", "missing", "unnamed",
                    ]
                ),
                name="deviation_reason_known",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.source} {self.target}.{self.field} {self.external_id}"


class ForgottenLoad(models.Model):
    """The source of a load whose run of imports is forgotten, by the number of the transaction that wrote it: whose word
    the history's entries of that transaction are. What is ``undone`` is nobody's.
    """

    act = models.BigIntegerField(primary_key=True)
    source = models.CharField(max_length=40)
    undone = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("forgotten import")

    def __str__(self) -> str:
        return f"{self.act} {self.source}"


class Silence(models.Model):
    """A source that fell silent: a case for the admins, open until it speaks again.

    ``limit_days``: after how many days it counted as silent by what was usual for it; None where only an admin said.
    ``owner`` is the admin who looks into it, None for all of them; until ``snoozed_until`` nobody is reminded of it.
    """

    source = models.CharField(max_length=40)
    last_on = models.DateField()
    owner = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, blank=True, verbose_name=_("owner"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    snoozed_until = models.DateField(_("snoozed until"), null=True, blank=True)
    limit_days = models.PositiveIntegerField(null=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("silence of a source")
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(closed_on__isnull=True), name="silence_open_once"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="silence_closed_not_before_opened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.opened_on}"
