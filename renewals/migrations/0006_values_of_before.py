"""On the way back: values that the columns of before cannot hold become the nearest that they can.

Nothing changes on the way forward. What was void is then lost without money, an amount that cannot be told is 0, and
one beyond the digits of before is the largest of them.
"""

from django.db import migrations

LARGEST = "999999999999.99"
BACK = f"""
    UPDATE renewals_renewal SET outcome = 'churned', void_reason = '', arr = 0, arr_going_on = NULL, closed_arr = 0,
        before_closing = '{{}}'
    WHERE outcome = 'void';
    UPDATE renewals_renewal SET arr_going_on = NULL, arr = least(coalesce(arr, 0), {LARGEST}),
        closed_arr = CASE WHEN stage = 'closed' THEN least(coalesce(closed_arr, 0), {LARGEST}) END
    WHERE arr IS NULL OR arr > {LARGEST} OR stage = 'closed' AND closed_arr IS NULL OR closed_arr > {LARGEST};
"""


class Migration(migrations.Migration):
    dependencies = [("renewals", "0005_leaving_and_leads_are_noted")]

    operations = [migrations.RunSQL(migrations.RunSQL.noop, BACK)]
