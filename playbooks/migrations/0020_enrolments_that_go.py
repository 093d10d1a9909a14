"""An enrolment leaves an entry when it goes."""

from django.db import migrations

from config.history.gone import tell_gone


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0019_merges")]

    operations = [tell_gone("playbooks_enrolment", source="", external_id="")]
