"""``manage.py setup``: an installation of one's own, without the demo."""

from __future__ import annotations

from typing import Any, Final

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.forms.models import model_to_dict
from django.urls import reverse

from accounts import shipped as segments
from accounts.forms.settings import OrganisationForm
from accounts.models import Customer, Organisation, Role, User
from config import clock, probes, set_up, shipped
from config.run import prepare

OPTIONS: Final = {"name": "name", "time_zone": "time_zone", "currency": "currency", "frozen_today": "frozen_day"}


class Command(BaseCommand):
    help = (
        "Start an installation of one's own: its organisation, the segments, scorecards, rules and playbooks that ship, "
        "and a first admin with a link to choose a password. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="the company's name")
        parser.add_argument("--time-zone", required=True, help="as in Asia/Tokyo")
        parser.add_argument("--currency", required=True, help="three letters, as in USD: every figure is shown in it")
        parser.add_argument("--frozen-day", help="YYYY-MM-DD, for data that end in the past (default: the real day)")
        parser.add_argument("--admin", metavar="EMAIL", help="who may configure; gets a link to choose a password")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not probes.migrated():
            prepare.migrate()
        with transaction.atomic():
            row = self.organisation(options)
            admin = self.admin(options["admin"]) if options["admin"] else None
            row.save()
            shipped.install(clock.today())
            if not has_data():
                segments.fit(row.currency)
        self.stdout.write(f"{row.name} is set up: {row.time_zone}, {row.currency}, day {clock.today()}.")
        if admin is None:
            return
        if admin.has_joined:
            self.stdout.write(f"{admin.email} can sign in already.")
            return
        if not row.url:
            self.stdout.write(
                f"The address of this installation is not set: once it is started it is {set_up.address()} (or its PORT)."
            )
        self.stdout.write(f"{admin.email} chooses a password at this address, once: {self.link(row, admin)}")

    def organisation(self, options: dict[str, Any]) -> Organisation:
        """The organisation with the requested values, checked and not saved; refused where another one has data."""
        stored = Organisation.objects.filter(pk=1).first()
        row = stored or Organisation(pk=1)
        before = model_to_dict(row)
        requested = {field: options[option] for field, option in OPTIONS.items()}
        data = {name: "" if value is None else value for name, value in (before | requested).items()}
        form = OrganisationForm(data, instance=row)
        if not form.is_valid():
            field, messages = next(iter(form.errors.items()))
            option = OPTIONS.get(field, field).replace("_", "-")
            raise CommandError(f"--{option}: {' '.join(str(message) for message in messages)} Nothing was changed.")
        checked: Organisation = form.save(commit=False)
        if stored and any(before[field] != getattr(checked, field) for field in OPTIONS) and has_data():
            raise CommandError(f"An organisation with data is here already: {before['name']}. Nothing was changed.")
        return checked

    def admin(self, text: str) -> User:
        """The person with this address, made as an admin without a password where there is nobody."""
        email = text.strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"--admin: {text!r} is no email address. Nothing was changed.") from None
        person = User.objects.filter(email=email).first()
        if person is None:
            return User.objects.create_user(email=email, name=email.partition("@")[0], role=Role.ADMIN)
        if person.role != Role.ADMIN or not person.is_active:
            raise CommandError(f"--admin: {email} is here already and no active admin. Nothing was changed.")
        return person

    def link(self, row: Organisation, admin: User) -> str:
        """The address where ``admin`` chooses a password; the first use and every sign-in invalidate it."""
        key = {"uidb36": user_pk_to_url_str(admin), "key": default_token_generator.make_token(admin)}
        return f"{(row.url or set_up.address()).rstrip('/')}{reverse('account_reset_password_from_key', kwargs=key)}"


def has_data() -> bool:
    """Whether there is data to lose: customers, or people who have signed in or can."""
    return Customer.objects.exists() or User.objects.joined().exists()
