"""Devices share the rows of a step and give one device's model; what is not here is refused."""

import numpy as np
import pytest
from response_problems import two_endpoint_data, two_endpoint_settings

from oncoloom.errors import ConfigError
from oncoloom.response.encoder import SharedLuck
from oncoloom.response.ensemble import train_ensemble
from oncoloom.response.hardware import Hardware, current_hardware, training_on


def test_the_luck_of_a_step_is_shared_out_by_rows():
    whole, parts = SharedLuck(3), [SharedLuck(3), SharedLuck(3)]
    whole.rows = 7
    for rank, part in enumerate(parts):
        part.rows, part.rank, part.world = 7, rank, 2
    cpu = whole.generator.device
    kept = whole.kept(5, 0.4, cpu).numpy()
    assert (parts[0].kept(5, 0.4, cpu).numpy() == kept[0::2]).all()
    assert (parts[1].kept(5, 0.4, cpu).numpy() == kept[1::2]).all()
    assert 0 < kept.mean() < 1


def test_two_processes_train_what_one_trains():
    """Mini-batches of 31 rows: the shares differ by one. Dropout is on: masks are the same rows' in both."""
    data = two_endpoint_data(81)
    settings = two_endpoint_settings(steps=6, batch_rows=31)
    one = train_ensemble(data, settings).export()
    with training_on(Hardware(devices=2)):
        two = train_ensemble(data, settings).export()
    for endpoint, arrays in one.items():
        for name, values in arrays.items():
            np.testing.assert_allclose(two[endpoint][name], values, atol=2e-5, err_msg=f"{endpoint} {name}")


@pytest.mark.gpu
@pytest.mark.parametrize(("precision", "near"), [("32-true", 1e-3), ("bf16-mixed", 0.1)])
def test_a_card_trains_what_the_processor_trains(precision, near):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    data, settings = two_endpoint_data(400), two_endpoint_settings(steps=60)
    cpu = train_ensemble(data, settings).export()
    with training_on(Hardware("gpu", precision)):
        card = train_ensemble(data, settings).export()
    for endpoint, arrays in cpu.items():
        for name, values in arrays.items():
            np.testing.assert_allclose(card[endpoint][name], values, atol=near, err_msg=f"{endpoint} {name}")


def test_a_card_that_is_not_there_is_refused(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match="not here"), training_on(Hardware("gpu")):
        pass
    assert current_hardware() == Hardware()


def test_mixed_precision_without_a_card_is_refused():
    with pytest.raises(ConfigError, match="mixed precision"), training_on(Hardware("cpu", "bf16-mixed")):
        pass
