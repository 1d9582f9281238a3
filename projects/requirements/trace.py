"""How requirements are linked with each other and with the work that delivers them."""

from __future__ import annotations

from django.db.models import Q

from projects.kit import trace
from projects.requirements.choices import OUT, SIGNED
from projects.requirements.models import Requirement

trace.register_end(
    trace.End(
        kind="requirement",
        model=Requirement,
        label="Requirement",
        plural="Requirements",
        place="requirement_detail",
        permission="requirements.view",
        order=10,
        revision="revision",
        done=Q(status__in=SIGNED),
        out=Q(status__in=OUT),
        search=("title", "statement", "category"),
    )
)
trace.register_type(
    trace.LinkType("refines", "requirement", "requirement", "refines", "is refined by"),
    trace.LinkType("relates", "requirement", "requirement", "relates to", "is related to", may_circle=True),
    trace.LinkType("delivers", "task", "requirement", "delivers", "is delivered by"),
)
