"""Which roles may import, beside admins."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0061_files_by_act"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="importers",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=10),
                blank=True,
                db_default=[],
                default=list,
                size=None,
                verbose_name="who may import beside admins",
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(("importers__contained_by", ["manager", "csm"])),
                name="organisation_importers_known",
            ),
        ),
    ]
