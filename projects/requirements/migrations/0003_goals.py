"""Goals as rows: each text that requirements named becomes one, letter by letter, so that every seal still holds."""

import django.db.models.deletion
from django.db import migrations, models


def rows_of_texts(apps, schema_editor):
    """Write a goal for each text of each project, and let the requirements that had it name it."""
    Requirement = apps.get_model("requirements", "Requirement")
    SuccessCriterion = apps.get_model("requirements", "SuccessCriterion")
    named = Requirement.objects.exclude(goal_text="")
    for project_id, text in sorted(set(named.values_list("project_id", "goal_text").order_by())):
        goal = SuccessCriterion.objects.create(project_id=project_id, title=text)
        named.filter(project_id=project_id, goal_text=text).update(success_criterion=goal)


def texts_of_rows(apps, schema_editor):
    """Write the title of its goal into each requirement."""
    Requirement = apps.get_model("requirements", "Requirement")
    SuccessCriterion = apps.get_model("requirements", "SuccessCriterion")
    for goal in SuccessCriterion.objects.all():
        Requirement.objects.filter(success_criterion=goal).update(
            goal_text=goal.title, success_criterion=None
        )


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0013_trace_links"),
        ("requirements", "0002_roadmap"),
    ]

    operations = [
        migrations.RenameField("requirement", "success_criterion", "goal_text"),
        migrations.CreateModel(
            name="SuccessCriterion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "title",
                    models.CharField(
                        help_text="What is better afterwards, such as: Quotes go out on the same day.",
                        max_length=255,
                    ),
                ),
                (
                    "measure",
                    models.TextField(
                        blank=True,
                        help_text="What is counted, where, and how, so that nobody argues about it later.",
                        max_length=4000,
                    ),
                ),
                (
                    "baseline_value",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="Before the project.",
                        max_digits=14,
                        null=True,
                        verbose_name="today",
                    ),
                ),
                (
                    "target_value",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=14, null=True, verbose_name="target"
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        blank=True, help_text="Such as minutes, % of orders, or EUR a year.", max_length=40
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="reached by")),
                (
                    "due_words",
                    models.CharField(
                        blank=True,
                        help_text="A milestone in words, such as: three months after go-live.",
                        max_length=120,
                        verbose_name="or at",
                    ),
                ),
                (
                    "audience",
                    models.CharField(
                        choices=[("internal", "Internal"), ("customer", "Customer")],
                        default="internal",
                        help_text="What the customer may read stands on their portal.",
                        max_length=10,
                        verbose_name="who reads it",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who answers for it.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="goals_owned",
                        to="projects.person",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="success_criteria",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "verbose_name": "goal",
                "ordering": ["title", "pk"],
            },
        ),
        migrations.AddField(
            model_name="requirement",
            name="success_criterion",
            field=models.ForeignKey(
                blank=True,
                help_text="Which of the project's goals it serves. The customer reads its title.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requirements",
                to="requirements.successcriterion",
            ),
        ),
        migrations.AddConstraint(
            model_name="successcriterion",
            constraint=models.UniqueConstraint(
                fields=("project", "title"),
                name="success_criterion_once",
                violation_error_message="This goal is written down already.",
            ),
        ),
        migrations.RunPython(rows_of_texts, texts_of_rows),
    ]
