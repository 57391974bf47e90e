"""`python -m tests.fuzz NAME [SECONDS] [BYTES]`: let atheris look for inputs that a harness does not expect."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from tempfile import TemporaryDirectory


def main(name: str, seconds: str = "60", longest: str = "4096") -> None:
    """Fuzz one harness with inputs of so many bytes; atheris ends the process with the input that was found."""
    atheris = importlib.import_module("atheris")  # optional, and in none of the locks
    with atheris.instrument_imports(include=["bot", "handlers"]):  # our own code alone is watched
        harnesses = importlib.import_module("tests.fuzz.harnesses").HARNESSES
    fuzzed = harnesses[name]
    with TemporaryDirectory() as folder:
        for number, data in enumerate(fuzzed.corpus):
            (Path(folder) / str(number)).write_bytes(data)
        options = [f"-max_total_time={seconds}", f"-max_len={longest}", "-timeout=20"]
        atheris.Setup([sys.argv[0], *options, folder], fuzzed.run)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
