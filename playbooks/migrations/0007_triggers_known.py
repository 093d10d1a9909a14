from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0006_drops_and_limits_are_states")]

    operations = [
        migrations.AddConstraint(
            model_name="playbookversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "trigger_kind__in",
                        [
                            "renewal_due",
                            "renewal_closed",
                            "milestone_missed",
                            "stage_entered",
                            "case_opened",
                            "state",
                            "by_hand",
                        ],
                    )
                ),
                name="playbook_trigger_known",
            ),
        ),
    ]
