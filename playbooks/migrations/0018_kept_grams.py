"""What a search looks for is kept with the row, not computed anew by each index."""

import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models

import config.folding


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0050_kept_grams"),
        ("playbooks", "0017_steps_of_usable_values"),
        ("renewals", "0001_squashed_0011_calls_undone"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="task",
            name="task_open_words",
        ),
        config.folding.keep_grams("playbooks_task", "title"),
        config.folding.keep_grams("playbooks_playbook", "name"),  # few: no index
        migrations.AddIndex(
            model_name="task",
            index=django.contrib.postgres.indexes.GinIndex(
                config.folding.KeptGrams("title"), condition=models.Q(("done_at__isnull", True)), name="task_open_words"
            ),
        ),
    ]
