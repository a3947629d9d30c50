"""A small made-up matrix: COSMIC's may not be in a repository."""

import numpy as np
import pytest

from oncoloom.features.signatures.channels import SBS96
from oncoloom.features.signatures.matrix import SignatureMatrix

NAMES = ("SBS1", "SBS2", "SBS3", "SBS5", "SBS13", "SBS45")


@pytest.fixture(scope="session")
def matrix() -> SignatureMatrix:
    """Six signatures, each with its own peaks over a flat ground."""
    rng = np.random.default_rng(96)
    values = rng.gamma(0.25, 1.0, (96, len(NAMES))) + 0.002
    return SignatureMatrix(NAMES, SBS96, values / values.sum(axis=0), "made_up.txt", "sha256:0")
