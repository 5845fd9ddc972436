"""Standard scale and mapped voxels by intensity-normalization's NyulNormalizer, on three made-up heads."""

import numpy as np
import pandas as pd
from intensity_normalization.adapters.images import NumpyImageAdapter as create_image
from intensity_normalization.normalizers.population.nyul import NyulNormalizer


def head(seed, gain=1.0, offset=0.0):
    rng = np.random.default_rng(seed)
    values = np.zeros((16, 30, 30))
    values[3:13, 4:26, 4:26] = rng.normal(300, 20, (10, 22, 22))
    values[6:10, 10:20, 10:20] = rng.normal(500, 30, (4, 10, 10))
    return values * gain + offset


settings = ((0, 1.0, 0.0), (1, 2.5, 30.0), (2, 0.4, 5.0))
images = [head(*s) ** 0.9 for s in settings]
masks = [(v > v.min()).astype(np.uint8) for v in images]
nyul = NyulNormalizer(
    output_min_value=1,
    output_max_value=100,
    min_percentile=1,
    max_percentile=99,
    percentile_after_min=10,
    percentile_before_max=90,
    percentile_step=10,
)
wrapped, wrapped_masks = [create_image(v) for v in images], [create_image(m) for m in masks]
nyul.fit_population(wrapped, wrapped_masks)
pd.DataFrame({"percentile": nyul.percentiles, "value": nyul.standard_scale}).to_csv("standard.csv", index=False)
inside = np.flatnonzero(masks[0])[::97]
mapped = {
    n: nyul.transform(w, m).get_data().ravel()[inside] for n, w, m in zip("abc", wrapped, wrapped_masks, strict=True)
}
pd.DataFrame({"index": inside, **mapped}).to_csv("mapped.csv", index=False)
