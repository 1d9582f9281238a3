"""Decisions, targets, and the gate that asks for them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects.design.choices import DecisionState
from projects.design.models import ArchitectureDecision, NfrTarget
from projects.design.selectors.gate import coverage_of, gate_of
from projects.design.services.decisions import decision_delete, decision_save, decision_supersede
from projects.design.services.elements import element_save
from projects.design.services.targets import target_save
from projects.design.tests.factories import approved, element
from projects.design.workflows import DECISION_WORKFLOW
from projects.kit.access import Entry, enter
from projects.kit.trace import link_add, links_affirm
from projects.models import TraceLink
from projects.requirements.choices import Priority, RequirementKind, RequirementState
from projects.requirements.models import Requirement

pytestmark = pytest.mark.django_db


def mara(cast: Cast) -> Entry:
    return enter(cast.mara, "nordwind", "design.decide")


def decide(cast: Cast, title: str = "One queue for all orders", **fields: Any) -> ArchitectureDecision:
    said = {"context": "Two ways in.", "decision": "We take the queue.", **fields}
    row = ArchitectureDecision(project=cast.nordwind, title=title, **said)
    return decision_save(decision=row, entry=mara(cast))


def step(cast: Cast, row: ArchitectureDecision, name: str, reason: str = "") -> None:
    DECISION_WORKFLOW.perform(name=name, item=row, entry=mara(cast), reason=reason)


def need(cast: Cast, number: int, **fields: Any) -> Requirement:
    said = {"title": f"Need {number}", "statement": "x", "priority": Priority.MUST, "revision": 1, **fields}
    return Requirement.objects.create(project=cast.nordwind, number=number, **said)


def quality(cast: Cast, number: int = 1, **fields: Any) -> Requirement:
    said = {"kind": RequirementKind.PERFORMANCE, "priority": Priority.SHOULD, **fields}
    return need(cast, number, **said)


def target(cast: Cast, row: Requirement, **fields: Any) -> NfrTarget:
    said = {"metric": "Time to open an order", "unit": "s", "target": Decimal(2), **fields}
    return target_save(target=NfrTarget(project=cast.nordwind, requirement=row, **said), entry=mara(cast))


class DecisionTests:
    def test_accepting_notes_who_and_when_and_locks_the_text(self, cast: Cast) -> None:
        row = decide(cast)
        step(cast, row, "accept")
        assert (row.key, row.status, row.decided_by) == ("ADR-001", DecisionState.ACCEPTED, cast.mara.person)
        assert row.decided_on is not None
        row.decision = "We take none."
        with pytest.raises(StateError, match="supersede"):
            decision_save(decision=row, entry=mara(cast))
        with pytest.raises(StateError, match="stays"):
            decision_delete(decision=row, entry=mara(cast))

    def test_a_meeting_of_last_week_stays_the_day_on_which_it_was_decided(self, cast: Cast) -> None:
        row = decide(cast, decided_on=date(2026, 3, 2), decided_by=cast.tess.person)
        step(cast, row, "accept")
        assert (row.decided_on, row.decided_by) == (date(2026, 3, 2), cast.tess.person)

    def test_what_says_nothing_is_not_accepted_and_a_rejection_needs_a_reason(self, cast: Cast) -> None:
        row = decide(cast, decision="")
        with pytest.raises(StateError, match="what is decided"):
            step(cast, row, "accept")
        with pytest.raises(DomainError, match="reason"):
            step(cast, row, "reject")
        step(cast, row, "reject", "Too dear")
        step(cast, row, "reopen")
        assert row.status == DecisionState.PROPOSED

    def test_an_accepted_one_supersedes_and_what_follows_is_in_doubt(self, cast: Cast) -> None:
        old, new = decide(cast), decide(cast, "A stream")
        for row in (old, new):
            step(cast, row, "accept")
        link = link_add(
            entry=enter(cast.mara, "nordwind", "trace.change"),
            type="follows",
            source=element(cast),
            target=old,
        )
        proposed = decide(cast, "Mail")
        with pytest.raises(DomainError, match="not accepted"):
            decision_supersede(decision=old, entry=mara(cast), successor=proposed)
        decision_supersede(decision=old, entry=mara(cast), successor=new, reason="Volume")
        old.refresh_from_db()
        assert (old.status, old.superseded_by) == (DecisionState.SUPERSEDED, new)
        assert TraceLink.objects.get(pk=link.pk).suspect_since is not None
        with pytest.raises(StateError):
            decision_supersede(decision=old, entry=mara(cast), successor=new)

    def test_the_team_proposes_and_who_decides_decides(self, cast: Cast) -> None:
        row = ArchitectureDecision(project=cast.nordwind, title="Mail", context="x", decision="y")
        decision_save(decision=row, entry=enter(cast.tom, "nordwind", "design.change"))
        with pytest.raises(NotAllowed):
            DECISION_WORKFLOW.perform(
                name="accept", item=row, entry=enter(cast.tom, "nordwind", "design.change")
            )

    def test_decisions_are_read_and_superseded_on_pages(self, cast: Cast) -> None:
        old, new = decide(cast), decide(cast, "A stream")
        for row in (old, new):
            step(cast, row, "accept")
        browser = Client()
        browser.force_login(cast.mara)
        root = "/projects/nordwind/design/decisions"
        for address in ("", "add/", f"{old.pk}/", f"{old.pk}/supersede/"):
            assert browser.get(f"{root}/{address}").status_code == 200, address
        assert browser.post(f"{root}/{old.pk}/supersede/", {"successor": ""}).status_code == 422
        browser.post(f"{root}/{old.pk}/supersede/", {"successor": new.pk})
        assert "takes its place" in browser.get(f"{root}/{old.pk}/").content.decode()


class TargetTests:
    def test_a_threshold_is_not_better_than_the_target_on_either_side(self, cast: Cast) -> None:
        row = quality(cast)
        for operator, threshold in (("lte", 1), ("gte", 3)):
            with pytest.raises(DomainError, match="cannot be better"):
                target(cast, row, operator=operator, threshold=Decimal(threshold))
        kept = target(cast, row, threshold=Decimal("3.5"))
        assert (kept.target_text, kept.threshold_text) == ("≤ 2 s", "≤ 3.5 s")
        with pytest.raises(IntegrityError), transaction.atomic():
            NfrTarget.objects.filter(pk=kept.pk).update(threshold=1)

    def test_a_metric_has_one_target_and_only_a_quality_has_any(self, cast: Cast) -> None:
        row = quality(cast)
        target(cast, row)
        with pytest.raises(DomainError, match="already"):
            target(cast, row, metric="time to open AN order")
        with pytest.raises(DomainError, match="functional") as raised:
            target(cast, need(cast, 2))
        assert "requirement" in raised.value.fields
        rival = Requirement.objects.create(
            project=cast.rival, number=1, title="Secret", statement="x", kind=RequirementKind.SECURITY
        )
        with pytest.raises(DomainError, match="this project"):
            target(cast, rival)

    def test_targets_are_written_on_pages_and_exported_as_figures(self, cast: Cast) -> None:
        row = quality(cast)
        browser = Client()
        browser.force_login(cast.mara)
        root = "/projects/nordwind/design/targets"
        said = {"requirement": row.pk, "metric": "Time", "operator": "lte", "target": "2", "unit": "s"}
        assert browser.post(f"{root}/add/", said | {"threshold": "1"}).status_code == 422
        assert browser.post(f"{root}/add/", said).status_code == 302
        kept = NfrTarget.objects.get()
        assert "≤ 2 s" in browser.get(f"{root}/").content.decode()
        assert browser.get(f"{root}/{kept.pk}/").status_code == 200
        lines = b"".join(browser.get(f"{root}/export.csv").streaming_content).decode()
        assert ",2," in lines.replace("2.0000", "2")


class GateTests:
    def test_nothing_in_scope_is_no_answer(self, cast: Cast) -> None:
        assert gate_of(project=cast.nordwind).is_met is None

    def test_a_must_asks_for_an_approved_element_by_a_link_that_holds(self, cast: Cast) -> None:
        row = need(cast, 1)
        assert [one.words for one in gate_of(project=cast.nordwind).musts[0].missing] == [
            "No design element satisfies it"
        ]
        draft, good = element(cast, "Draft"), approved(cast)
        entry = enter(cast.mara, "nordwind", "trace.change")
        link_add(entry=entry, type="satisfies", source=draft, target=row)
        assert [one.words for one in gate_of(project=cast.nordwind).musts[0].missing] == [
            "DES-001 is a draft"
        ]
        link = link_add(entry=entry, type="satisfies", source=good, target=row)
        assert gate_of(project=cast.nordwind).is_met
        assert coverage_of(project=cast.nordwind).covered == 1
        TraceLink.objects.filter(pk=link.pk).update(suspect_since="2026-03-04T12:00Z")
        words = [one.words for one in gate_of(project=cast.nordwind).musts[0].missing]
        assert words == ["DES-001 is a draft", "DES-002 is approved, but its link is in doubt"]
        assert coverage_of(project=cast.nordwind).covered == 0
        links_affirm(links=[link], entry=entry)
        good.refresh_from_db()
        good.purpose = "Other"
        element_save(element=good, entry=mara(cast), reason="Changed")
        assert not gate_of(project=cast.nordwind).is_met

    def test_a_quality_asks_for_a_target_and_a_test_that_is_planned(self, cast: Cast) -> None:
        row = quality(cast)
        assert (
            gate_of(project=cast.nordwind).qualities[0].missing[0].words == "No target that can be measured"
        )
        kept = target(cast, row)
        words = gate_of(project=cast.nordwind).qualities[0].missing[0].words
        assert words == "Time to open an order: no test and no date"
        kept.test, kept.due_on = "Open 100 orders.", date(2026, 6, 1)
        target_save(target=kept, entry=mara(cast))
        assert gate_of(project=cast.nordwind).is_met
        assert coverage_of(project=cast.nordwind).measurable == 1

    def test_what_is_out_of_scope_asks_for_nothing(self, cast: Cast) -> None:
        need(cast, 1, status=RequirementState.DEFERRED)
        need(cast, 2, priority=Priority.COULD)
        gate = gate_of(project=cast.nordwind)
        assert (gate.musts, gate.qualities) == ((), ())

    def test_the_page_leads_to_where_each_line_is_mended(self, cast: Cast) -> None:
        must, measured = need(cast, 1), quality(cast, 2)
        kept = target(cast, measured)
        quality(cast, 3)
        browser = Client()
        browser.force_login(cast.mara)
        page = browser.get("/projects/nordwind/design/gate/").content.decode()
        assert f"?from=requirement:{must.pk}" in page
        assert f"/design/targets/{kept.pk}/edit/" in page
        assert "/design/targets/add/?requirement=" in page
        assert "Gate not met" in page
