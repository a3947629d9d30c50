"""The Lightning ensemble on a card against one thread of the processor: seconds; how alike the models are.

    python benchmarks/gpu_training.py [--steps 20] [--json FILE]

Needs numpy, torch and pytorch-lightning only. Sizes are replicas (members times folds times settings) and
patients; weights are compared in units of the processor's largest one.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from measure import machine, show

from oncoloom.response.ensemble import EnsembleData, EnsembleSettings, train_ensemble
from oncoloom.response.hardware import Hardware, training_on

INPUTS, BINS = 24, 12
SIZES = ((60, 1_000, 16), (300, 1_000, 16), (10, 20_000, 48))  # replicas, patients, width


def problem(replicas: int, patients: int) -> EnsembleData:
    """Response and OS of patients under two drugs, the first three inputs with an effect."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(patients, INPUTS))
    hazard = 0.08 * np.exp(0.5 * x[:, 0] - 0.3 * x[:, 1])
    last = np.minimum(rng.geometric(np.minimum(hazard, 0.9)), BINS + 1) - 1
    exposure = (np.arange(BINS) <= last[:, None]).astype(np.float64)
    died = (np.arange(BINS) == last[:, None]).astype(np.float64)
    answer = (rng.random(patients) < 1 / (1 + np.exp(-x[:, 2]))).astype(np.float64)
    return EnsembleData(
        x=x[None],
        fold=np.zeros(replicas, dtype=np.int64),
        weight=rng.exponential(size=(replicas, patients)),
        code=np.eye(2)[rng.integers(0, 2, patients)],
        is_drug=np.array([False, False]),
        modifiers=np.array([0, 1]),
        exposure={"response": np.ones((patients, 1)), "os": exposure},
        events={"response": answer[:, None], "os": died},
        multipliers=np.ones(INPUTS),
        feature_groups=np.arange(INPUTS),
    )


def trained(data: EnsembleData, settings: EnsembleSettings, hardware: Hardware) -> tuple[float, np.ndarray]:
    """Wall seconds, and all linear weights of OS."""
    with training_on(hardware):
        started = time.perf_counter()
        exported = train_ensemble(data, settings).export()
        return time.perf_counter() - started, exported["os"]["beta"]


def measure_size(replicas: int, patients: int, width: int, steps: int) -> list[dict[str, object]]:
    data = problem(replicas, patients)
    settings = EnsembleSettings(
        *(np.full(replicas, penalty) for penalty in (10.0, 30.0, 40.0)),
        {"response": 0.3, "os": 1.0},
        width=width,
        steps=steps,
    )
    rows = []
    here, weights = trained(data, settings, Hardware())
    for hardware in (Hardware("gpu"), Hardware("gpu", "bf16-mixed")):
        seconds, found = trained(data, settings, hardware)
        again = trained(data, settings, hardware)
        rows.append(
            {
                "replicas": replicas,
                "patients": patients,
                "width": width,
                "steps": steps,
                "precision": hardware.precision,
                "seconds_one_core": round(here, 2),
                "seconds_card": round(min(seconds, again[0]), 2),
                "largest_difference": float(np.abs(found - weights).max() / np.abs(weights).max()),
                "same_seed_same_bits": bool((again[1] == found).all()),
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("nothing measured: no CUDA device is usable here")
    measure_size(4, 100, 16, 5)  # starts the card
    rows = [row for size in SIZES for row in measure_size(*size, options.steps)]
    card = torch.cuda.get_device_name()
    show(f"Training on {card}", list(rows[0]), [list(row.values()) for row in rows])
    if options.json:
        result = {"card": card, "torch": torch.__version__, "machine": machine(), "training": rows}
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
