"""Requests to a named contact, what exactly was asked, and the decisions that answer them."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from implement.core.choices import StateField
from implement.core.db import AppendOnlyModel, VersionedModel
from projects.models import Outgoing, Person, Project
from projects.signoffs.choices import MailKind, RequestState
from projects.signoffs.querysets import DecisionQuerySet, RequestQuerySet


class ResponseRequest(VersionedModel):
    """A question to one named contact, answered once through one signed link, until a day.

    `uid` is what the link names; the link itself is signed and stored nowhere. The code proves that who opens it
    reads the contact's mail: a forwarded link is of no use. `code_*` belong to the code that was mailed last.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="response_requests")
    purpose = models.CharField(max_length=40)
    title = models.CharField(max_length=255)
    person = models.ForeignKey(
        Person, models.PROTECT, related_name="response_requests", verbose_name="addressed to"
    )
    address = models.EmailField()
    message = models.TextField(max_length=2000, blank=True)
    due_on = models.DateField("answer by")
    expires_at = models.DateTimeField("link works until")
    state = StateField(states=RequestState, default=RequestState.OPEN)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name="asked by"
    )
    opened_at = models.DateTimeField("first opened", null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField("last reminder", null=True, blank=True, editable=False)
    reminders = models.PositiveSmallIntegerField(default=0, editable=False)
    closed_at = models.DateTimeField("closed", null=True, blank=True, editable=False)
    code_digest = models.CharField(max_length=64, blank=True, editable=False)
    code_until = models.DateTimeField(null=True, editable=False)
    code_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    codes_sent = models.PositiveSmallIntegerField(default=0, editable=False)
    codes_since = models.DateTimeField(null=True, editable=False)

    # The journal is no place for what opens a door.
    untold = frozenset({"uid", "code_digest"})

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = "sign-off request"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["project", "state"], name="request_by_state"),
            models.Index(fields=["person", "state"], name="request_of_person"),
        ]

    def __str__(self) -> str:
        return self.title


class Pinned(AppendOnlyModel):
    """What is said about one row of a project, for ever."""

    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    object_id = models.PositiveBigIntegerField()
    target = GenericForeignKey()

    class Meta:
        abstract = True


class RequestItem(Pinned):
    """One row that is asked about, exactly as it was shown: its version, its text, its SHA-256."""

    request = models.ForeignKey(ResponseRequest, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(default=1)
    label = models.CharField(max_length=255)
    subject_version = models.PositiveIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)

    project_lookup = "request__project"

    class Meta:
        ordering = ["request", "position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "content_type", "object_id"], name="request_item_once")
        ]
        indexes = [models.Index(fields=["content_type", "object_id"], name="request_item_of_target")]

    def __str__(self) -> str:
        return self.label


class Decision(Pinned):
    """Who decided what, when, on which version and hash. Revoking adds a record that names the one it revokes."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="decisions")
    item = models.ForeignKey(RequestItem, models.PROTECT, related_name="decisions")
    purpose = models.CharField(max_length=40)
    verdict = models.CharField(max_length=20)
    verdict_label = models.CharField(max_length=80)
    tone = models.CharField(max_length=10, default="quiet")
    option = models.CharField(max_length=40, blank=True)
    option_label = models.CharField(max_length=255, blank=True)
    comment = models.TextField(max_length=4000, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="decisions")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=80, blank=True)
    organisation = models.CharField(max_length=120, blank=True)
    address = models.EmailField(blank=True)
    proof = models.CharField(max_length=20, help_text="How the person proved who they are: login or code.")
    subject_version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    revokes = models.OneToOneField("self", models.PROTECT, null=True, related_name="revoked_by")

    objects: ClassVar[Any] = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["content_type", "object_id", "-at"], name="decision_of_target")]
        constraints = [
            # Answered once, whatever two browsers do at the same moment.
            models.UniqueConstraint(fields=["item"], name="decision_once", condition=Q(revokes__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.verdict_label}: {self.item.label}"


class RequestMail(Outgoing):
    """A mail to the contact about a request. The link is written when it is sent, and kept nowhere."""

    request = models.ForeignKey(ResponseRequest, models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=10, choices=MailKind)
    created_at = models.DateTimeField(auto_now_add=True)

    project_lookup = "request__project"

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.address}"
