from django.db import migrations, models


class Migration(migrations.Migration):
    """Heartbeats are of the moment: those of a release before are dropped."""

    dependencies = [("outbox", "0003_sending_and_decided")]

    operations = [
        migrations.RunSQL("DELETE FROM outbox_heartbeat", migrations.RunSQL.noop),
        migrations.AlterField(
            "heartbeat", "process", models.CharField(max_length=120, primary_key=True, serialize=False)
        ),
        migrations.AddField("heartbeat", "member", models.CharField(default="", max_length=20), preserve_default=False),
        migrations.AlterField("heartbeat", "redis_ok", models.BooleanField(null=True)),
        migrations.AddField("heartbeat", "redis_version", models.CharField(blank=True, default="", max_length=40)),
        migrations.AddField("heartbeat", "clock_ahead", models.FloatField(null=True)),
    ]
