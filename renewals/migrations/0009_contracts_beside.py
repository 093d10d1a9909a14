"""The sweep also looks at contracts that begin to stand beside another."""

import importlib

from django.db import migrations

BEFORE = importlib.import_module("renewals.migrations.0005_leaving_and_leads_are_noted").NOTE
BEFORE = BEFORE[: BEFORE.index("CREATE FUNCTION renewals_note_lead()")]
NOTE = BEFORE.replace("f.replaced_by_id)", "f.replaced_by_id, f.beside_id)").replace(
    "s.replaced_by_id)", "s.replaced_by_id, s.beside_id)"
)


class Migration(migrations.Migration):
    dependencies = [("renewals", "0008_no_copies_of_starts"), ("accounts", "0026_contracts_beside")]

    operations = [migrations.RunSQL(NOTE, BEFORE)]
