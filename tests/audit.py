"""`python -m tests.audit`: what we depend on, as an SBOM, and whether a weakness of any of it is known (`make audit`).

The SBOM is CycloneDX 1.6, made from the lock files alone: the same locks give the same file. Weaknesses are asked by
pip-audit of the services that it knows; where none of them can be reached, that is said and nothing fails.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-teams.lock", "requirements-postgres.lock")
"""What is installed where the bot is served; development has its own."""
SERVICES = ("pypi", "osv")
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Package:
    """A package as a lock pins it, with the SHA-256 of each of its files."""

    name: str
    version: str
    hashes: tuple[str, ...]


def packages(lock: str) -> list[Package]:
    """What a lock file pins. Raises `ValueError` for a line that pins nothing, or without a hash."""
    found = []
    for entry in re.sub(r"\\\n", " ", lock).splitlines():
        if not entry.strip() or entry.lstrip().startswith("#"):
            continue
        pinned, hashes = PINNED.match(entry), tuple(HASH.findall(entry))
        if not pinned or not hashes:
            raise ValueError(f"this pins nothing: {entry[:80]}")
        found.append(Package(re.sub(r"[-_.]+", "-", pinned[1]).lower(), pinned[2], hashes))
    return found


def sbom(locks: Mapping[str, str], name: str, version: str) -> dict[str, Any]:
    """The bill of materials of several locks: each package once, and in which of them it is."""
    of: dict[Package, list[str]] = {}
    for lock, text in locks.items():
        for package in packages(text):
            of.setdefault(package, []).append(lock)
    whole = hashlib.sha256("".join(locks.values()).encode()).hexdigest()
    us = f"pkg:pypi/{name}@{version}"
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, whole)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": us, "name": name, "version": version, "purl": us}},
        "components": [
            _component(p, found) for p, found in sorted(of.items(), key=lambda item: (item[0].name, item[0].version))
        ],
        "dependencies": [{"ref": us, "dependsOn": sorted(_purl(p) for p in of)}],
    }


def _purl(package: Package) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


def _component(package: Package, locks: Sequence[str]) -> dict[str, Any]:
    # A package has several files, for several machines: a component's own hashes would say that all of them are one.
    files = [
        {"type": "distribution", "url": _purl(package), "hashes": [{"alg": "SHA-256", "content": h}]}
        for h in package.hashes
    ]
    return {
        "type": "library", "bom-ref": _purl(package), "name": package.name, "version": package.version,
        "purl": _purl(package), "externalReferences": files,
        "properties": [{"name": "someopas:lock", "value": lock} for lock in locks],
    }  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What a service said of a lock: known weaknesses, and how many packages it knew."""

    weak: tuple[str, ...]
    asked: int
    known: int


def verdict(told: str) -> Verdict:
    """The verdict of what pip-audit printed as JSON. Raises `ValueError` where it is none."""
    of = json.loads(told)["dependencies"]
    weak = tuple(
        f"{d['name']} {d['version']}: {v['id']} (mended in {', '.join(v['fix_versions']) or 'no version yet'})"
        for d in of if "vulns" in d for v in d["vulns"]
    )  # fmt: skip
    return Verdict(weak, len(of), sum(1 for d in of if "skip_reason" not in d))


def ask(lock: Path, service: str) -> Verdict | None:
    """What a service says of a lock, None where it cannot be reached."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes", "--disable-pip",
               "--vulnerability-service", service, "--format", "json", "--progress-spinner", "off",
               "--timeout", "10"]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        return verdict(done.stdout)
    except (ValueError, KeyError, TypeError, subprocess.TimeoutExpired):
        return None


def main(folder: Path = ROOT / "build") -> int:
    """Write the SBOM and ask for weaknesses; 1 where one is known."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    folder.mkdir(exist_ok=True)
    file = folder / "sbom.cdx.json"
    locks = {name: (ROOT / name).read_text("utf-8") for name in LOCKS}
    made = sbom(locks, project["name"], project["version"])
    file.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    sys.stdout.write(f"{file.relative_to(ROOT)}: {len(made['components'])} packages\n")
    weak: list[str] = []
    for lock in LOCKS:
        answers = {service: ask(ROOT / lock, service) for service in SERVICES}
        told = [a for a in answers.values() if a and a.known]
        weak += [line for answer in told for line in answer.weak]
        known = max((a.known for a in told), default=0)
        if not known:
            sys.stdout.write(f"{lock}: not looked at, as no service that knows of weaknesses was reached\n")
        else:
            sys.stdout.write(f"{lock}: {known} packages looked at\n")
    for line in sorted(set(weak)):
        sys.stdout.write(f"known weakness: {line}\n")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main())
