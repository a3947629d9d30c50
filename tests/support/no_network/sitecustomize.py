"""Put this folder on PYTHONPATH and every Python process refuses the network and writes down who asked.

Loopback stays open (workers talk to their parent). Attempts go to the file ONCOLOOM_NETWORK_LOG.
"""

import os
import socket
import sys

_LOCAL = {"127.0.0.1", "::1", "localhost", "", None}
_connect, _getaddrinfo = socket.socket.connect, socket.getaddrinfo


def _refuse(what: object) -> None:
    log = os.environ.get("ONCOLOOM_NETWORK_LOG")
    if log:
        with open(log, "a", encoding="utf-8") as handle:  # noqa: PTH123
            handle.write(f"{sys.argv[:3]} -> {what}\n")
    raise OSError(f"no network at run time: {what}")


def _guarded_connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _LOCAL:
        _refuse(address)
    return _connect(self, address)


def _guarded_getaddrinfo(host, *arguments, **options):
    name = host.decode() if isinstance(host, bytes) else host
    if name not in _LOCAL and name != socket.gethostname():
        _refuse(host)
    return _getaddrinfo(host, *arguments, **options)


socket.socket.connect = _guarded_connect  # type: ignore[method-assign]
socket.getaddrinfo = _guarded_getaddrinfo
