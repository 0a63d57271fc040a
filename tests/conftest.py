"""What every test stands on: git without this machine's settings, a fixed clock and author, hypothesis profiles."""

import gc
import importlib
import os
import pkgutil

import hypothesis

import flowctl

NOW = "2026-11-20T16:00:00+00:00"

# A git hook, or whoever runs the tests, may have set any of these; no test may see them.
for name in [name for name in os.environ if name.startswith(("GIT_", "FLOWCTL_"))]:
    del os.environ[name]

os.environ.update(
    {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Mia Chen",
        "GIT_AUTHOR_EMAIL": "mia.chen@example.com",
        "GIT_AUTHOR_DATE": NOW,
        "GIT_COMMITTER_NAME": "Mia Chen",
        "GIT_COMMITTER_EMAIL": "mia.chen@example.com",
        "GIT_COMMITTER_DATE": NOW,
        "XDG_CONFIG_HOME": os.devnull,  # git reads ignore rules from there
        "FLOWCTL_NOW": NOW,
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
    }
)

# Thousands of tests are held by the thousands: looking through them for rubbish again and again takes a third of the
# time of quick tests. None of them goes before the end.
gc.disable()


def pytest_collection_finish():
    if hypothesis.settings.get_current_profile_name() != "fast":
        load_all()
    gc.collect()
    gc.freeze()
    gc.enable()


def load_all():
    """Laws draw constants out of all modules that are loaded: so that they are the same whatever ran before."""
    for module in pkgutil.walk_packages(flowctl.__path__, "flowctl."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


# The same examples in every run: a law that breaks on somebody else's change is found by `deep`, which looks further
# each time (make test ARGS=--hypothesis-profile=deep). Generating is slow on a busy machine, which is no finding.
QUIET = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("fast", max_examples=12, derandomize=True, **QUIET)
hypothesis.settings.register_profile("ci", max_examples=200, derandomize=True, print_blob=True, **QUIET)
hypothesis.settings.register_profile("deep", max_examples=5000, print_blob=True, **QUIET)
hypothesis.settings.load_profile("fast")
