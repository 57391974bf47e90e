"""The only reader of the environment and of settings files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of a process: environment variables `SOMEOPAS_…`, or the same names in a file `.env` of the folder."""

    model_config = SettingsConfigDict(env_prefix="SOMEOPAS_", env_file=".env", extra="ignore")

    data: Path = Field(Path("data"), description="The folder of the database.")
    platforms: list[str] = Field(default_factory=list, description='What `serve` serves, for example ["web"].')
    port: int = Field(8765, ge=0, le=65535, description="The web page's port on 127.0.0.1.")
    language: Literal["fi", "sv", "en"] = Field(
        "fi", description="The language of channels and of people who chose none."
    )
    dense: bool = Field(True, description="Whether the dense model is used where it is installed.")
    guidelines: Path | None = Field(None, description="A folder of further guidelines, one folder each.")

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.data / "someopas.db"
