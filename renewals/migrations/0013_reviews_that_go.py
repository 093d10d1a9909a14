"""A business review leaves an entry when it goes."""

from django.db import migrations

from config.history.gone import tell_gone


class Migration(migrations.Migration):
    dependencies = [("renewals", "0012_merges")]

    operations = [tell_gone("renewals_qbr", source="", external_id="")]
