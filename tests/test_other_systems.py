"""Windows lacks some modules and functions of Python's standard library; every module must import without them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# What Windows lacks and code is tempted to use, by the availability notes of Python's library reference.
MODULES = ("fcntl", "grp", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty")
ATTRIBUTES = {
    "os": (
        *("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "EX_OK", "EX_SOFTWARE", "fork", "geteuid", "getuid"),
        *("killpg", "mkfifo", "posix_fadvise", "posix_fallocate", "pread", "preadv", "pwrite", "pwritev"),
        *("sched_getaffinity", "setsid", "statvfs", "sysconf", "uname"),
    ),
    "signal": ("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "setitimer"),
    "socket": ("AF_UNIX",),
    "time": ("tzset",),
}
PROBE = f"""
import importlib, pkgutil, sys

def import_all(package):
    faults = []
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if not module.name.endswith("__main__"):
            try:
                importlib.import_module(module.name)
            except Exception as error:
                faults.append(f"{{module.name}}: {{type(error).__name__}}: {{error}}")
    return faults

package = sys.argv[1]
# The first time for what other packages load: how they do without is their own affair.
assert import_all(package) == [], "imports fail here, too"
loaded = [name for name in sys.modules if name.partition(".")[0] == package]
for name in loaded:
    del sys.modules[name]
for name in {MODULES!r}:
    sys.modules[name] = None
for name, attributes in {ATTRIBUTES!r}.items():
    module = importlib.import_module(name)
    for attribute in attributes:
        delattr(module, attribute)
print("FAULTS", len(loaded), *import_all(package), sep="\\n")
"""


def import_without(package: str, folder=None) -> tuple[int, list[str]]:
    """Import all modules of a package twice, the second time without what Windows lacks: their number and faults."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*([str(folder)] if folder else []), *sys.path])}
    command = [sys.executable, "-c", PROBE, package]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    number, *faults = done.stdout.partition("FAULTS\n")[2].splitlines()
    return int(number), faults


@pytest.mark.skipif(sys.platform != "linux", reason="takes away what Linux has")
@pytest.mark.slow
def test_every_module_imports_without_what_windows_lacks():
    number, faults = import_without("medcurate")
    assert faults == []
    assert number > 100


@pytest.mark.skipif(sys.platform != "linux", reason="takes away what Linux has")
def test_the_probe_finds_a_module_and_an_attribute(tmp_path):
    planted = tmp_path / "planted"
    planted.mkdir()
    (planted / "__init__.py").touch()
    (planted / "fine.py").write_text("import signal\nSTOP = signal.SIGTERM\n")
    (planted / "locks.py").write_text("import fcntl\n")
    (planted / "reads.py").write_text("import os\nREAD = os.pread\n")
    number, faults = import_without("planted", tmp_path)
    assert number == 4
    assert [fault.partition(":")[0] for fault in faults] == ["planted.locks", "planted.reads"]
