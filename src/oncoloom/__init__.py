"""oncoloom: from a cancer patient's sequencing reads to a treatment report.

This module only sets the switches that keep every dependency silent on the network; it must run
before any of them is imported (a clinic's firewall log stays empty).
"""

import os

__version__ = "0.1.0"

_TELEMETRY_SWITCHES = {
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "FLWR_TELEMETRY_ENABLED": "0",
    "NML_DISABLE_USAGE_LOGGING": "1",
    "GIT_PYTHON_REFRESH": "quiet",
}
for _name, _value in _TELEMETRY_SWITCHES.items():
    os.environ.setdefault(_name, _value)
