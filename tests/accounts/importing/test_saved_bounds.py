"""What somebody who is no admin saves as a mapping does nothing that only admins may do."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from accounts.imports import saved
from accounts.models import SavedMapping
from tests import factories as make
from tests.factories import DAY

pytestmark = pytest.mark.django_db
TOML = 'source = "billing"\n{top}\n[[file]]\nname = "c.csv"\ninto = "{into}"\n{more}\n[file.fields]\n{fields}\n'
FIELDS = 'external_id = "id"\nname = "name"\n'


def toml(top: str = "", into: str = "customers", more: str = "", fields: str = FIELDS) -> str:
    return TOML.format(top=top, into=into, more=more, fields=fields)


def test_choices_of_admins_stand_in_no_mapping_of_others() -> None:
    make.organisation(importers=["csm"])
    csm, admin = make.user(), make.user("admin")
    user_rows = toml(into="users", fields='email = "email"\nname = "name"\n')
    dated = 'external_id = "id"\ncustomer = "c"\nstarts_on = "from"\nannual_amount = "a"\nproduct = "p"\n'
    ending = toml(into="contracts", more='missing = "ended"', fields=dated)
    for number, text in enumerate((toml("correction = true"), ending, user_rows)):
        with pytest.raises(ValidationError) as refused:
            saved.save(SavedMapping(name=f"M{number}", toml=text), csm, DAY)
        assert "toml" in refused.value.message_dict
        saved.save(SavedMapping(name=f"M{number}", toml=text), admin, DAY)
    saved.save(SavedMapping(name="mine", toml=toml()), csm, DAY)
    assert SavedMapping.objects.count() == 4


def test_a_shipped_mapping_is_hidden_by_an_admins_alone() -> None:
    make.organisation(importers=["csm"])
    csm, admin = make.user(), make.user("admin")
    with pytest.raises(ValidationError) as refused:
        saved.save(SavedMapping(name="hubspot", toml=toml()), csm, DAY)
    assert "name" in refused.value.message_dict
    assert saved.free_name("hubspot") == "hubspot 2"
    # One of before that is there already.
    row = SavedMapping.objects.create(name="hubspot", toml=toml(), by=csm)
    assert saved.named("hubspot").name == "hubspot.toml"
    saved.save(row, admin, DAY)
    assert saved.named("hubspot").name == "hubspot"
