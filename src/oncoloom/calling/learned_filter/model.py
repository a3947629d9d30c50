"""The learned filter as arrays: trees on binned features, read from one small file that is not trusted."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.files import atomic_path
from oncoloom.kernels.trees import sum_trees

MODEL_VERSION = 1
MOST_BINS = 64
_FIELDS = ("borders", "feature", "split", "child", "value")


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees of a filter, all nodes in one run (`kernels.trees`).

    Attributes
    ----------
    borders : (n_trees + 1,) int64
    feature, split, child : (n_nodes,) uint8
    value : (n_nodes,) float32
        Log odds, learning rate and average over seeds included.
    """

    borders: NDArray[np.int64]
    feature: NDArray[np.uint8]
    split: NDArray[np.uint8]
    child: NDArray[np.uint8]
    value: NDArray[np.float32]

    def sums(self, binned: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(n,) float64: what all trees say of each row of bins."""
        out = np.zeros(len(binned))
        sum_trees(binned, self.borders, self.feature, self.split, self.child, self.value, out)
        return out


@dataclass(frozen=True, slots=True)
class KindModel:
    """The filter of one kind of variant: a line through the mixture's log odds, plus trees.

    ``log odds = scale * (intercept + slope * mixture + trees) + shift``; `scale` and `shift` come from sets
    that the trees had not seen.

    Attributes
    ----------
    features : tuple of str
        In the order of the columns; the first is the mixture's log odds.
    edges : tuple of (n_edges,) float64
        Bin b of a feature holds ``edges[b - 1] < x <= edges[b]``.
    """

    features: tuple[str, ...]
    edges: tuple[NDArray[np.float64], ...]
    trees: Trees
    intercept: float
    slope: float
    scale: float = 1.0
    shift: float = 0.0

    def log_odds(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) float64 log odds at the reference rate, of a (n, n_features) matrix."""
        raw = self.intercept + self.slope * matrix[:, 0] + self.trees.sums(bin_matrix(matrix, self.edges))
        return np.asarray(self.scale * raw + self.shift)


@dataclass(frozen=True, slots=True)
class FilterModel:
    """Filter of a calling mode: kind ("snv", "indel") -> model; `card` says what it was taught on."""

    mode: str
    reference_rate: float
    kinds: dict[str, KindModel]
    card: dict[str, object]


def bin_matrix(matrix: NDArray[np.float64], edges: tuple[NDArray[np.float64], ...]) -> NDArray[np.uint8]:
    """(n, n_features) uint8: bin of each value."""
    binned = np.empty(matrix.shape, np.uint8)
    for f, border in enumerate(edges):
        binned[:, f] = np.searchsorted(border, matrix[:, f], side="left")
    return binned


def write_filter_model(model: FilterModel, path: Path) -> None:
    """Write a model as .npz; the same model gives the same bytes."""
    head = {
        "version": MODEL_VERSION,
        "mode": model.mode,
        "reference_rate": model.reference_rate,
        "card": model.card,
        "kinds": {
            kind: {
                "features": list(one.features),
                "edges": [edge.tolist() for edge in one.edges],
                "intercept": one.intercept,
                "slope": one.slope,
                "scale": one.scale,
                "shift": one.shift,
            }
            for kind, one in model.kinds.items()
        },
    }
    arrays: dict[str, NDArray[np.generic]] = {
        f"{kind}_{name}": getattr(one.trees, name) for kind, one in model.kinds.items() for name in _FIELDS
    }
    arrays["head"] = np.frombuffer(json.dumps(head, sort_keys=True).encode(), np.uint8)
    with atomic_path(path) as temporary, temporary.open("wb") as handle:
        np.savez_compressed(handle, allow_pickle=False, **arrays)


def read_filter_model(path: Path, *, mode: str) -> FilterModel:
    """Read what :func:`write_filter_model` wrote.

    Raises
    ------
    InputError
        If the file is absent, no such model, of another version or mode, or its trees point nowhere.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            head = json.loads(stored["head"].tobytes())
            if head["version"] != MODEL_VERSION or head["mode"] != mode:
                raise InputError(
                    "this call filter is another one",
                    path=path,
                    expected=f"version {MODEL_VERSION}, {mode}",
                    found=f"version {head['version']}, {head['mode']}",
                )
            kinds = {
                kind: KindModel(
                    features=tuple(one["features"]),
                    edges=tuple(np.array(edge, np.float64) for edge in one["edges"]),
                    trees=Trees(*(stored[f"{kind}_{name}"] for name in _FIELDS)),
                    intercept=float(one["intercept"]),
                    slope=float(one["slope"]),
                    scale=float(one["scale"]),
                    shift=float(one["shift"]),
                )
                for kind, one in head["kinds"].items()
            }
            model = FilterModel(mode, float(head["reference_rate"]), kinds, dict(head["card"]))
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise InputError("not a call filter", path=path, found=str(error)) from error
    for kind, one in model.kinds.items():
        _check_trees(one, kind, path)
    return model


def _check_trees(model: KindModel, kind: str, path: Path) -> None:
    """Every node leads to a later node of its tree: no kernel can run out of bounds or in circles."""
    trees = model.trees
    n = len(trees.value)
    sizes = np.diff(trees.borders)
    within = np.arange(n) - np.repeat(trees.borders[:-1], sizes) if sizes.sum() == n else np.full(n, -1)
    inner = trees.child > 0
    whole = (
        len(trees.feature) == len(trees.split) == len(trees.child) == n
        and bool((sizes > 0).all())
        and bool((within >= 0).all())
        and bool((trees.child[inner] > within[inner]).all())
        and bool((trees.child[inner] + 1 < np.repeat(sizes, sizes)[inner]).all())
        and (not inner.any() or int(trees.feature[inner].max()) < len(model.features))
        and len(model.edges) == len(model.features)
        and all(len(edge) < 256 for edge in model.edges)
    )
    if not whole:
        raise InputError("a call filter whose trees point nowhere", path=path, record=kind)
