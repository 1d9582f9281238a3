"""The words of requirements."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from implement.core.choices import TonedChoices


class RequirementKind(models.TextChoices):
    """What sort of requirement it is; the qualities are the characteristics of ISO/IEC 25010:2023."""

    FUNCTIONAL = "functional", _("Functional")
    PERFORMANCE = "performance", _("Performance efficiency")
    COMPATIBILITY = "compatibility", _("Compatibility")
    INTERACTION = "interaction", _("Interaction capability")
    RELIABILITY = "reliability", _("Reliability")
    SECURITY = "security", _("Security")
    MAINTAINABILITY = "maintainability", _("Maintainability")
    FLEXIBILITY = "flexibility", _("Flexibility")
    SAFETY = "safety", _("Safety")
    INTERFACE = "interface", _("Interface")
    DATA = "data", _("Data")
    REPORT = "report", _("Report")
    MIGRATION = "migration", _("Migration")
    TRAINING = "training", _("Training")
    CONSTRAINT = "constraint", _("Constraint")


# What is not about a function but about how well it works: each needs a target that can be measured.
QUALITIES = (
    RequirementKind.PERFORMANCE,
    RequirementKind.COMPATIBILITY,
    RequirementKind.INTERACTION,
    RequirementKind.RELIABILITY,
    RequirementKind.SECURITY,
    RequirementKind.MAINTAINABILITY,
    RequirementKind.FLEXIBILITY,
    RequirementKind.SAFETY,
)


class Priority(models.TextChoices):
    """MoSCoW: what the release cannot go without, and what it can."""

    MUST = "must", _("Must")
    SHOULD = "should", _("Should")
    COULD = "could", _("Could")
    WONT = "wont", _("Won't this time")


class Criticality(models.TextChoices):
    """What it costs the business when this does not work."""

    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")
    CRITICAL = "critical", _("Critical")


class Fit(models.TextChoices):
    """How the product meets it."""

    STANDARD = "standard", _("Fits as it is")
    CONFIGURE = "configure", _("Configure")
    CUSTOMISE = "customise", _("Customise")
    PROCESS = "process", _("Process change")
    WORKAROUND = "workaround", _("Workaround")
    REJECTED = "rejected", _("Not met")


# Where nothing is built: the product as it is, other work, or a way around.
NOTHING_TO_BUILD = (Fit.STANDARD, Fit.PROCESS, Fit.WORKAROUND)


class SourceKind(models.TextChoices):
    """Where it comes from."""

    PERSON = "person", _("Person")
    WORKSHOP = "workshop", _("Workshop")
    CONTRACT = "contract", _("Contract clause")
    DOCUMENT = "document", _("Document")


class RequirementState(TonedChoices):
    """From the wish to what the customer has accepted. A signed state is reached by a signature only."""

    DRAFT = "draft", "quiet", _("Draft")
    REVIEW = "review", "moving", _("Under review")
    REWORK = "rework", "watch", _("Rework")
    VALIDATED = "validated", "good", _("Validated")
    BASELINED = "baselined", "good", _("Baselined")
    IMPLEMENTED = "implemented", "done", _("Implemented")
    VERIFIED = "verified", "done", _("Verified")
    ACCEPTED = "accepted", "done", _("Accepted")
    DEFERRED = "deferred", "quiet", _("Deferred")
    REJECTED = "rejected", "trouble", _("Rejected")
    OBSOLETE = "obsolete", "quiet", _("Obsolete")


# What the customer has signed on the version that stands.
SIGNED = (
    RequirementState.VALIDATED,
    RequirementState.BASELINED,
    RequirementState.IMPLEMENTED,
    RequirementState.VERIFIED,
    RequirementState.ACCEPTED,
)
# What is not (or no longer) to be delivered: it counts in no figure.
OUT = (RequirementState.DEFERRED, RequirementState.REJECTED, RequirementState.OBSOLETE)
IN_SCOPE = tuple(state for state in RequirementState if state not in OUT)
DELIVERED = (RequirementState.IMPLEMENTED, RequirementState.VERIFIED, RequirementState.ACCEPTED)
EDITABLE = (RequirementState.DRAFT, RequirementState.REWORK, *SIGNED)
# What the customer may be asked about.
ASKABLE = (RequirementState.DRAFT, RequirementState.REWORK)


# What the customer reads of a state.
CUSTOMER_WORDS = {
    RequirementState.DRAFT: _("Being written"),
    RequirementState.REVIEW: _("Waits for your answer"),
    RequirementState.REWORK: _("In rework"),
    RequirementState.VALIDATED: _("Agreed"),
    RequirementState.BASELINED: _("Agreed"),
    RequirementState.IMPLEMENTED: _("Built"),
    RequirementState.VERIFIED: _("Verified"),
    RequirementState.ACCEPTED: _("Accepted"),
}


class QuestionState(TonedChoices):
    """Whether an open question still is one."""

    OPEN = "open", "watch", _("Open")
    ANSWERED = "answered", "good", _("Answered")
    DROPPED = "dropped", "quiet", _("Dropped")


class VerificationMethod(models.TextChoices):
    """How it was shown that a requirement is met: the methods of ISO/IEC/IEEE 29148."""

    INSPECTION = "inspection", _("Inspection")
    ANALYSIS = "analysis", _("Analysis")
    DEMONSTRATION = "demonstration", _("Demonstration")
    TEST = "test", _("Test")


class VerificationVerdict(TonedChoices):
    """Whether it is met."""

    MET = "met", "good", _("Met")
    NOT_MET = "not_met", "trouble", _("Not met")


class SpecificationScope(models.TextChoices):
    """What of the requirements stands in a printed specification."""

    ALL = "all", _("Everything in scope")
    SIGNED = "signed", _("Only what is signed")


class SpecificationEdition(models.TextChoices):
    """For whom a specification is printed."""

    INTERNAL = "internal", _("Internal, as it is written now")
    CUSTOMER = "customer", _("For the customer, as they were shown it")


class DocumentForm(models.TextChoices):
    """What a specification is made as."""

    PDF = "pdf", "PDF"
    HTML = "html", _("One HTML file")


class ReleaseState(TonedChoices):
    """How far a release is."""

    PLANNED = "planned", "quiet", _("Planned")
    WORK = "work", "moving", _("In work")
    RELEASED = "released", "done", _("Handed over")
    DROPPED = "dropped", "quiet", _("Dropped")


# To which requirements can still be added, and from which they can be taken.
OPEN_RELEASES = (ReleaseState.PLANNED, ReleaseState.WORK)
