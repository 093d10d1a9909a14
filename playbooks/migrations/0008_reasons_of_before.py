"""On the way back: reasons for leaving a play that were not known before become the nearest that were.

Nothing changes on the way forward.
"""

from django.db import migrations

BACK = """
    UPDATE playbooks_enrolment SET exit_reason = CASE exit_reason WHEN 'case' THEN 'stopped' ELSE 'closed' END
    WHERE exit_reason IN ('case', 'void', 'leaves');
"""


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0007_triggers_known"), ("renewals", "0006_values_of_before")]

    operations = [migrations.RunSQL(migrations.RunSQL.noop, BACK)]
