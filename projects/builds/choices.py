"""The words of build items."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from implement.core.choices import TonedChoices


class BuildKind(models.TextChoices):
    """What is built."""

    CONFIGURATION = "configuration", _("Configuration")
    REPORT = "report", _("Report")
    INTERFACE = "interface", _("Interface")
    CONVERSION = "conversion", _("Conversion")
    ENHANCEMENT = "enhancement", _("Enhancement")
    FORM = "form", _("Form")
    WORKFLOW = "workflow", _("Workflow")
    ROLE = "role", _("Role")


# The icon beside each kind's word.
KIND_ICONS = {
    BuildKind.CONFIGURATION: "settings",
    BuildKind.REPORT: "report-analytics",
    BuildKind.INTERFACE: "plug-connected",
    BuildKind.CONVERSION: "transform",
    BuildKind.ENHANCEMENT: "sparkles",
    BuildKind.FORM: "forms",
    BuildKind.WORKFLOW: "git-branch",
    BuildKind.ROLE: "user-shield",
}


# The headings of release notes, in the order in which a customer reads them.
RELEASE_HEADINGS = {
    BuildKind.ENHANCEMENT: _("Enhancements"),
    BuildKind.FORM: _("Screens and forms"),
    BuildKind.WORKFLOW: _("Workflows"),
    BuildKind.REPORT: _("Reports"),
    BuildKind.INTERFACE: _("Interfaces"),
    BuildKind.CONVERSION: _("Data taken over"),
    BuildKind.CONFIGURATION: _("Set up"),
    BuildKind.ROLE: _("Roles and rights"),
}


class BuildPriority(models.IntegerChoices):
    """What is taken up first."""

    URGENT = 1, _("Urgent")
    HIGH = 2, _("High")
    NORMAL = 3, _("Normal")
    LOW = 4, _("Low")


class BuildState(TonedChoices):
    """The columns of the board. Deployed is reached by a promotion, verified by a conformance check."""

    TODO = "todo", "quiet", _("To do")
    DOING = "doing", "moving", _("In progress")
    REVIEW = "review", "moving", _("In review")
    BUILT = "built", "good", _("Built")
    DEPLOYED = "deployed", "good", _("Deployed")
    VERIFIED = "verified", "done", _("Verified")


# What is still worked on, and what is done with.
OPEN = (BuildState.TODO, BuildState.DOING, BuildState.REVIEW)
DONE = (BuildState.BUILT, BuildState.DEPLOYED, BuildState.VERIFIED)
# What a promotion may carry.
PROMOTABLE = DONE
# The columns whose work in progress can be limited.
LIMITED = (BuildState.DOING, BuildState.REVIEW, BuildState.BUILT)

# What the customer reads of a state.
CUSTOMER_WORDS = {
    BuildState.TODO: _("Planned"),
    BuildState.DOING: _("Being built"),
    BuildState.REVIEW: _("Being built"),
    BuildState.BUILT: _("Built"),
    BuildState.DEPLOYED: _("Delivered"),
    BuildState.VERIFIED: _("Delivered and checked"),
}


class Verdict(TonedChoices):
    """Whether what was built is what was designed and asked for."""

    CONFORMS = "conforms", "good", _("Conforms")
    DEVIATES = "deviates", "trouble", _("Deviates")


class ReferenceKind(models.TextChoices):
    """What in another tool belongs to a build item."""

    COMMIT = "commit", _("Commit")
    TICKET = "ticket", _("Ticket")
    PULL = "pull", _("Pull request")
    MERGE = "merge", _("Merge request")


REFERENCE_ICONS = {
    ReferenceKind.COMMIT: "git-commit",
    ReferenceKind.TICKET: "ticket",
    ReferenceKind.PULL: "git-pull-request",
    ReferenceKind.MERGE: "git-merge",
}
