"""Every setting, from `DETENTE_*` variables; the only reader of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from detente.client import RECORD_TTL_S
from detente.contracts import JOBS, Queue
from detente.errors import SettingsInvalid
from detente.fetching.pages import FetchOptions
from detente.urls import check_broker_url
from detente.webhooks.posts import WebhookOptions

Seconds = Annotated[float, Field(gt=0)]


class KindLimits(BaseModel):
    """What one kind of job may take, in place of what its handler says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    soft_s: Seconds | None = None
    hard_s: Seconds | None = None
    max_retries: Annotated[int, Field(ge=0, le=100)] | None = None


class Settings(BaseSettings):
    """Validated once, when Celery first asks for its configuration. Unknown `DETENTE_*` variables are ignored."""

    model_config = SettingsConfigDict(env_prefix="DETENTE_", frozen=True, extra="ignore")

    broker: str = Field(
        default="redis://127.0.0.1:6379/0",
        description="Redis: redis://, rediss://, unix:///path or sentinel://host1,host2/master",
    )
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
    limits: dict[str, KindLimits] = Field(
        default_factory=dict,
        description='JSON: limits of single kinds: {"detente.article.read": {"soft_s": 60, "hard_s": 70, "max_retries": 3}}',
    )
    max_depth: Annotated[int, Field(ge=1)] = Field(default=100_000, description="jobs that may wait in a queue; more are refused")
    max_waiting_mb: Annotated[int, Field(ge=1)] = Field(
        default=1024, description="megabytes that may wait in all queues; more is refused. Well below what Redis has"
    )
    result_expires_s: Seconds = Field(default=RECORD_TTL_S, description="how long Redis keeps results")
    drain_s: Seconds = Field(default=20, description="how long a stopping worker finishes its jobs before it puts them back")
    schedules: Path | None = Field(default=None, description="TOML file of scheduled jobs in place of the shipped one")
    user_agent: Annotated[str, Field(pattern=r"^[A-Za-z][!-~]*( [ -~]*)?$", max_length=200)] = Field(
        default=FetchOptions.agent, description="what fetched hosts see; robots.txt is read for its first word, up to a slash"
    )
    fetch_delay_s: Annotated[float, Field(gt=0, le=60)] = Field(
        default=FetchOptions.delay_s, description="least time between two requests to one host, by all workers together"
    )
    fetch_timeout_s: Annotated[float, Field(gt=0, le=60)] = Field(
        default=FetchOptions.timeout_s, description="how long one page may take, redirects and all"
    )
    fetch_networks: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description='JSON list of private networks that pages may be fetched from: ["10.1.0.0/16"]'
    )
    webhook_networks: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description='JSON list of private networks that webhooks may go to: ["10.1.0.0/16"]'
    )
    webhook_timeout_s: Annotated[float, Field(gt=0, le=60)] = Field(
        default=WebhookOptions.timeout_s, description="how long an endpoint may take to answer a webhook"
    )
    webhook_schedule_s: Annotated[tuple[Seconds, ...], Field(max_length=50)] = Field(
        default=WebhookOptions.schedule_s, description="JSON list of the waits between attempts to deliver a webhook, in seconds"
    )
    flower_auth: SecretStr | None = Field(default=None, description="user:password for Flower")
    web_auth: bool = Field(default=True, description="whether the HTTP API asks for keys; without, it answers this machine alone")
    web_rate: int = Field(default=600, ge=0, description="requests a minute that one API key may make; 0 for no limit")
    web_origins: tuple[str, ...] = Field(
        default=(), description='JSON list of origins whose pages may call the API: ["https://news.example"]'
    )
    otlp: str | None = Field(
        default=None, pattern=r"^https?://",
        description="collector of spans, OTLP over HTTP: http://127.0.0.1:4318. Needs the extra `otel`",
    )  # fmt: skip
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
        for kind, limits in self.limits.items():
            if kind not in JOBS:
                raise ValueError(f"LIMITS names {kind!r}, which is no kind of job")
            if not (limits.soft_s or self.soft_time_limit_s) < (limits.hard_s or self.time_limit_s):
                raise ValueError(f"LIMITS of {kind}: soft_s must be below hard_s (without one, the limits of all kinds hold)")
        return self


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsInvalid, naming each variable that is wrong, without its value."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"DETENTE_{'_'.join(map(str, item['loc'])).upper() or '*'}: {item['msg']}" for item in error.errors()]
        raise SettingsInvalid("; ".join(lines)) from None
