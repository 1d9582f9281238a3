"""The daily mail about alerts."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from budget.models import AlertDigest
from budget.selectors.alerts import digest_alerts, sentence_of, title_of
from projects.kit.outbox import deliver


def deliver_digests() -> int:
    """Send the daily mails that are due; return how many were sent."""
    return deliver(queryset=AlertDigest.objects.select_related("user"), build=digest_mail)


def digest_mail(digest: AlertDigest) -> EmailMessage:
    """Return one person's mail: the alerts that are new to them, by project, as they stand now."""
    groups: dict[str, list[dict[str, str]]] = {}
    for alert in digest_alerts(user=digest.user, since=digest.since):
        groups.setdefault(alert.project.name, []).append(
            {
                "title": title_of(alert),
                "sentence": sentence_of(alert),
                "severity": str(alert.get_severity_display()),
                "url": f"{settings.PUBLIC_URL}/projects/{alert.project.code}/alerts/{alert.pk}/",
            }
        )
    count = sum(map(len, groups.values()))
    return EmailMessage(
        subject=f"{count} new alert{'' if count == 1 else 's'} on your projects",
        body=render_to_string("emails/alerts.txt", {"groups": groups, "digest": digest}),
        to=[digest.address],
        headers={"Auto-Submitted": "auto-generated"},
    )
