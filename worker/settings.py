"""Every setting, from `DETENTE_*` variables; the only reader of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from detente.client import RECORD_TTL_S
from detente.contracts import Queue
from detente.errors import SettingsInvalid
from detente.urls import check_broker_url

Seconds = Annotated[float, Field(gt=0)]


class Settings(BaseSettings):
    """Validated once, when Celery first asks for its configuration. Unknown `DETENTE_*` variables are ignored."""

    model_config = SettingsConfigDict(env_prefix="DETENTE_", frozen=True, extra="ignore")

    broker: str = Field(default="redis://127.0.0.1:6379/0", description="Redis: redis://, rediss:// or unix:///path")
    data: Path = Field(
        default=Path("~/.local/share/detente"), description="folder of the embedded Redis, the SQLite store, Flower's memory"
    )
    store: str = Field(
        default_factory=lambda given: f"sqlite:///{given['data'].expanduser() / 'detente.db'}",
        description="database: sqlite:///path or postgresql://…",
    )
    queues: tuple[Queue, ...] = Field(
        default=tuple(Queue), min_length=1, description="JSON list of the queues that a worker takes from, the most urgent first"
    )
    soft_time_limit_s: Seconds = Field(default=240, description="after this a job is asked to stop, and dies with that reason")
    time_limit_s: Seconds = Field(default=270, description="after this its process is killed")
    result_expires_s: Seconds = Field(default=RECORD_TTL_S, description="how long Redis keeps results")
    drain_s: Seconds = Field(default=20, description="how long a stopping worker finishes its jobs before it puts them back")
    schedules: Path | None = Field(default=None, description="TOML file of scheduled jobs in place of the shipped one")
    flower_auth: SecretStr | None = Field(default=None, description="user:password for Flower")
    log_json: bool = Field(default=False, description="log lines as JSON instead of text")

    @field_validator("broker")
    @classmethod
    def _is_a_broker(cls, url: str) -> str:
        try:
            return check_broker_url(url)
        except SettingsInvalid as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _limits_are_in_order(self) -> Settings:
        if not self.soft_time_limit_s < self.time_limit_s:
            raise ValueError("SOFT_TIME_LIMIT_S must be below TIME_LIMIT_S: a killed process tells nobody why")
        return self


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsInvalid, naming each variable that is wrong, without its value."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"DETENTE_{'_'.join(map(str, item['loc'])).upper() or '*'}: {item['msg']}" for item in error.errors()]
        raise SettingsInvalid("; ".join(lines)) from None
