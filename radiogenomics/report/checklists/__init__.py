"""Reporting checklists, filled from what a cohort and its provenance hold."""
