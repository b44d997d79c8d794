"""What an environment file may say: one module per section, found by walking this package."""

from typing import TYPE_CHECKING, Any

from environments.schema.section import Section

if TYPE_CHECKING:
    from environments.schema.environment import Environment, Tier

__all__ = ["Environment", "Section", "Tier"]


def __getattr__(name: str) -> Any:
    """The model of a whole file, which stands on modules of this package."""
    if name not in ("Environment", "Tier"):
        raise AttributeError(f"environments.schema has no {name}")
    from environments.schema import environment

    return getattr(environment, name)
