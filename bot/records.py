"""How the records of each flow are read from the store and written to it: as JSON, with one adapter each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from handlers import FLOWS
from handlers.accounts.record import Record as Request
from handlers.agreements.record import Record as Agreement
from handlers.curated import Record as CuratedAnswer
from handlers.digest import Record as Digest
from handlers.incidents.record import Record as Incident
from handlers.overlays.record import Record as Overlay
from handlers.preferences import Record as Preferences
from handlers.published import Record as Published
from handlers.questions.record import Record as Question
from handlers.register.record import Record as Account
from handlers.training import Record as Training
from handlers.versions import Record as Versions

RECORDS: Mapping[str, TypeAdapter[Any]] = {
    name: TypeAdapter(flow.Record) for name, flow in FLOWS.items() if hasattr(flow, "Record")
}
"""The adapter of each flow that keeps records, by its name. `validate_json` raises `ValidationError`."""
ACCOUNTS: TypeAdapter[Account] = RECORDS["register"]
AGREEMENTS: TypeAdapter[Agreement] = RECORDS["agreements"]
CURATED: TypeAdapter[CuratedAnswer] = RECORDS["curated"]
DIGESTS: TypeAdapter[Digest] = RECORDS["digest"]
INCIDENTS: TypeAdapter[Incident] = RECORDS["incidents"]
OVERLAYS: TypeAdapter[Overlay] = RECORDS["overlays"]
PREFERENCES: TypeAdapter[Preferences] = RECORDS["preferences"]
PUBLISHED: TypeAdapter[Published] = RECORDS["published"]
QUESTIONS: TypeAdapter[Question] = RECORDS["questions"]
REQUESTS: TypeAdapter[Request] = RECORDS["accounts"]
TRAINING: TypeAdapter[Training] = RECORDS["training"]
VERSIONS: TypeAdapter[Versions] = RECORDS["versions"]
