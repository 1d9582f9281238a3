"""Pages for supervisors: health and metrics."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client


@pytest.mark.django_db
class HealthTests:
    def test_a_supervisor_reads_that_all_is_well(self) -> None:
        answer = Client().get("/health")
        assert answer.status_code == 200
        assert answer.json()["status"] == "ok"

    def test_nothing_is_changed_through_it(self) -> None:
        assert Client().post("/health").status_code == 405


@pytest.mark.django_db
class MetricsTests:
    def test_prometheus_comes_in_with_its_token_only(self, settings: Any) -> None:
        settings.METRICS_TOKEN = "a-long-token"
        assert Client().get("/metrics").status_code == 403
        assert Client().get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
        right = Client().get("/metrics", headers={"Authorization": "Bearer a-long-token"})
        assert right.status_code == 200
        assert b"django_http_requests" in right.content

    def test_in_production_there_is_no_page_without_a_token(self, settings: Any) -> None:
        settings.METRICS_TOKEN, settings.PRODUCTION = "", True
        assert Client().get("/metrics").status_code == 404
