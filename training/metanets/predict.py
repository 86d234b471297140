"""What a trained metanet says of networks."""

import torch


@torch.no_grad()
def predict(model, graphs, indices):
    """(accuracies [n], embeddings [n, its width])"""
    model.eval()
    outputs = [model(graphs.batch(indices[k : k + 64])) for k in range(0, len(indices), 64)]
    return (
        torch.sigmoid(torch.cat([o[:, 0] for o, _ in outputs])).double().numpy(),
        torch.cat([e for _, e in outputs]).double().numpy(),
    )
