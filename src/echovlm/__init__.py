"""EchoVLM: measurement-grounded vision-language learning for echocardiography."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from echovlm.models.loading import load as load

__all__ = ["load"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Import ``load`` when it is asked for: torch would keep every command waiting for seconds."""
    if name == "load":
        from echovlm.models.loading import load

        return load
    raise AttributeError(f"module 'echovlm' has no attribute {name!r}; it has: {', '.join(__all__)}")
