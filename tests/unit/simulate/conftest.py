"""One small simulated project for all tests of the simulator."""

import pytest

from oncoloom.simulate.scenarios import simulate_project


@pytest.fixture(scope="session")
def small_project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "project"
    simulate_project(folder, scenario="small", seed=7)
    return folder
