"""The text tower's gradient is the same to the last bit in every run, also when threads race."""

import torch

from echovlm.models import TextTower, TextTowerConfig


def gradient(tower: TextTower, texts: list[str]) -> torch.Tensor:
    tower.zero_grad(set_to_none=True)
    out = tower(texts)
    (out * torch.linspace(-1, 1, out.numel()).view_as(out).sin()).sum().backward()
    return torch.cat([parameter.grad.flatten() for parameter in tower.parameters()])


def test_many_texts_that_share_sentences_have_one_gradient():
    # 800 sentences out of 40 distinct ones: many threads add into the same rows.
    words = ("left", "right", "atrium", "ventricle", "dilated", "normal", "thick", "small")
    known = [f"The {words[i % 8]} {words[i // 8]} is {words[(3 * i) % 8]}." for i in range(40)]
    texts = [" ".join(known[(7 * i + j * j) % 40] for j in range(4)) for i in range(200)]
    torch.manual_seed(0)
    tower = TextTower(TextTowerConfig(), embedding_dim=128)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        first = gradient(tower, texts)
        assert all(torch.equal(gradient(tower, texts), first) for _ in range(30))
    finally:
        torch.set_num_threads(threads)
