"""Random survival forest of scikit-survival on given folds; runs in an interpreter of its own.

    PYTHON benchmarks/peer_survival_forest.py IN.npz OUT.npz

Settings as measured for the data's page: 300 trees, leaf 20; above 5,000 rows 100 trees, leaf 50.
"""

import sys

import numpy as np
from sksurv.ensemble import RandomSurvivalForest
from sksurv.util import Surv


def main():
    given = np.load(sys.argv[1])
    x, time, event = given["x"], given["time"], given["event"] > 0
    many = len(x) > 5000

    def fit(rows):
        forest = RandomSurvivalForest(
            n_estimators=100 if many else 300, min_samples_leaf=50 if many else 20, max_features="sqrt",
            low_memory=True, n_jobs=1, random_state=1,
        )  # fmt: skip
        return forest.fit(x[rows], Surv.from_arrays(event[rows], np.maximum(time[rows], 1e-3)))

    folds = given["folds"]
    out_of_fold = np.zeros(len(x))
    for fold in np.unique(folds):
        out_of_fold[folds == fold] = fit(folds != fold).predict(x[folds == fold])
    np.savez(
        sys.argv[2], out_of_fold=out_of_fold, test=fit(np.ones(len(x), dtype=bool)).predict(given["x_test"])
    )


if __name__ == "__main__":
    main()
