"""git as the history: text at versions, trees, refs, transactions. git knows nothing of flows.

The only room that calls git. GitPython is loaded when a repository is found that is not a plain one, and not before.
"""

from flowctl.history.command import local_env_vars
from flowctl.history.commit import CommitInfo, Person
from flowctl.history.errors import LockHeld, PushRefused, PushRejected, RefMoved, redact
from flowctl.history.opening import create_repository, open_repository
from flowctl.history.operations import Effect, Operation, in_all, reversed_effects
from flowctl.history.remote import Fetched
from flowctl.history.repository import Repository
from flowctl.history.transaction import RefUpdate
from flowctl.history.worktree import Head

__all__ = [
    "CommitInfo",
    "Effect",
    "Fetched",
    "Head",
    "LockHeld",
    "Operation",
    "Person",
    "PushRefused",
    "PushRejected",
    "RefMoved",
    "RefUpdate",
    "Repository",
    "create_repository",
    "in_all",
    "local_env_vars",
    "open_repository",
    "redact",
    "reversed_effects",
]
