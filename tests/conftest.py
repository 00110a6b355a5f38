"""How every test runs: hypothesis without a clock, and the same draws everywhere in CI."""

import os

from hypothesis import HealthCheck, settings

# Shared machines pause now and then: a deadline would only measure the neighbours.
settings.register_profile("dev", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("dev"), derandomize=True, database=None)
settings.register_profile("deep", parent=settings.get_profile("dev"), max_examples=2000)  # by hand
settings.load_profile("ci" if os.environ.get("CI") else "dev")
