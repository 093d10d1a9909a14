"""Where a customer stands: retention state, rung of the ladder, next motion, adoption journey, first 90 days."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Customer


class StandingKind(models.TextChoices):
    RETENTION = "retention", _("Retention state")
    LADDER = "ladder", _("Loyalty level")
    MOTION = "motion", _("Next action")


class RetentionState(models.TextChoices):
    """Whether a customer stays because it chooses to (field guide item 5)."""

    ACTIVE = "active", pgettext_lazy("retention state", "Engaged")
    PASSIVE = "passive", pgettext_lazy("retention state", "Disengaged")
    UNKNOWN = "unknown", pgettext_lazy("retention state", "Unknown")


class Rung(models.TextChoices):
    """The highest thing a customer has shown (field guide item 6), lowest first."""

    NONE = "none", pgettext_lazy("loyalty level", "None yet")
    RETENTION = "retention", pgettext_lazy("loyalty level", "Retention")
    LOYALTY = "loyalty", pgettext_lazy("loyalty level", "Loyalty")
    ADVOCACY = "advocacy", pgettext_lazy("loyalty level", "Advocacy")


class Motion(models.TextChoices):
    """The one thing to do next with a customer (field guide items 30 and 36)."""

    PART = "part", pgettext_lazy("next action", "Offboard well")
    SAVE = "save", pgettext_lazy("next action", "Save with high touch")
    HIGH_TOUCH = "high_touch", pgettext_lazy("next action", "High touch")
    ONBOARD = "onboard", pgettext_lazy("next action", "Onboarding help")
    PREPARE = "prepare", pgettext_lazy("next action", "Prepare the renewal")
    FIND_OUT = "find_out", pgettext_lazy("next action", "Check in")
    EXPAND = "expand", pgettext_lazy("next action", "Expansion outreach")
    TOUCH = "touch", pgettext_lazy("next action", "Get back in touch")
    STRENGTHEN = "strengthen", pgettext_lazy("next action", "Strengthen weak areas")
    NURTURE = "nurture", pgettext_lazy("next action", "Automated nurture")


STATES: dict[str, list[str]] = {
    StandingKind.RETENTION: RetentionState.values,
    StandingKind.LADDER: Rung.values,
    StandingKind.MOTION: Motion.values,
}


def state_known(name: str, *, ended: bool) -> models.CheckConstraint:
    """Each kind has states of its own; ``ended`` allows the empty one of a customer that is no longer current."""
    condition = Q()
    for kind, states in STATES.items():
        condition |= Q(kind=kind, state__in=[*states, ""] if ended else states)
    return models.CheckConstraint(condition=condition, name=name)


class Standing(models.Model):
    """A current customer's state of one kind today: exactly one row a customer and kind.

    ``facts`` are its evidence in words and dates, never in figures that change by themselves with the day.
    """

    pk = models.CompositePrimaryKey("customer_id", "kind")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="standings", db_index=False)
    kind = models.CharField(max_length=9, choices=StandingKind)
    state = models.CharField(max_length=10)
    since = models.DateField()
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["kind", "state", "customer"], name="standing_by_state")]
        constraints = [state_known("standing_state_known", ended=False)]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}: {self.state}"


class StandingChange(models.Model):
    """A customer's state from ``from_day`` on, until its next row of that kind; empty: it is no longer current."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="standing_changes", db_index=False)
    kind = models.CharField(max_length=9, choices=StandingKind)
    from_day = models.DateField()
    state = models.CharField(max_length=10, blank=True, default="")
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["kind", "-from_day", "-id"], name="standing_change_newest")]
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "from_day"], name="standing_change_once_a_day"),
            state_known("standing_change_state_known", ended=True),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind} {self.from_day}: {self.state}"


class JourneyStep(models.Model):
    """A step of the adoption journey, in its order: activation, adoption, expansion, renewal (field guide item 25).

    The customer is in the one step without ``left_on``. ``skipped`` is why a step was left without evidence that it
    was done: skipped, or (``not_recorded``) unknown.
    """

    class Step(models.TextChoices):
        ACTIVATION = "activation", pgettext_lazy("step of the journey", "Activation")
        ADOPTION = "adoption", pgettext_lazy("step of the journey", "Adoption")
        EXPANSION = "expansion", pgettext_lazy("step of the journey", "Expansion")
        RENEWAL = "renewal", pgettext_lazy("step of the journey", "Renewal")

    class Skipped(models.TextChoices):
        NOT_RECORDED = "not_recorded", _("Its first months are not in the record")
        NOT_SEEN = "not_seen", _("The next step was done while this one was not seen in the data")
        NO_GROWTH = "no_growth", _("It renewed without having grown")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="journey", db_index=False)
    step = models.CharField(max_length=10, choices=Step)
    entered_on = models.DateField()
    left_on = models.DateField(null=True, blank=True)
    skipped = models.CharField(max_length=12, choices=Skipped, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["step", "entered_on", "customer"], condition=Q(left_on__isnull=True), name="journey_step_now"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "step"], name="journey_step_once"),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(left_on__isnull=True), name="journey_one_step_now"
            ),
            models.CheckConstraint(
                condition=Q(step__in=["activation", "adoption", "expansion", "renewal"]), name="journey_step_known"
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("entered_on")), name="journey_left_after_entered"
            ),
            models.CheckConstraint(
                condition=Q(skipped="")
                | Q(left_on__isnull=False, skipped__in=["not_recorded", "not_seen", "no_growth"]),
                name="journey_skip_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.step} {self.entered_on}"


class FirstNinety(models.Model):
    """How the first 90 days of a customer's latest stretch of paid revenue went, judged once on day 90 (field guide item 24)."""

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="first_ninety")
    judged_on = models.DateField(_("judged on"))
    is_good = models.BooleanField()
    activation = models.BooleanField(_("activation"))
    value = models.BooleanField(_("first value"))
    growth = models.BooleanField(_("usage growth"))
    team = models.BooleanField(_("team adoption"))

    class Meta:
        indexes = [models.Index(fields=["judged_on"], name="first_ninety_judged_on")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.judged_on}: {'good' if self.is_good else 'bad'}"
