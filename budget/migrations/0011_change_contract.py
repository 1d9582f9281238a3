import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("budget", "0010_live_rows_first")]

    operations = [
        migrations.AlterModelOptions(name="alert", options={"ordering": ["severity", "-first_seen", "-pk"]}),
        migrations.AlterField(
            model_name="invoiceline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("time", "Hours"),
                    ("expense", "Expense"),
                    ("milestone", "Milestone"),
                    ("retention", "Retention"),
                    ("cap", "Agreed limit"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="changerequest",
            name="contract",
            field=models.ForeignKey(
                blank=True,
                help_text="The contract that it amends: its price comes on top of that one's.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="budget.contract",
            ),
        ),
    ]
