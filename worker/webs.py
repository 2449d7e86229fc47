"""`python -m worker web`: the HTTP API, with the settings of the environment."""

from __future__ import annotations

import logging

from detente.errors import SettingsInvalid, StoreUnreachable
from worker.logs import set_up_logs
from worker.settings import Settings
from worker.traces import start_tracing


def run_web(settings: Settings, *, address: str, port: int) -> None:
    """Serve the API until a signal. Raises SettingsInvalid, also where what it needs is not installed."""
    try:
        from detente.web import WebOptions, create_app, serve
    except ModuleNotFoundError as error:
        raise SettingsInvalid(f"the API needs {error.name}: pip install 'detente[web]'") from None
    set_up_logs(level=logging.INFO, as_json=settings.log_json)
    options = WebOptions(
        broker=settings.broker, store=settings.store, auth=settings.web_auth, rate=settings.web_rate, origins=settings.web_origins
    )
    if not settings.web_auth:
        facts = {"address": address, "advice": "all on this machine may do all; unset DETENTE_WEB_AUTH to ask for keys"}
        logging.getLogger("detente").warning("web_asks_for_no_keys", extra={"facts": facts})
    logging.getLogger("detente").info("web_listens", extra={"facts": {"address": address, "port": port}})
    _upgrade(settings.store)
    start_tracing(settings.otlp, service="detente-web")
    serve(create_app(options), address=address, port=port, auth=settings.web_auth)


def _upgrade(url: str) -> None:
    """Make the store's tables, or bring them up to date. A store that is down now may answer later, and `/readyz` tells."""
    from detente.storage import Store

    store = Store(url)
    try:
        store.upgrade()
    except StoreUnreachable as error:
        logging.getLogger("detente").warning("store_not_ready", extra={"facts": {"error": str(error)}})
    finally:
        store.close()
