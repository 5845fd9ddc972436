"""Patients and events of a model beside those that it would need."""

from __future__ import annotations

from radiogenomics.core.power import check_sample_size


def sample_size_of(n: int, events: int, n_parameters: int) -> dict[str, float | int | bool]:
    """One row of a table ``sample_size``: what the model has, and what it needs by the criteria of Riley."""
    found = check_sample_size(n, events, n_parameters)
    return {
        "n": n,
        "events": events,
        "n_parameters": n_parameters,
        "events_per_parameter": found.events_per_parameter,
        "n_needed": found.needed.n,
        "events_needed": found.needed.events,
        "enough": found.enough,
    }
