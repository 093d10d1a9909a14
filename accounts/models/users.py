"""People who log in, their managers, and their covers."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts import access
from config.folding import KeptGrams
from config.stamps import Stamped


class Role(models.TextChoices):
    CSM = "csm", _("CSM")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")
    VIEWER = "viewer", _("Viewer")


class DigestScope(models.TextChoices):
    """The customers that the daily digest covers; none chosen: those that suit the role."""

    OWN = "own", _("My customers")
    TEAM = "team", _("My team’s customers")
    ALL = "all", _("All customers")


class UserQuerySet(models.QuerySet["User"]):
    def people(self) -> UserQuerySet:
        """Everybody but programs, which act by tokens only."""
        return self.filter(is_service=False)

    def visible_to(self, user: User) -> UserQuerySet:
        """People whose customers ``user`` looks after or sees, whom a filter may therefore name."""
        people = self.people()
        return people if user.role in {Role.ADMIN, Role.VIEWER} else people.filter(pk__in=access.owners_for(user))

    def may_own(self) -> UserQuerySet:
        """Those who may have customers: active people of every role but viewers."""
        return self.people().filter(is_active=True).exclude(role=Role.VIEWER)

    def joined(self) -> UserQuerySet:
        """People who have joined: with a password, or signed in by another way."""
        return self.exclude(last_login__isnull=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # made on the fly
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A saved user; without a password nobody can sign in until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        fields.setdefault("role", Role.ADMIN)
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin, Stamped):
    """Signs in by email. Deactivated, never deleted, but by the Undo of the import that added somebody nobody has invited."""

    email = models.EmailField(_("email"))
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.CSM)
    manager = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("reports to"),
        related_name="reports",
        null=True,
        blank=True,
    )
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=[("en", "English"), ("ja", "日本語")],
        default="en",
    )
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    digest_scope = models.CharField(
        _("daily digest about"), max_length=4, choices=DigestScope, blank=True, default="", db_default=""
    )
    digest_mail = models.BooleanField(_("daily digest by email"), default=True, db_default=True)
    weekly_hours = models.DecimalField(
        _("Hours a week by contract"), max_digits=4, decimal_places=1, default=40, db_default=40
    )
    customer_share = models.PositiveSmallIntegerField(
        _("Of it for customers (percent)"),
        default=80,
        db_default=80,
    )
    is_active = models.BooleanField(_("active"), default=True)
    # A program, which acts by tokens (``accounts.tokens``) and never signs in.
    is_service = models.BooleanField(_("program"), default=False, db_default=False, editable=False)
    is_staff = models.BooleanField(_("may open the Django admin"), default=False)
    date_joined = models.DateTimeField(_("joined"), db_default=Now())

    # When the newest invitation was sent; null where none was, or it was withdrawn.
    invited_at = models.DateTimeField(_("invited"), null=True, editable=False)

    guide_put_away = models.BooleanField(_("first steps put away"), default=False, db_default=False, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [GinIndex(KeptGrams("name", "email"), name="user_words")]
        constraints = [
            models.UniqueConstraint(fields=["email"], name="user_email_once"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(
                condition=Q(digest_scope__in=["", *DigestScope.values]), name="user_digest_scope_known"
            ),
            models.CheckConstraint(
                condition=Q(manager__isnull=True) | ~Q(manager=F("id")),
                name="user_reports_to_another",
            ),
            models.CheckConstraint(
                condition=Q(weekly_hours__range=(0, 100), customer_share__range=(0, 100)), name="user_hours_possible"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    @property
    def has_joined(self) -> bool:
        """Same rule as ``UserQuerySet.joined``."""
        return self.last_login is not None or self.has_usable_password()

    def get_full_name(self) -> str:
        return self.name

    @property
    def may_own(self) -> bool:
        """Whether this person may have customers, as ``UserQuerySet.may_own``."""
        return self.is_active and not self.is_service and self.role != Role.VIEWER

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class Cover(models.Model):
    """``owner`` is away from ``starts_on`` up to, not including, ``ends_on``; ``by`` covers, NULL while nobody does.

    A cover that was called off before it began ends on the day it starts. Two covers of one owner never overlap.
    """

    owner = models.ForeignKey(User, models.CASCADE, verbose_name=_("away"), related_name="covered_by")
    by = models.ForeignKey(
        User, models.CASCADE, verbose_name=_("covered by"), related_name="covers", null=True, blank=True
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))

    class Meta:
        verbose_name = _("cover")
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="cover_ends_not_before_start"),
            models.CheckConstraint(condition=~Q(owner=F("by")), name="cover_by_another"),
            # A range of the single owner id makes equality work under GiST without an extension.
            ExclusionConstraint(
                name="cover_one_at_a_time",
                index_type="gist",
                expressions=[
                    (Func(F("owner_id"), F("owner_id"), Value("[]"), function="int8range"), "&&"),
                    (Func(F("starts_on"), F("ends_on"), function="daterange"), "&&"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by or 'nobody'} for {self.owner}"

    @property
    def last_day(self) -> dt.date:
        """The last day of the absence: ends are exclusive, people read inclusive ones."""
        return self.ends_on - dt.timedelta(days=1)
