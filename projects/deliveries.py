"""Mails that journal entries send."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from projects.choices import Channel
from projects.kit.outbox import deliver
from projects.models import Delivery


def deliver_due() -> int:
    """Send the journal mails that are due; return how many were sent."""
    rows = Delivery.objects.filter(channel=Channel.EMAIL).select_related("entry__project", "user")
    return deliver(queryset=rows, build=journal_mail)


def journal_mail(delivery: Delivery) -> EmailMessage:
    """Return the mail that tells one person of one journal entry."""
    entry = delivery.entry
    context = {"entry": entry, "delivery": delivery, "url": settings.PUBLIC_URL}
    project = f"[{entry.project.code}] " if entry.project else ""
    return EmailMessage(
        subject=f"{project}{entry.actor_name}: {entry.target_label}"[:200].replace("\n", " "),
        body=render_to_string("emails/journal.txt", context),
        to=[delivery.address],
    )
