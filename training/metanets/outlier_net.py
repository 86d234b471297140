"""The network that tells what is unlike a zoo (Hendrycks et al., "Deep anomaly detection with outlier exposure", ICLR 2019), from how
the weights are arranged (training/metanets/arrangement.py) and from a metanet's embedding: a FeatureMlp, whose only output is the logit of
being unlike the zoo.

The same in the page: src/metanets/outlier-net.ts.
"""

import numpy as np
import torch

from training.metanets.arrangement import FEATURES
from training.metanets.feature_mlp import FeatureMlp

PREFIX = "domain.outlier."
NOISE = 0.1
LEAST_DEVIATION = 0.02  # of the largest of the arrangement, of the embedding: what hardly varies must not weigh much


def outlier_net(inside):
    """An untrained one. `inside`: what it reads of the zoo's networks, [n, inputs]."""
    net = FeatureMlp(inside.shape[1], 1, NOISE)
    deviation = inside.std(0)
    for part in (slice(FEATURES), slice(FEATURES, None)):
        deviation[part] = np.maximum(deviation[part], LEAST_DEVIATION * deviation[part].max())
    net.fit(inside.mean(0), deviation)
    return net


@torch.no_grad()
def outlier_logits(tensors, read):
    """Of a checkpoint's tensors, [n], in float64."""
    own = {name.removeprefix(PREFIX): value for name, value in tensors.items() if name.startswith(PREFIX)}
    net = FeatureMlp(len(own["mean"]), 1)
    net.load_state_dict(own)
    logits, _ = net.double().eval()(torch.tensor(read, dtype=torch.float64))
    return logits[:, 0].numpy()
