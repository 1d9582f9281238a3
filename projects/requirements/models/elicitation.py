"""How requirements are found: workshops, the words of the customer's trade, and what is not answered yet."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from implement.core.choices import StateField
from implement.core.db import LiveManager, TrashModel, VersionedModel
from projects.choices import Audience
from projects.models import Person, Project
from projects.requirements.choices import QuestionState
from projects.requirements.querysets import SuccessCriterionQuerySet


class Workshop(VersionedModel, TrashModel):
    """A meeting in which needs are found; requirements are captured from its notes."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="workshops")
    title = models.CharField(max_length=200)
    held_on = models.DateField("date")
    place = models.CharField(max_length=120, blank=True, help_text="A room, or the address of a call.")
    lead = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="workshops_led", verbose_name="led by"
    )
    attendees = models.ManyToManyField(Person, blank=True, related_name="workshops")
    guests = models.CharField(
        "further attendees",
        max_length=500,
        blank=True,
        help_text="Names of those who are not on the project.",
    )
    notes = models.TextField(max_length=100_000, blank=True, help_text="Markdown. Internal.")

    objects = LiveManager()
    with_trash = models.Manager()

    class Meta(TrashModel.Meta):
        abstract = False
        ordering = ["-held_on", "-pk"]

    def __str__(self) -> str:
        return self.title


class GlossaryTerm(VersionedModel):
    """A word of the customer's trade, and what everybody means by it. The customer reads it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="glossary")
    term = models.CharField(max_length=80)
    definition = models.TextField(max_length=4000)
    synonyms = models.CharField(
        max_length=255, blank=True, help_text="Other words for the same, with commas between."
    )

    class Meta:
        verbose_name = "glossary term"
        ordering = ["term", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("term"),
                "project",
                name="glossary_term_once",
                violation_error_message="This term is explained already.",
            )
        ]

    def __str__(self) -> str:
        return self.term


class SuccessCriterion(VersionedModel):
    """A goal that both sides agreed on, by which the project is judged; requirements say which one they serve.

    What the customer signs of a requirement holds the title of its goal as text: a new title is a new version of every
    requirement that names it (services/goals.py). Measure, values and day are not signed.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="success_criteria")
    title = models.CharField(
        max_length=255, help_text="What is better afterwards, such as: Quotes go out on the same day."
    )
    measure = models.TextField(
        max_length=4000,
        blank=True,
        help_text="What is counted, where, and how, so that nobody argues about it later.",
    )
    baseline_value = models.DecimalField(
        "today", max_digits=14, decimal_places=4, null=True, blank=True, help_text="Before the project."
    )
    target_value = models.DecimalField("target", max_digits=14, decimal_places=4, null=True, blank=True)
    unit = models.CharField(
        max_length=40, blank=True, help_text="Such as minutes, % of orders, or EUR a year."
    )
    due_on = models.DateField("reached by", null=True, blank=True)
    due_words = models.CharField(
        "or at",
        max_length=120,
        blank=True,
        help_text="A milestone in words, such as: three months after go-live.",
    )
    owner = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="goals_owned",
        help_text="Who answers for it.",
    )
    audience = models.CharField(
        "who reads it", max_length=10, choices=Audience, default=Audience.INTERNAL,
        help_text="What the customer may read stands on their portal.",
    )  # fmt: skip

    objects = SuccessCriterionQuerySet.as_manager()

    class Meta:
        verbose_name = "goal"
        ordering = ["title", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "title"],
                name="success_criterion_once",
                violation_error_message="This goal is written down already.",
            )
        ]

    def __str__(self) -> str:
        return self.title


class OpenQuestion(VersionedModel, TrashModel):
    """What must be answered before a requirement can be written down, with who answers it and until when."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="open_questions")
    text = models.CharField("question", max_length=500)
    owner = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="questions_owned",
        verbose_name="who answers",
    )
    due_on = models.DateField("answer needed by", null=True, blank=True)
    workshop = models.ForeignKey(Workshop, models.PROTECT, null=True, blank=True, related_name="questions")
    requirement = models.ForeignKey(
        "requirements.Requirement", models.CASCADE, null=True, blank=True, related_name="questions"
    )
    answer = models.TextField(max_length=4000, blank=True)
    status = StateField(states=QuestionState, default=QuestionState.OPEN)

    objects = LiveManager()
    with_trash = models.Manager()

    class Meta(TrashModel.Meta):
        abstract = False
        verbose_name = "open question"
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.text[:120]
