"""The only reader of the environment and of settings files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

from handlers.accounts.chain import CHAIN, Municipality
from handlers.accounts.record import Body
from handlers.facts import Role
from handlers.incidents.plan import Plan
from handlers.incidents.record import Kind
from handlers.retention import problems as retention_problems

SPINS = "1000"
"""How often a thread of the dense model looks whether the others are done before it sleeps (libgomp's GOMP_SPINCOUNT,
300,000 by default). Where the machine has other work a question took three times as long by looking; alone no less."""


def spin_less() -> None:
    """Have the dense model's threads sleep soon, unless the environment says how long they wait.

    To be called before the model is loaded: its library reads the environment then, and never again.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)


class Settings(BaseSettings):
    """Settings of a process: environment variables `SOMEOPAS_…`, or the same names in a file `.env` of the folder.

    Each may also lie in a file of its own, named `someopas_…` in small letters, in the folder that `SOMEOPAS_SECRETS`
    names, else in the one of systemd's `LoadCredential`: secrets that no other process sees and no `ps e` shows.
    """

    model_config = SettingsConfigDict(env_prefix="SOMEOPAS_", env_file=".env", extra="ignore")

    data: Path = Field(Path("data"), description="The folder of the database.")
    postgres: SecretStr = Field(
        SecretStr(""), description="The address of a PostgreSQL that several processes share; empty: the database's file."
    )
    platforms: list[str] = Field(default_factory=list, description='What `serve` serves, for example ["slack"].')
    port: int = Field(8765, ge=0, le=65535, description="The web page's port on 127.0.0.1.")
    web_host: str = Field("127.0.0.1", description="The address that the web page listens on.")
    web_address: str = Field("", description="The page's public address, https://…, for people who sign in.")
    oidc_issuer: str = Field("", description="Who signs people in to the page: the issuer's address (OpenID Connect).")
    oidc_client_id: str = Field("", description="The page's client id at the issuer.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="The page's client secret at the issuer.")
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
    teams_client_id: str = Field("", description="The application (client) id of the bot in Entra.")
    teams_client_secret: SecretStr = Field(SecretStr(""), description="The application's client secret.")
    teams_managed_identity: bool = Field(
        False, description="Whether the bot is a user-assigned managed identity, which needs no secret."
    )
    teams_tenant_id: str = Field("", description="The directory (tenant) id of the organisation.")
    teams_other_tenants: list[str] = Field(
        default_factory=list, description="Further tenants whose people may use the bot, as JSON."
    )
    teams_communications: str = Field("", description="The id of the communications team's channel, 19:…@thread.tacv2.")
    teams_graph: bool = Field(False, description="Whether supervisors are asked from Microsoft Graph.")
    teams_host: str = Field("127.0.0.1", description="The address that the bot listens on for Teams.")
    teams_port: int = Field(3978, ge=0, le=65535, description="The port that the bot listens on for Teams.")
    teams_service: str = Field(
        "https://smba.trafficmanager.net/teams/",
        description="The Bot Connector's address for people whom the bot writes to first.",
    )
    municipality: str = Field("Tuusulan kunta", description="The municipality's name, as an account is to show it.")
    email_domains: list[str] = Field(
        default_factory=lambda: ["tuusula.fi"], description="The domains of the municipality's own e-mail, as JSON."
    )
    chain: list[Body] = Field(
        default_factory=lambda: list(CHAIN), description="The bodies that decide on a new account, in order, as JSON."
    )
    incident_fallback: list[str] = Field(
        default_factory=list,
        description="Who gets an incident where no IT manager is there or reached: e-mail addresses, as JSON.",
    )
    incident_call: str = Field("", description="Whom to call out of hours, as it is shown to who reports an incident.")
    data_protection_officer: str = Field("", description="How the data protection officer is reached, as it is shown.")
    incident_retention: dict[str, int] = Field(
        default_factory=dict,
        description="Months for which closed incidents are kept, by kind, as JSON; a kind that is not named: 24.",
    )
    retention: dict[str, int] = Field(
        default_factory=dict, description="Days for which each kind of what is kept is kept, as JSON (docs/privacy.md)."
    )
    guideline_old_years: int = Field(
        5, ge=1, le=100, description="Years after which the communications team is told that the guideline is old."
    )
    questions_a_minute: int = Field(
        30, ge=0, le=1000, description="Questions of one person that are answered in a minute; 0 for no limit."
    )
    umbrella_accounts: list[str] = Field(
        default_factory=lambda: [
            "www.facebook.com/tuusula",
            "www.twitter.com/tuusulankunta",
            "www.instagram.com/tuusulankunta",
        ],
        description="The municipality's common accounts, which the guideline names and communications keep, as JSON.",
    )
    management_digest: list[str] = Field(
        default_factory=list,
        description="Who gets the quarterly digest besides the communications team: e-mail addresses, as JSON.",
    )
    health_host: str = Field("127.0.0.1", description="The address of /healthz, /readyz and /metrics.")
    health_port: int = Field(8766, ge=0, le=65535, description="Their port; 0 for none.")
    notify_socket: str = Field(
        "", validation_alias=AliasChoices("SOMEOPAS_NOTIFY_SOCKET", "NOTIFY_SOCKET"), description="Where systemd listens."
    )
    guidelines: Path | None = Field(None, description="A folder of further guidelines, one folder each.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where settings come from, the first that has one wins: the environment, `.env`, files of secrets."""
        folder = _secrets()
        files = SecretsSettingsSource(settings_cls, secrets_dir=folder) if folder else file_secret_settings
        return init_settings, env_settings, dotenv_settings, files

    @field_validator("chain")
    @classmethod
    def _complete(cls, chain: list[Body]) -> list[Body]:
        """Every body has a name in each language, and roles that exist."""
        for body in chain:
            if set(body.names) != {"fi", "sv", "en"}:
                raise ValueError(f"{body.id}: `names` needs fi, sv and en")
            unknown = {body.secretary, *([body.skipped_by] if body.skipped_by else [])} - set(Role.ALL)
            if unknown:
                raise ValueError(f"{body.id}: {', '.join(sorted(unknown))} is not a role (known: {', '.join(Role.ALL)})")
        return chain

    @field_validator("incident_retention")
    @classmethod
    def _known(cls, retention: dict[str, int]) -> dict[str, int]:
        """Every kind is one, and is kept for a month at least."""
        if unknown := sorted(set(retention) - set(Kind)):
            raise ValueError(f"{', '.join(unknown)} is no kind of incident (known: {', '.join(Kind)})")
        if short := sorted(kind for kind, months in retention.items() if months < 1):
            raise ValueError(f"{', '.join(short)}: at least one month")
        return retention

    @field_validator("retention")
    @classmethod
    def _kept(cls, retention: dict[str, int]) -> dict[str, int]:
        """Every kind is one, and is kept for a week at least."""
        if wrong := retention_problems(retention):
            raise ValueError("; ".join(wrong))
        return retention

    @property
    def plan(self) -> Plan:
        """What is settled for incidents."""
        return Plan(
            tuple(self.incident_fallback), self.incident_call, self.data_protection_officer, dict(self.incident_retention)
        )

    @property
    def evidence(self) -> Path:
        """The folder of the files that belong to incidents."""
        return self.data / "evidence"

    @property
    def of_the_municipality(self) -> Municipality:
        """What differs between municipalities."""
        return Municipality(
            self.municipality, tuple(self.email_domains), tuple(self.chain), self.guideline_old_years,
            tuple(self.management_digest),
        )  # fmt: skip

    @property
    def teams_tenants(self) -> tuple[str, ...]:
        """The tenants whose people may use the bot in Teams, our own first."""
        return (self.teams_tenant_id, *self.teams_other_tenants)

    @property
    def curated_vectors(self) -> Path:
        """The file of the curated answers' vectors; it is made anew where it is missing."""
        return self.data / "curated-vectors.npz"

    @property
    def backed_up(self) -> Path:
        """The file whose age is that of the last backup."""
        return self.data / "backed-up"

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.data / "someopas.db"


def _secrets() -> Path | None:
    """The folder of secrets, None where there is none. Raises `ValueError` where the one that was named is not there."""
    named, given = os.environ.get("SOMEOPAS_SECRETS", ""), os.environ.get("CREDENTIALS_DIRECTORY", "")
    if named and not Path(named).is_dir():
        raise ValueError(f"SOMEOPAS_SECRETS names the folder {named}, which is not there")
    return Path(named or given) if named or given else None
