"""The planned duration of a piece of work where an admin set another than the shipped one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.fields import DAY_MINUTES


def within_a_day(column: str = "minutes") -> Q:
    """A duration is unknown, or at least a minute and at most a day."""
    return Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__range": (1, DAY_MINUTES)})


class Effort(models.Model):
    """The planned minutes of a piece of work of ``kind`` (``accounts.workload``); 0: it takes nobody's time."""

    kind = models.SlugField(_("kind of work"), max_length=20, unique=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"))

    class Meta:
        verbose_name = _("planned duration")
        verbose_name_plural = _("planned durations")
        constraints = [
            models.CheckConstraint(condition=Q(minutes__range=(0, DAY_MINUTES)), name="effort_within_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.minutes}"
