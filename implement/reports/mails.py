"""The mail that carries a report."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from implement.core.errors import DomainError
from implement.reports.models import Report, ReportDelivery
from implement.reports.periods import period_words
from projects.choices import Audience, Role
from projects.models import Membership


def pdf_name(report: Report) -> str:
    """Return the PDF's file name, such as nordwind-status-report-2026-03-08.pdf."""
    edition = "-internal" if report.audience == Audience.INTERNAL else ""
    return f"{report.project.code}-{report.kind}-report{edition}-{report.last_day.isoformat()}.pdf"


def read_pdf(report: Report) -> bytes:
    """Return the PDF as it was filed.

    Raises DomainError when there is none, or when the file is no longer what was filed.
    """
    if not report.pdf:
        raise DomainError("This report has no PDF yet.")
    with report.pdf.open("rb") as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != report.pdf_sha256:
        raise DomainError("The PDF on disk is not the one that was filed. Restore it from a backup.")
    return content


def report_mail(delivery: ReportDelivery) -> EmailMessage:
    """Return the mail of one report to one person.

    Raises DomainError rather than hand an internal edition to a person of a customer.
    """
    with translation.override(delivery.report.language):
        return _report_mail(delivery)


def _report_mail(delivery: ReportDelivery) -> EmailMessage:
    report = delivery.report
    person = delivery.person
    is_customer = person is None or person.customer_id is not None
    if report.audience == Audience.INTERNAL and is_customer:
        raise DomainError("An internal edition never goes to a customer.")
    managers = Membership.objects.filter(project=report.project, role=Role.MANAGER, is_active=True)
    manager = managers.select_related("person").order_by("created_at", "pk").first()
    period = period_words(report.period_from, report.last_day)
    context = {
        "period": period,
        "report": report,
        "person": person,
        "manager": manager.person if manager else None,
        "is_internal": report.audience == Audience.INTERNAL,
        "url": f"{settings.PUBLIC_URL}/projects/{report.project.code}/reports/{report.pk}/",
    }
    edition = gettext(" (internal)") if report.audience == Audience.INTERNAL else ""
    subject = f"{report.project.name}: {report.get_kind_display()}{edition}, {period}"
    mail = EmailMultiAlternatives(
        subject=subject.replace("\n", " ").replace("\r", " ")[:200],
        body=render_to_string("emails/report.txt", context),
        to=[delivery.address],
        reply_to=[manager.person.email] if manager and manager.person.email else None,
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("emails/report.html", context), "text/html")
    mail.attach(pdf_name(report), read_pdf(report), "application/pdf")
    return mail
