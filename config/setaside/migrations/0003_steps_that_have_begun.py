from django.db import migrations, models
from django.db.models import Q

BACK = "UPDATE setaside_steprun SET state = 'done' WHERE state = 'begun'"


class Migration(migrations.Migration):
    """A step has begun before it is done; backwards what has begun reads done, as it did before."""

    dependencies = [("setaside", "0002_how_steps_went")]

    operations = [
        migrations.AddField("steprun", "left", models.PositiveIntegerField(default=0, db_default=0)),
        migrations.AlterField(
            "steprun",
            "state",
            models.CharField(choices=[("begun", "Begun"), ("done", "Done"), ("failed", "Failed")], max_length=6),
        ),
        migrations.RemoveConstraint("steprun", "step_run_state_known"),
        migrations.RemoveConstraint("steprun", "step_run_failed_has_reason"),
        migrations.AddConstraint(
            "steprun",
            models.CheckConstraint(condition=Q(state__in=["begun", "done", "failed"]), name="step_run_state_known"),
        ),
        migrations.AddConstraint(
            "steprun",
            models.CheckConstraint(
                condition=Q(state__in=["begun", "done"], reason="") | Q(state="failed") & ~Q(reason=""),
                name="step_run_failed_has_reason",
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, BACK),
    ]
