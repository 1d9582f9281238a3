"""How the design is linked: with the requirements that it satisfies, and with the decisions that shape it."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_noop as noop

from projects.design.choices import DecisionState, ElementState
from projects.design.models import ArchitectureDecision, DesignElement
from projects.kit import trace

trace.register_end(
    trace.End(
        kind="design",
        model=DesignElement,
        label="Design element",
        plural=noop("Design"),
        place="designelement_detail",
        permission="design.view",
        order=20,
        is_shared=True,
        revision="revision",
        done=Q(status=ElementState.APPROVED),
        out=Q(status=ElementState.SUPERSEDED),
        search=("title", "purpose"),
    ),
    trace.End(
        kind="decision",
        model=ArchitectureDecision,
        label="Architecture decision",
        plural=noop("Decisions"),
        place="architecturedecision_detail",
        permission="design.view",
        order=15,
        is_wanted=False,
        revision="revision",
        text=("title", "context", "options", "decision", "consequences"),
        done=Q(status=DecisionState.ACCEPTED),
        out=Q(status__in=[DecisionState.SUPERSEDED, DecisionState.REJECTED]),
        search=("title", "decision"),
    ),
)
trace.register_type(
    trace.LinkType("satisfies", "design", "requirement", "satisfies", "is satisfied by"),
    trace.LinkType("follows", "design", "decision", "follows", "shapes"),
    trace.LinkType("answers", "decision", "requirement", "answers", "is answered by"),
)
