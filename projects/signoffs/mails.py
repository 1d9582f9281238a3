"""The mails to the contact: the question, the code, the reminder, the receipt."""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from projects.kit.outbox import deliver
from projects.kit.purposes import PURPOSES
from projects.signoffs.choices import MailKind
from projects.signoffs.models import Decision, RequestMail, ResponseRequest
from projects.signoffs.selectors import address_of

SUBJECTS = {
    MailKind.ASK: "Your answer, please",
    MailKind.REMINDER: "Reminder: your answer, please",
    MailKind.RECEIPT: "Your answer was recorded",
    MailKind.WITHDRAWN: "No answer needed any more",
}


def deliver_requests() -> int:
    """Send the mails about requests that are due; return how many were sent."""
    rows = RequestMail.objects.select_related("request__project", "request__person", "request__requested_by")
    return deliver(queryset=rows, build=request_mail)


def request_mail(row: RequestMail) -> EmailMessage:
    """Return one mail. The link is signed anew each time; it is the same link."""
    request = row.request
    context = {
        "request": request,
        "kind": row.kind,
        "purpose": PURPOSES[request.purpose],
        "address": address_of(request),
        "decisions": Decision.objects.filter(item__request=request, revokes=None).select_related("item"),
    }
    subject = f"[{request.project.name}] {SUBJECTS[MailKind(row.kind)]}: {request.title}"
    sender = request.requested_by.email
    return EmailMessage(
        subject=subject.replace("\n", " ").replace("\r", " ")[:200],
        body=render_to_string("emails/response_request.txt", context),
        to=[row.address],
        reply_to=[sender] if sender else None,
        headers={"Auto-Submitted": "auto-generated"},
    )


def send_code(request: ResponseRequest, code: str) -> None:
    """Hand the code to the mail server at once: it is stored nowhere, so it cannot wait in the outbox.

    Raises what the mail server raises.
    """
    EmailMessage(
        subject=f"{code} is your code for “{request.title}”".replace("\n", " ")[:200],
        body=render_to_string("emails/response_code.txt", {"request": request, "code": code}),
        to=[request.address],
        headers={"Auto-Submitted": "auto-generated"},
    ).send()
