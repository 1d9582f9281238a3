"""Single days of a calendar may have a name."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0011_live_rows_first"),
    ]

    operations = [
        migrations.AddField(
            model_name="workcalendar",
            name="day_names",
            field=models.JSONField(blank=True, default=dict, verbose_name="names of single days"),
        ),
    ]
