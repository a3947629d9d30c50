"""GDSC: 265 drugs, cell lines unseen; correlation per drug beside the mean of the tissue in the same folds.

    python benchmarks/response_cell_lines.py --shared ../shared

Five folds by cell line as on the data's page. Never the pooled correlation: predicting each drug's mean has
0.85 there. Prints Markdown, and the drugs with the largest gain.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from oncoloom.response.cell_lines.kernel import kernel_inputs
from oncoloom.response.cell_lines.markers import fit_markers
from oncoloom.response.cell_lines.model import fit_cell_lines
from oncoloom.response.cell_lines.screen import read_screen, standardize
from oncoloom.response.one_thread import one_thread

BAR_MEDIAN, BAR_GAIN = 0.370, 0.015


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, required=True)
    options = parser.parse_args()
    folder = options.shared / "data" / "clinical" / "gdsc_v17"
    screen = read_screen(folder / "ic50_v17.csv.gz", folder / "genomic_features_v17.csv.gz")
    started = time.process_time()
    with one_thread():
        predicted = cross_validated(screen)
    correlations = {name: per_drug(screen.response, value) for name, value in predicted.items()}
    tissue = correlations["tissue mean"]
    print("| model | median r per drug | median gain over the tissue mean | better for |\n|---|---|---|---|")
    for name, r in correlations.items():
        gain = r - tissue
        print(f"| {name} | {np.median(r):.4f} | {np.median(gain):+.4f} | {np.mean(gain > 0):.0%} of drugs |")
    gain = correlations["model"] - tissue
    best = np.argsort(-gain)[:8]
    print("\nlargest gains: " + ", ".join(f"{screen.drugs[i]} {gain[i]:+.2f}" for i in best))
    print("strongest marker within tissue: " + markers(screen))
    print(f"bars {BAR_MEDIAN}, {BAR_GAIN}; {time.process_time() - started:.0f} CPU seconds")


def markers(screen):
    """Positive controls of the data's page: drug, and its strongest marker on all lines."""
    found = fit_markers(screen, standardize(screen.response)[0])
    out = []
    for drug in ("1047", "1373", "1036", "1371", "1372", "1060", "1010"):
        j = screen.drugs.index(f"Drug_{drug}_IC50")
        first = found.of_drug(j)
        name = screen.features[first[0]] if first else "none"
        out.append(f"{drug} {name} {found.effects[first[0], j]:+.1f}" if first else f"{drug} none")
    return ", ".join(out)


def cross_validated(screen):
    n, d = screen.response.shape
    out = {}
    for train, test in KFold(5, shuffle=True, random_state=0).split(np.arange(n)):
        mine, others = screen.take(train), screen.take(test)
        model = fit_cell_lines(mine, seed=0)
        parts = model.parts(others) | {"tissue mean": tissue_mean(mine, others, model.tissues)}
        for name, value in parts.items():
            out.setdefault(name, np.zeros((n, d)))[test] = (
                value * model.spread + model.mean if (name != "tissue mean") else value
            )
    return out


def tissue_mean(train, test, tissues):
    x, x_test = (kernel_inputs(one, tissues)[:, : len(tissues)] for one in (train, test))
    out = np.zeros((len(test.lines), len(train.drugs)))
    for j in range(len(train.drugs)):
        rows = np.isfinite(train.response[:, j])
        out[:, j] = Ridge(alpha=1.0).fit(x[rows], train.response[rows, j]).predict(x_test)
    return out


def per_drug(response, predicted):
    out = []
    for j in range(response.shape[1]):
        rows = np.isfinite(response[:, j])
        out.append(np.corrcoef(response[rows, j], predicted[rows, j])[0, 1])
    return np.array(out)


if __name__ == "__main__":
    main()
