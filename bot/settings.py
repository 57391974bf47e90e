"""The only reader of the environment and of settings files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of a process: environment variables `SOMEOPAS_…`, or the same names in a file `.env` of the folder."""

    model_config = SettingsConfigDict(env_prefix="SOMEOPAS_", env_file=".env", extra="ignore")

    data: Path = Field(Path("data"), description="The folder of the database.")
    platforms: list[str] = Field(default_factory=list, description='What `serve` serves, for example ["slack"].')
    port: int = Field(8765, ge=0, le=65535, description="The web page's port on 127.0.0.1.")
    language: Literal["fi", "sv", "en"] = Field(
        "fi", description="The language of channels and of people who chose none."
    )
    dense: bool = Field(True, description="Whether the dense model is used where it is installed.")
    slack_bot_token: SecretStr = Field(SecretStr(""), description="The bot's token, xoxb-….")
    slack_app_token: SecretStr = Field(SecretStr(""), description="The app-level token for Socket Mode, xapp-….")
    slack_signing_secret: SecretStr = Field(SecretStr(""), description="The signing secret for signed HTTP.")
    slack_config_token: SecretStr = Field(SecretStr(""), description="A configuration token, for `doctor --online`.")
    slack_mode: Literal["socket", "http"] = Field("socket", description="How Slack reaches the bot.")
    slack_communications: str = Field("", description="The id of the communications team's channel, C….")
    slack_host: str = Field("127.0.0.1", description="The address that signed HTTP listens on.")
    slack_port: int = Field(3000, ge=0, le=65535, description="The port that signed HTTP listens on.")
    slack_api: str = Field("https://slack.com/api/", description="The address of Slack's Web API.")
    guidelines: Path | None = Field(None, description="A folder of further guidelines, one folder each.")

    @property
    def curated_vectors(self) -> Path:
        """The file of the curated answers' vectors; it is made anew where it is missing."""
        return self.data / "curated-vectors.npz"

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.data / "someopas.db"
