"""The mechanisms every room shares. Read access.py first: it is the one door."""
