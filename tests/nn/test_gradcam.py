"""Class activation maps: a network small enough to count by hand, MONAI's own, and what the maps must show."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("monai")

from radiogenomics.nn._architecture import HSCAE  # noqa: E402
from radiogenomics.nn._gradcam import default_block, grad_cam, hscae_maps, resnet_maps  # noqa: E402
from radiogenomics.nn._resnet import as_imagenet, empty_resnet, resnet_features  # noqa: E402


def test_counted_by_hand() -> None:
    """Two maps of 2 x 2, score = 2 * sum of the first's squares / 2 - sum of the second."""
    x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])

    def trunk(x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, 5.0 - x], dim=1)

    def head(maps: torch.Tensor) -> torch.Tensor:
        return (maps[:, 0] ** 2).sum((1, 2)) - 3 * maps[:, 1].sum((1, 2))

    maps, scores = grad_cam(trunk, head, x)
    # Slopes: 2 a of the first map, mean 5; -3 of the second. Sum: 5 a - 3 (5 - a) = 8 a - 15, negative values 0.
    assert maps[0].tolist() == [[0.0, 1.0], [9.0, 17.0]]
    assert scores.tolist() == [30.0 - 3 * 10]
    signed, _ = grad_cam(trunk, head, x, rectify=False)
    assert signed[0].tolist() == [[-7.0, 1.0], [9.0, 17.0]]


def test_a_feature_of_a_resnet_is_its_own_map() -> None:
    torch.manual_seed(0)
    network = empty_resnet("resnet18")
    images = np.random.default_rng(0).random((3, 64, 64)).astype(np.float32)
    coefficients = np.zeros(512)
    coefficients[[5, 9]] = [2.0, -1.0]
    maps, values = resnet_maps(network, images, coefficients, rectify=False)
    features = resnet_features(network, images)
    np.testing.assert_allclose(values, features @ coefficients, rtol=1e-4, atol=1e-6)
    with torch.no_grad():
        stem = network.maxpool(network.act(network.bn1(network.conv1(as_imagenet(torch.as_tensor(images))))))
        last = network.layer4(network.layer3(network.layer2(network.layer1(stem))))
    own = (2.0 * last[:, 5:6] - last[:, 9:10]) / 4  # every one of the 2 x 2 pixels of a map has slope 1 / 4
    wide = torch.nn.functional.interpolate(own, size=(64, 64), mode="bilinear", align_corners=False)[:, 0]
    np.testing.assert_allclose(maps, wide, rtol=1e-4, atol=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_agrees_with_monai_at_an_earlier_stage() -> None:
    from monai.visualize.class_activation_maps import GradCAM

    torch.manual_seed(1)
    network = empty_resnet("resnet18")
    images = np.random.default_rng(1).random((1, 64, 64)).astype(np.float32)
    coefficients = np.eye(512)[17]
    found, _ = resnet_maps(network, images, coefficients, maps="layer3")
    theirs = GradCAM(nn_module=network, target_layers="layer3", postprocessing=lambda x: x)
    wanted = theirs(as_imagenet(torch.as_tensor(images)), class_idx=17)[0, 0].detach().numpy()
    assert found.max() > 0
    np.testing.assert_allclose(found[0], np.maximum(wanted, 0), rtol=1e-4, atol=1e-6)


def test_head_of_an_hscae_by_hand() -> None:
    """One convolution that counts its pixels, a bottleneck that reads a corner of it, a head that trebles that."""
    network = HSCAE(size=8, widths=(2,), latent_dim=2).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.encoder[0][0].weight[0] = 1 / 16
        network.encoder[0][1].weight.fill_(1.0)
        network.bottleneck.weight[0, 0] = 16.0  # the first map's upper left pixel
        network.head[1].weight[0, 0] = 3.0
        network.head[1].bias[0] = 0.5
    images = np.zeros((1, 1, 8, 8), dtype=np.float32)
    images[0, 0, :4, :4] = 1.0
    ones = np.array([3.0, 3.0, 1.0, 0.0])  # bright pixels under the kernel's four rows, at each of its places
    maps, scores = hscae_maps(network, images, block=1)
    # The score's slope is 48 at one of 16 pixels of the first map: 3 on average.
    wanted = torch.as_tensor(3 * np.outer(ones, ones)[None, None] / 16, dtype=torch.float32)
    wide = torch.nn.functional.interpolate(wanted, size=(8, 8), mode="bilinear", align_corners=False)[0, 0]
    np.testing.assert_allclose(maps[0], wide, rtol=1e-4)
    assert float(scores[0]) == pytest.approx(3 * 16 * 9 / 16 + 0.5, rel=1e-4)


def test_block_with_maps_of_eight_pixels() -> None:
    assert default_block(HSCAE(size=64, widths=(2, 2, 2, 2))) == 3
    assert default_block(HSCAE(size=32, widths=(2, 2))) == 2
    assert default_block(HSCAE(size=8, widths=(2,))) == 1
