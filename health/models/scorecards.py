"""Scorecards: which measures make a score, and how much each counts."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Segment, Stage, User
from config.shipping import translated


class Purpose(models.TextChoices):
    """What a score is for. Health is the customer's score; the other scores are shown beside it under their names."""

    HEALTH = "health", _("Health")
    RISK = "risk", _("Risk")
    EXPANSION = "expansion", _("Expansion")
    ADOPTION = "adoption", _("Adoption")


class ScorecardQuerySet(models.QuerySet["Scorecard"]):
    def visible_to(self, user: User) -> ScorecardQuerySet:
        """Versions that ``user`` may read: a draft is there for admins only."""
        return self if access.configures(user) else self.filter(is_draft=False)


class Scorecard(models.Model):
    """Scores the customers of its segments and stages; of each purpose the first by ``position`` that fits counts.

    No segment or no stage named means every one. A published version is never changed: a change
    is a draft, a new row with the same ``key`` and the next ``version``, one at a time; publishing it takes
    the version before out of use, rolling back puts an earlier one in use again.
    """

    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    purpose = models.CharField(_("purpose"), max_length=9, choices=Purpose, default=Purpose.HEALTH)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    segments = models.ManyToManyField(Segment, blank=True, related_name="scorecards")
    stages = ArrayField(models.CharField(max_length=10, choices=Stage), default=list, blank=True)
    is_published = models.BooleanField(_("in use"), default=False)
    is_draft = models.BooleanField(_("draft"), default=False)
    based_on = models.ForeignKey("self", models.PROTECT, related_name="+", null=True, blank=True)
    note = models.CharField(_("what is new"), max_length=300, blank=True, default="")
    measures = ArrayField(models.CharField(max_length=40), default=list, blank=True, editable=False)
    green_from = models.DecimalField(_("green from"), max_digits=5, decimal_places=2, default=70)
    yellow_from = models.DecimalField(_("yellow from"), max_digits=5, decimal_places=2, default=45)
    created_on = models.DateField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        verbose_name = _("scorecard")
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="scorecard_version_once"),
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(is_published=True),
                name="scorecard_one_published",
            ),
            models.UniqueConstraint(fields=["key"], condition=Q(is_draft=True), name="scorecard_one_draft"),
            models.CheckConstraint(
                condition=~Q(is_draft=True, is_published=True),
                name="scorecard_draft_is_not_in_use",
            ),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="scorecard_purpose_known"),
            models.CheckConstraint(
                condition=Q(green_from__gt=F("yellow_from")) & Q(yellow_from__gt=0) & Q(green_from__lt=100),
                name="scorecard_bands_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def shown_name(self) -> str:
        """The name in the reader's language where it is one we ship."""
        return translated(self.name)


class MeasureGroup(models.Model):
    """A named share of a scorecard; weights count relative to the other groups."""

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="groups")
    key = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(default=1)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "key"], name="measure_group_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="measure_group_weight_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class ScorecardMeasure(models.Model):
    """How one measure of the catalogue (``health.measures``) is turned into 0–100 whole points.

    Between ``zero_at`` and ``full_at`` points rise in a straight line, outside they stay at 0
    and 100; ``full_at`` below ``zero_at`` means less is better. ``shelf_life_days`` is the age of
    the newest input after which the value counts as missing. ``position`` orders the lines of a card.
    """

    group = models.ForeignKey(MeasureGroup, models.CASCADE, related_name="measures")
    measure = models.SlugField(_("measure"), max_length=40)
    position = models.PositiveSmallIntegerField(default=1, db_default=1, editable=False)
    window_days = models.PositiveSmallIntegerField(_("window (days)"), default=28)
    zero_at = models.DecimalField(_("0 points at"), max_digits=12, decimal_places=4)
    full_at = models.DecimalField(_("100 points at"), max_digits=12, decimal_places=4)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2)
    shelf_life_days = models.PositiveSmallIntegerField(_("shelf life (days)"), default=90)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "measure"], name="scorecard_measure_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="scorecard_measure_weight_positive"),
            models.CheckConstraint(condition=~Q(zero_at=F("full_at")), name="scorecard_measure_slopes"),
            models.CheckConstraint(
                condition=Q(window_days__range=(1, 400)),
                name="scorecard_measure_window",
            ),
        ]

    def __str__(self) -> str:
        return self.measure


class TenureThreshold(models.Model):
    """Other thresholds of a line from so many days after the customer's first contract on.

    Of several the one with the most days that has begun counts; before the first, and where the first contract
    is not known, the line's own thresholds do.
    """

    line = models.ForeignKey(ScorecardMeasure, models.CASCADE, related_name="by_tenure")
    from_days = models.PositiveSmallIntegerField(_("from day"))
    zero_at = models.DecimalField(_("0 points at"), max_digits=12, decimal_places=4)
    full_at = models.DecimalField(_("100 points at"), max_digits=12, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "from_days"], name="tenure_threshold_once"),
            models.CheckConstraint(condition=Q(from_days__gte=1), name="tenure_threshold_after_the_start"),
            models.CheckConstraint(condition=~Q(zero_at=F("full_at")), name="tenure_threshold_slopes"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} from day {self.from_days}"


class Ceiling(models.Model):
    """A rule beside the weights: while its condition holds, the score is at most ``at_most``."""

    class Condition(models.TextChoices):
        CHAMPION_LEFT = "champion_left", _("Champion left, nobody named")
        LOGIN_ONLY = "login_only", _("Log-ins without core work")
        SILENT = "silent", _("No use for 30 days")
        NO_VALUE = "no_value", _("Content with support, no outcome reached")
        OVERDUE = "overdue", _("An invoice is 60 days overdue")

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="ceilings")
    condition = models.CharField(_("condition"), max_length=14, choices=Condition)
    at_most = models.DecimalField(_("at most"), max_digits=5, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "condition"], name="ceiling_once"),
            models.CheckConstraint(condition=Q(at_most__range=(0, 100)), name="ceiling_0_to_100"),
        ]

    def __str__(self) -> str:
        return f"{self.condition} {self.at_most}"


class ScorecardAct(models.Model):
    """Who did what to a scorecard, and when: the log that publishing and rolling back leave."""

    class Act(models.TextChoices):
        DRAFTED = "drafted", _("Draft begun")
        PUBLISHED = "published", _("Published")
        ROLLED_BACK = "rolled_back", _("Rolled back")
        DISCARDED = "discarded", _("Draft discarded")
        RETIRED = "retired", _("Taken out of use")

    key = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField()
    act = models.CharField(max_length=11, choices=Act)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    at = models.DateTimeField()
    day = models.DateField()
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["key", "-id"], name="scorecard_act_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(act__in=["drafted", "published", "rolled_back", "discarded", "retired"]),
                name="scorecard_act_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.version} {self.act}"


class OwnMeasure(models.Model):
    """A measure that an admin made, without code, from a feature's use, an attribute or a survey.

    ``key`` begins with ``own_`` and never changes; scorecards name it as they name a shipped one. ``statistic`` is how
    the source is aggregated over the window. A hidden measure is no longer offered and still counts on the scorecards
    that name it; none is deleted.
    """

    class Source(models.TextChoices):
        FEATURE = "feature", _("Use of a feature")
        ATTRIBUTE = "attribute", _("Attribute of the customer")
        SURVEY = "survey", _("Survey")

    class Statistic(models.TextChoices):
        SUM = "sum", _("Sum")
        MEAN = "mean", _("Average")
        MOST = "most", _("Largest")
        DAYS = "days", _("Days with any")
        TREND = "trend", _("Change against the window before")
        NEWEST = "newest", _("Newest")

    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    about = models.CharField(_("what it says"), max_length=300, blank=True, default="")
    source = models.CharField(_("from"), max_length=9, choices=Source)
    feature = models.ForeignKey("health.Feature", models.PROTECT, related_name="+", null=True, blank=True)
    attribute = models.CharField(_("attribute"), max_length=80, blank=True, default="")
    survey = models.CharField(_("survey"), max_length=6, blank=True, default="")
    statistic = models.CharField(_("taken as"), max_length=6, choices=Statistic)
    window_days = models.PositiveSmallIntegerField(_("window (days)"), default=28)
    zero_at = models.DecimalField(_("0 points at"), max_digits=12, decimal_places=4)
    full_at = models.DecimalField(_("100 points at"), max_digits=12, decimal_places=4)
    shelf_life_days = models.PositiveSmallIntegerField(_("shelf life (days)"), default=90)
    is_hidden = models.BooleanField(_("hidden"), default=False, db_default=False)
    created_on = models.DateField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = _("own measure")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="own_measure_once"),
            models.CheckConstraint(condition=Q(key__startswith="own_"), name="own_measure_key_is_own"),
            models.CheckConstraint(condition=~Q(name=""), name="own_measure_named"),
            models.CheckConstraint(
                condition=Q(source="feature", feature__isnull=False, attribute="", survey="")
                | (Q(source="attribute", feature__isnull=True, survey="") & ~Q(attribute=""))
                | Q(source="survey", feature__isnull=True, attribute="", survey__in=["nps", "csat", "ces", "intent"]),
                name="own_measure_has_its_source",
            ),
            models.CheckConstraint(condition=~Q(zero_at=F("full_at")), name="own_measure_slopes"),
            models.CheckConstraint(condition=Q(window_days__range=(1, 400)), name="own_measure_window"),
        ]

    def __str__(self) -> str:
        return self.name
