"""URLs of Redis: what each means to detente, to Celery and to Flower, and what must never be shown of it."""

from __future__ import annotations

import pytest
from redis.sentinel import SentinelConnectionPool

from detente.client import Client
from detente.errors import BrokerUnreachable, SettingsInvalid
from detente.urls import celery_tls, celery_transport_options, celery_url, check_broker_url, masked, sentinels

SENTINELS = "sentinel://reader:p%40ss@first:26380,second,[::1]:5/mymaster?db=2&sentinel_password=other"


def test_a_sentinel_url_names_hosts_master_and_both_passwords() -> None:
    given = sentinels(SENTINELS)
    assert given.hosts == (("first", 26380), ("second", 26379), ("::1", 5))
    assert (given.master, given.db, given.username, given.password) == ("mymaster", 2, "reader", "p@ss")
    assert given.options == {"password": "other"}


def test_a_sentinel_url_in_celerys_words() -> None:
    assert celery_url(SENTINELS).split(";") == [
        "sentinel://reader:p%40ss@first:26380/2",
        "sentinel://reader:p%40ss@second:26379/2",
        "sentinel://reader:p%40ss@[::1]:5/2",
    ]
    assert celery_transport_options(SENTINELS) == {"master_name": "mymaster", "sentinel_kwargs": {"password": "other"}}
    assert celery_transport_options("redis://host/0") == {}


def test_a_client_of_sentinels_asks_them_for_the_master() -> None:
    with Client(SENTINELS) as client:
        pool = client.redis.connection_pool
        assert isinstance(pool, SentinelConnectionPool)
        assert (pool.service_name, pool.connection_kwargs["db"], pool.connection_kwargs["password"]) == ("mymaster", 2, "p@ss")


def test_options_of_tls_go_to_celery_beside_the_url() -> None:
    url = "rediss://:pw@host:6380/1?ssl_ca_certs=/etc/ca.pem&ssl_check_hostname=false"
    assert celery_url(url) == "rediss://:pw@host:6380/1"
    assert celery_tls(url) == {"ssl_cert_reqs": "required", "ssl_ca_certs": "/etc/ca.pem", "ssl_check_hostname": False}
    assert celery_tls("redis://host/0") is None
    with Client(url) as client:
        given = client.redis.connection_pool.connection_kwargs
        assert (given["ssl_ca_certs"], given["ssl_check_hostname"]) == ("/etc/ca.pem", False)


def test_a_database_in_the_options_is_the_same_to_celery() -> None:
    assert celery_url("redis://host?db=3") == "redis://host/3"


@pytest.mark.parametrize(
    "url",
    [
        "http://u:s3cret@host",
        "redis://u:s3cret@host:port/0",
        "redis://u:s3cret@[host:1/0",
        "redis://u:s3cret@host/0?ssl_ca_certs=/ca",
        "rediss://u:s3cret@host/0?ssl_nonsense=1",
        "redis://host/0?password=s3cret",
        "redis://u:s3cret@host/0?db=many",
        "sentinel://u:s3cret@host:26379",
        "sentinel://u:s3cret@/mymaster",
        "sentinel://u:s3cret@host/mymaster?socket_timeout=1",
        "sentinel://u:s3cret@host/mymaster?db=many",
        "sentinel://u:s3cret@host:port/mymaster",
        "unix://:s3cret@",
    ],
)
def test_a_wrong_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        Client(url)
    assert "s3cret" not in str(refused.value)
    assert "s3cret" not in masked(url)


@pytest.mark.parametrize("url", ["redis://u:se?cret@host/0", "redis://u:se/cret@host/0", "redis://u:se@cret@host/0"])
def test_a_password_that_should_have_been_quoted_is_hidden_too(url: str) -> None:
    assert "cret" not in masked(url)


def test_what_does_not_answer_is_named_without_its_passwords() -> None:
    url = "sentinel://u:s3cret@127.0.0.1:1/mymaster?sentinel_password=s3cret"
    with Client(url) as client, pytest.raises(BrokerUnreachable) as away:
        client.ping()
    assert "s3cret" not in str(away.value)
    assert "127.0.0.1:1/mymaster" in str(away.value)


def test_what_needs_no_change_is_given_back_as_it_was() -> None:
    for url in ("redis://host:6379/0", "unix:///run/redis.sock?db=1", SENTINELS):
        assert check_broker_url(url) == url
