"""Gathered below by what they are about."""
