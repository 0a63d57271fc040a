"""What hosts code: GitLab and GitHub, as far as a pipeline of a merge request needs them.

The only room that talks HTTP. Its libraries are loaded when a host is found in CI's variables, not when this package
is imported.
"""

from flowctl.hosts.finding import host_of
from flowctl.hosts.protocol import COMMENT_LIMIT, Approval, Host, HostRefused, Request

__all__ = ["COMMENT_LIMIT", "Approval", "Host", "HostRefused", "Request", "host_of"]
