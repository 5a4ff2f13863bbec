"""The fence in which this installation runs other people's programs."""

from preservation.adapters.fence.system import SystemFence
from preservation.ports.tools import ToolFence
from preservation.settings import Settings


def tool_fence(settings: Settings) -> ToolFence:
    """One for a process; it tries out once what the system gives."""
    return SystemFence(demands_namespaces=settings.tool_fence == "namespaces", shows=settings.tool_folders)
