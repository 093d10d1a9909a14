"""What a search looks for is kept with the row, not computed anew by each index."""

import django.contrib.postgres.indexes
from django.db import migrations

import config.folding


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0046_saved_mappings"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="contact",
            name="contact_words",
        ),
        migrations.RemoveIndex(
            model_name="contract",
            name="contract_words",
        ),
        migrations.RemoveIndex(
            model_name="user",
            name="user_words",
        ),
        config.folding.keep_grams("accounts_contact", "name", "reading", "email"),
        config.folding.keep_grams("accounts_contract", "external_id"),
        config.folding.keep_grams("accounts_user", "name", "email"),
        migrations.AddIndex(
            model_name="contact",
            index=django.contrib.postgres.indexes.GinIndex(
                config.folding.KeptGrams("name", "reading", "email"), name="contact_words"
            ),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=django.contrib.postgres.indexes.GinIndex(
                config.folding.KeptGrams("external_id"), name="contract_words"
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                config.folding.KeptGrams("name", "email"), name="user_words"
            ),
        ),
    ]
