"""The engines that are measured beside each other, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.measuring import ROOT

PEERS = Path(__file__).parent / "peers"
THEIRS = ROOT / ".bench" / "bin" / "python"
OURS = Path(sys.executable)
LONGEST = 300


@dataclass(frozen=True)
class Engine:
    """A library under measurement.

    Parameters
    ----------
    name, script
        What the table calls it, and the file in ``peers`` that runs it.
    python
        The interpreter of the environment it is installed into.
    terms
        What each of its works is told.
    """

    name: str
    script: str
    python: Path = THEIRS
    terms: tuple[tuple[str, str], ...] = ()


BIFROST = Engine("Bifrost", "bifrost_peer.py", OURS)
BACKTRADER = Engine("Backtrader", "backtrader_peer.py", OURS)
BACKTESTING = Engine("backtesting.py", "backtesting_peer.py")
VECTORBT_NUMBA = Engine("vectorbt (numba)", "vectorbt_peer.py", terms=(("engine", "numba"),))
VECTORBT_RUST = Engine("vectorbt (rust)", "vectorbt_peer.py", terms=(("engine", "rust"),))
RAPTORBT = Engine("raptorbt", "raptorbt_peer.py")
ENGINES = (BIFROST, BACKTRADER, BACKTESTING, VECTORBT_NUMBA, VECTORBT_RUST, RAPTORBT)


@dataclass
class Answering:
    """An engine's process: it is asked, and answers.

    Parameters
    ----------
    engine
        Which one.
    folder
        Where it keeps machine code, and its home.
    """

    engine: Engine
    folder: Path
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self):
        """Start it, with byte code written: reading sources anew is no library's fault."""
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "RAPTORBT_NO_VERSION_CHECK": "1"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for name in ("NUMBA_CACHE_DIR", "BIFROST_HOME", "MPLCONFIGDIR"):
            environment[name] = str(self.folder / name.lower())
        with self._complaints.open("w") as complaints:
            self.process = subprocess.Popen(
                [self.engine.python, PEERS / self.engine.script],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints,
                text=True, env=environment,
            )  # fmt: skip

    def ask(self, work, bars, *, laps=0, at_least=0.05, found=None, **terms):
        """Return the answer to one question; see ``peers/serving.py``."""
        question = {
            "work": work, "bars": str(bars), "laps": laps, "at_least": at_least,
            "found": None if found is None else str(found),
            "terms": dict(self.engine.terms) | terms,
        }  # fmt: skip
        guard = threading.Timer(LONGEST, self.process.kill)
        guard.start()
        try:
            self.process.stdin.write(json.dumps(question) + "\n")
            self.process.stdin.flush()
            while line := self.process.stdout.readline():
                if line.startswith("{"):
                    return json.loads(line)
        except BrokenPipeError:
            pass
        finally:
            guard.cancel()
        raise RuntimeError(f"{self.engine.name}, {work}: {self._complaints.read_text()[-2000:]}")

    def close(self):
        """End it, whatever it is doing."""
        self.process.kill()
        self.process.communicate()

    @property
    def _complaints(self):
        return self.folder / "stderr.txt"


def ask_once(engine, folder, work, bars, **question):
    """Return a fresh process' answer to one question."""
    process = Answering(engine, folder)
    try:
        return process.ask(work, bars, **question)
    finally:
        process.close()


def engines_here():
    """Return the engines that are installed: ours, and the others where `make bench` put them."""
    return tuple(one for one in ENGINES if one.python.exists())
