from typing import Any

from django.db import migrations

AGREED = ("decision", "approved", "implemented", "closed")


def name_contracts(apps: Any, schema_editor: Any) -> None:
    """Write down which contract a change that the customer has read amends: that of the first task it is about."""
    Contract = apps.get_model("budget", "Contract")
    ChangeRequest = apps.get_model("budget", "ChangeRequest")
    Task = apps.get_model("projects", "Task")
    projects = Contract.objects.filter(deleted_at=None).values_list("project_id", flat=True).distinct()
    for project_id in projects:
        rows = Contract.objects.filter(project_id=project_id, deleted_at=None)
        by_task = {row.task_id: row.pk for row in rows}
        # Which managers a task has here depends on how far its own room has come.
        rows_of_plan = Task._base_manager.filter(project_id=project_id)
        parents = dict(rows_of_plan.values_list("pk", "parent_id"))
        for change in ChangeRequest.objects.filter(project_id=project_id, status__in=AGREED):
            lines = change.lines.exclude(task=None).order_by("pk")
            at = lines.values_list("task_id", flat=True).first()
            while at is not None and at not in by_task:
                at = parents.get(at)
            contract = by_task.get(at) or by_task.get(None)
            if contract is not None:
                ChangeRequest.objects.filter(pk=change.pk).update(contract_id=contract)


class Migration(migrations.Migration):
    dependencies = [
        ("budget", "0011_change_contract"),
    ]

    operations = [
        migrations.RunPython(name_contracts, migrations.RunPython.noop),
    ]
