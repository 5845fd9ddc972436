"""Residual networks whose published weights can be used: their shape and where the weights are."""

from __future__ import annotations

from dataclasses import dataclass

WEIGHTS_URL = "https://download.pytorch.org/models"


@dataclass(frozen=True)
class Backbone:
    """A residual network.

    Attributes
    ----------
    bottleneck
        Whether its blocks have three convolutions (else two).
    blocks
        Of each of the four stages.
    file
        Name of torchvision's weights learned on ImageNet; it ends in the first 8 digits of its SHA-256.
    """

    bottleneck: bool
    blocks: tuple[int, int, int, int]
    file: str

    @property
    def features(self) -> int:
        """Maps of the last stage."""
        return 2048 if self.bottleneck else 512

    @property
    def url(self) -> str:
        """Where torchvision has the weights."""
        return f"{WEIGHTS_URL}/{self.file}"


BACKBONES = {
    "resnet18": Backbone(False, (2, 2, 2, 2), "resnet18-f37072fd.pth"),
    "resnet34": Backbone(False, (3, 4, 6, 3), "resnet34-b627a593.pth"),
    "resnet50": Backbone(True, (3, 4, 6, 3), "resnet50-0676ba61.pth"),
}
