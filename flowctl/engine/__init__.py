"""What happens to leads."""

from flowctl.engine.interp import World, route
from flowctl.engine.outcome import Outcome
from flowctl.engine.turns import Turns
from flowctl.engine.world import with_data, world_of

__all__ = ["Outcome", "Turns", "World", "route", "with_data", "world_of"]
