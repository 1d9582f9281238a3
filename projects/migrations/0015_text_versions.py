"""Tasks count the versions of their text; links that had no version of an end get the first one."""

from typing import Any

from django.db import migrations, models

COUNTED = ["task", "build", "decision"]


def first_versions(apps: Any, schema_editor: Any) -> None:
    """Say of every link which version stood when it was made: until now there was one."""
    links = apps.get_model("projects", "TraceLink").objects.all()
    links.filter(source_kind__in=COUNTED, source_revision=None).update(source_revision=1)
    links.filter(target_kind__in=COUNTED, target_revision=None).update(target_revision=1)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0014_attached_pictures"),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="revision",
            field=models.PositiveIntegerField(default=1, editable=False, verbose_name="text version"),
        ),
        migrations.RunPython(first_versions, migrations.RunPython.noop),
    ]
