"""The customer that an override names, where that one was merged."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0071_pairs_of_twins"),
        ("health", "0035_what_imports_replaced"),
    ]

    operations = [
        migrations.AddField(
            model_name="override",
            name="named",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="accounts.customer",
            ),
        ),
    ]
