from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import budget.models.expenses

MOVED = ("receipt", "receipt_name", "preview", "preview_state")


def move(apps: Any, schema_editor: Any) -> None:
    """Make a row of its own of each expense's receipt; the files stay where they are."""
    Expense, Receipt = apps.get_model("budget", "Expense"), apps.get_model("budget", "Receipt")
    rows = Expense._base_manager.exclude(receipt="").values_list("pk", *MOVED)
    Receipt.objects.bulk_create(
        (
            Receipt(expense_id=pk, file=file, name=name or "receipt", preview=preview, preview_state=state)
            for pk, file, name, preview, state in rows.iterator()
        ),
        batch_size=500,
    )


def move_back(apps: Any, schema_editor: Any) -> None:
    """Give each expense its first receipt back."""
    Expense, Receipt = apps.get_model("budget", "Expense"), apps.get_model("budget", "Receipt")
    for row in Receipt.objects.order_by("-pk").iterator():
        Expense._base_manager.filter(pk=row.expense_id).update(
            receipt=row.file, receipt_name=row.name, preview=row.preview, preview_state=row.preview_state
        )


class Migration(migrations.Migration):
    dependencies = [("budget", "0012_name_contracts")]

    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file", models.FileField(max_length=200, upload_to=budget.models.expenses.receipt_path)),
                ("name", models.CharField(max_length=200)),
                (
                    "preview",
                    models.FileField(
                        blank=True, max_length=200, upload_to=budget.models.expenses.preview_path
                    ),
                ),
                (
                    "preview_state",
                    models.CharField(
                        choices=[
                            ("waiting", "Being drawn"),
                            ("ready", "Ready"),
                            ("failed", "Cannot be drawn"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "expense",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="budget.expense",
                    ),
                ),
            ],
            options={"ordering": ["pk"]},
        ),
        migrations.RunPython(move, move_back),
        *(migrations.RemoveField(model_name="expense", name=name) for name in MOVED),
    ]
