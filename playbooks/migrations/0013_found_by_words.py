import django.contrib.postgres.indexes
from django.db import migrations, models

import config.folding


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0037_found_by_words"),
        ("playbooks", "0012_how_long_tasks_took"),
        ("renewals", "0011_calls_undone"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=django.contrib.postgres.indexes.GinIndex(
                config.folding.SearchGrams("title"),
                condition=models.Q(("done_at__isnull", True)),
                name="task_open_words",
            ),
        ),
    ]
