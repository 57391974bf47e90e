"""`python -m tests.fuzz NAME [SECONDS]`: let atheris look for inputs that a harness does not expect (`make fuzz`)."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from tempfile import TemporaryDirectory


def main(name: str, seconds: str = "60") -> None:
    """Fuzz one harness; atheris ends the process with the input that was found."""
    atheris = importlib.import_module("atheris")  # optional, and in none of the locks
    with atheris.instrument_imports(include=["bot", "handlers"]):  # our own code alone is watched
        harnesses = importlib.import_module("tests.fuzz.harnesses").HARNESSES
    fuzzed = harnesses[name]
    with TemporaryDirectory() as folder:
        for number, data in enumerate(fuzzed.corpus):
            (Path(folder) / str(number)).write_bytes(data)
        atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", "-timeout=20", folder], fuzzed.run)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
