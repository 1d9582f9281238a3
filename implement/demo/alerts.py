"""The demo's alerts: found by the rules in its figures, some of them in work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from budget.choices import AlertRule
from budget.models import Alert
from budget.services.alerts import alert_plan, alerts_evaluate
from budget.workflows import ALERT_WORKFLOW
from implement.accounts.models import User
from projects.choices import Role
from projects.kit.access import enter
from projects.models import Person, Project

# What nobody has acknowledged for so long that it is escalated.
LONG_KNOWN = (AlertRule.DEADLINE, AlertRule.SLIP)
DONE = "Talk it through with the team on Thursday and agree what moves."


def raise_alerts(projects: Iterable[Project]) -> None:
    """Evaluate the rules, let what was found be some days old, and deal with the first two of each project."""
    for project in projects:
        alerts_evaluate(project=project)
        # Found by the rules just now; a project in mid-flight has known of most since yesterday, of one for longer.
        now = timezone.now()
        Alert.objects.filter(project=project).update(first_seen=now - timedelta(days=1))
        oldest = Alert.objects.filter(project=project, rule__in=LONG_KNOWN).order_by("pk").first()
        if oldest is not None:
            Alert.objects.filter(pk=oldest.pk).update(first_seen=now - timedelta(days=4))
        manager = User.objects.filter(
            person__memberships__project=project, person__memberships__role=Role.MANAGER
        ).first()
        if manager is None:
            continue
        entry = enter(manager, project.code, "alerts.change")
        found = list(Alert.objects.open().acting().filter(project=project).order_by("pk")[:3])
        for alert in found[:1]:
            owner = Person.objects.on(project).internal().order_by("pk").first()
            due_on = timezone.localdate() + timedelta(days=2)
            alert_plan(alert=alert, owner=owner, action=DONE, due_on=due_on, entry=entry)
            # Seen five days ago, and planned the day after: in time.
            seen, then = now - timedelta(days=5), now - timedelta(days=4)
            Alert.objects.filter(pk=alert.pk).update(first_seen=seen, acknowledged_at=then, planned_at=then)
        for alert in found[1:2]:
            ALERT_WORKFLOW.perform(name="acknowledge", item=alert, entry=entry)
