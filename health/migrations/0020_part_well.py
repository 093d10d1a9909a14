"""Customers whose end is confirmed have a motion of their own; on the way back they are to be saved again."""

from django.db import migrations, models

BACK = """
    UPDATE health_standing SET state = 'save' WHERE kind = 'motion' AND state = 'part';
    UPDATE health_standingchange SET state = 'save' WHERE kind = 'motion' AND state = 'part';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("health", "0019_precision_in_tenths"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="standing",
            name="standing_state_known",
        ),
        migrations.RemoveConstraint(
            model_name="standingchange",
            name="standing_change_state_known",
        ),
        migrations.RunSQL(migrations.RunSQL.noop, BACK),
        migrations.AddConstraint(
            model_name="standing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "retention"), ("state__in", ["active", "passive", "unknown"])),
                    models.Q(("kind", "ladder"), ("state__in", ["none", "retention", "loyalty", "advocacy"])),
                    models.Q(
                        ("kind", "motion"),
                        (
                            "state__in",
                            [
                                "part",
                                "save",
                                "high_touch",
                                "onboard",
                                "prepare",
                                "find_out",
                                "expand",
                                "touch",
                                "strengthen",
                                "nurture",
                            ],
                        ),
                    ),
                    _connector="OR",
                ),
                name="standing_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="standingchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "retention"), ("state__in", ["active", "passive", "unknown", ""])),
                    models.Q(("kind", "ladder"), ("state__in", ["none", "retention", "loyalty", "advocacy", ""])),
                    models.Q(
                        ("kind", "motion"),
                        (
                            "state__in",
                            [
                                "part",
                                "save",
                                "high_touch",
                                "onboard",
                                "prepare",
                                "find_out",
                                "expand",
                                "touch",
                                "strengthen",
                                "nurture",
                                "",
                            ],
                        ),
                    ),
                    _connector="OR",
                ),
                name="standing_change_state_known",
            ),
        ),
    ]
