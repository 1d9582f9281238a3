"""The text of a goal is gone: the row has it. Apart from 0003, for PostgreSQL alters no table whose rows just changed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("requirements", "0003_goals"),
    ]

    operations = [
        migrations.RemoveField("requirement", "goal_text"),
    ]
