"""Implement: run a customer implementation project from requirements to go-live."""

from implement.celery import app as celery_app

__all__ = ["celery_app"]
