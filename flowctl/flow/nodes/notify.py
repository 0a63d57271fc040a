"""`notify`: a message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.flow.kinds import Choice, Text, key
from flowctl.flow.node import Node, node_type, port

if TYPE_CHECKING:
    from flowctl.flow.program import Send


TOKEN = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")  # in a message; its group is the path of a field


@node_type("notify")
@dataclass(frozen=True, slots=True, kw_only=True)
class Notify(Node):
    """Send a message.

    ``{{Field}}`` in the message is replaced by the record's value. ``to`` is
    an address, a channel, ``user/NAME``, ``queue/NAME`` or ``owner``; an email
    may go to ``"{{Email}}"``. A simulation records the message and sends
    nothing.

    Example::

        tell_owner:
          type: notify
          channel: slack
          to: owner
          message: "{{Company}} is yours"
          then: done
    """

    channel: str = key(Choice(("email", "slack", "teams")))
    to: str = key(Text())
    message: str = key(Text())
    then: str = port()

    def title(self) -> str:
        return self.label or f"{self.channel} to {self.to}"

    def lower(self) -> Send:
        from flowctl.flow.program import Send

        return Send(self.id, self.channel, self.to, self.message, self.way("then"))
