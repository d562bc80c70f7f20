"""A model whose image tower can be held still while its head learns."""

from typing import Self

from torch import nn


class HoldsTower(nn.Module):
    """Base of the models with an ``image_tower`` and something on top of it."""

    image_tower: nn.Module
    _is_held: bool = False

    def hold_tower(self) -> None:
        """Stop training the tower, its running statistics included."""
        self._is_held = True
        self.image_tower.requires_grad_(False)
        self.image_tower.eval()

    def train(self, mode: bool = True) -> Self:
        """Set training mode, except in a tower that is held."""
        super().train(mode)
        if self._is_held:
            self.image_tower.eval()
        return self
