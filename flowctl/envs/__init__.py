"""Where flows run. An adapter is a way to reach one; all of them pass the same contract test."""

from __future__ import annotations

from pathlib import Path

from flowctl.diag import FlowctlError, did_you_mean
from flowctl.envs.local import Local, create_local
from flowctl.envs.protocol import Environment, Live, OrgDirectory, OrgEntry, Receipt, StaleEnvironment

__all__ = [
    "ADAPTERS", "Environment", "Live", "Local", "OrgDirectory", "OrgEntry", "Receipt", "StaleEnvironment",
    "create_local", "open_environment",
]  # fmt: skip

ADAPTERS = {"local": Local}


def open_environment(name: str, adapter: str, folder: Path) -> Environment:
    """The environment of this name; nothing is read or written yet.

    Raises:
        FlowctlError: There is no such adapter.
    """
    if adapter not in ADAPTERS:
        hint = did_you_mean(adapter, ADAPTERS) or f"adapters: {', '.join(sorted(ADAPTERS))}"
        raise FlowctlError(f"environment `{name}` has the unknown adapter `{adapter}`", hint=hint)
    return ADAPTERS[adapter](name, folder)
