"""Whether a package is one that Teams takes: by Microsoft's published schemas, and what they cannot tell.

`python -m tests.teams.package_check FILE` says what is wrong, a line each.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

SCHEMAS = Path(__file__).parent / "node_modules" / "@microsoft" / "app-manifest" / "build" / "json-schemas" / "teams"
ICONS = ("color", "outline")


def check(package: bytes) -> list[str]:
    """What is wrong with a package; empty where nothing is."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    if "manifest.json" not in files:
        return ["manifest.json: it is not at the top of the package"]
    manifest = json.loads(files["manifest.json"])
    found = _against("manifest.json", manifest, "MicrosoftTeams", manifest)
    named = {manifest["icons"][name] for name in ICONS}
    for other in manifest["localizationInfo"]["additionalLanguages"]:
        named.add(other["file"])
        if other["file"] in files:
            content = json.loads(files[other["file"]])
            found += _against(other["file"], content, "MicrosoftTeams.Localization", manifest)
    found += [f"{name}: it is named and is not there" for name in sorted(named - set(files))]
    return found + [f"{name}: nothing names it" for name in sorted(set(files) - named - {"manifest.json"})]


def _against(name: str, content: dict[str, Any], schema: str, manifest: dict[str, Any]) -> list[str]:
    version = manifest["manifestVersion"]
    written = json.loads((SCHEMAS / f"v{version}" / f"{schema}.schema.json").read_text("utf-8-sig"))
    errors = Draft4Validator(written).iter_errors(content)
    found = [f"{name}: {'/'.join(map(str, e.absolute_path)) or 'the whole'}: {e.message}" for e in errors]
    if not str(content.get("$schema")).endswith(f"/teams/v{version}/{schema}.schema.json"):
        found.append(f"{name}: $schema is not that of version {version}")
    return found


if __name__ == "__main__":
    problems = check(Path(sys.argv[1]).read_bytes())
    sys.stdout.write("".join(f"{problem}\n" for problem in problems) or f"{sys.argv[1]}: Microsoft's schemas take it.\n")
    sys.exit(bool(problems))
