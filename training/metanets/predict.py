"""What a trained metanet says of networks."""

import torch

BATCH = 64


@torch.no_grad()
def predict_outputs(model, graphs, indices):
    """(outputs [n, outputs], embeddings [n, its width])"""
    model.eval()
    results = [model(graphs.batch(indices[k : k + BATCH])) for k in range(0, len(indices), BATCH)]
    outputs, embeddings = (torch.cat(parts).double() for parts in zip(*results))
    return outputs, embeddings.numpy()


def predict(model, graphs, indices):
    """Accuracies [n]."""
    outputs, _ = predict_outputs(model, graphs, indices)
    return torch.sigmoid(outputs[:, 0]).numpy()
