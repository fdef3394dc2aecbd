"""One JSON document to a web address: `POST`, http or https, no redirects, and never longer than its time.

The request is made in a thread that nobody waits for: a server that answers drop by drop cannot be interrupted.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from prodigy_tui.clock import Clock
from prodigy_tui.process.waiting import done_within

SCHEMES: Final = frozenset({"http", "https"})


class WebhookFailed(Exception):
    """The address was not reached, or did not take the document."""


async def post(
    url: str, body: bytes, *, timeout_s: float, clock: Clock, environ: Mapping[str, str], agent: str = "prodigy-tui"
) -> None:
    """Sends `body` to `url`; `environ` may name proxies.

    Raises:
        WebhookFailed: why it was not taken. The message has no more of the address than its host: the rest may be
            secret.
    """
    where = _where(url)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()
    headers = {"Content-Type": "application/json", "User-Agent": agent}
    work = _sender(url, body, headers, timeout_s, _proxies(environ))

    def run() -> None:
        said = work()
        try:
            loop.call_soon_threadsafe(lambda: None if answer.done() else answer.set_result(said))
        except RuntimeError:
            return  # nobody waits any more: the loop is closed

    threading.Thread(target=run, name="webhook", daemon=True).start()
    if not await done_within(timeout_s, answer, clock):
        answer.cancel()
        raise WebhookFailed(f"{where} did not answer within {timeout_s:g} s")
    if said := answer.result():
        raise WebhookFailed(f"{where} {said}")


def _where(url: str) -> str:
    """Returns the part of an address that may be shown, once it is one that may be used."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise WebhookFailed("the address cannot be read") from None
    if parts.scheme.lower() not in SCHEMES:
        raise WebhookFailed(f"the address begins with '{parts.scheme[:20]}:', not with http: or https:")
    if not host:
        raise WebhookFailed("the address has no host")
    return f"{parts.scheme}://{host}"


def _proxies(environ: Mapping[str, str]) -> dict[str, str]:
    found = {scheme: environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY") for scheme in SCHEMES}
    return {scheme: proxy for scheme, proxy in found.items() if proxy}


def _sender(
    url: str, body: bytes, headers: Mapping[str, str], timeout_s: float, proxies: Mapping[str, str]
) -> Callable[[], str]:
    """Returns the work of the thread; it returns what went wrong, or nothing."""
    opener = OpenerDirector()
    # What follows redirects, and what opens files and other protocols, is left out.
    for handler in (ProxyHandler(dict(proxies)), HTTPHandler(), HTTPSHandler(), HTTPErrorProcessor()):
        opener.add_handler(handler)
    opener.add_handler(HTTPDefaultErrorHandler())

    def send() -> str:
        try:
            request = Request(url, data=body, headers=dict(headers), method="POST")
            with opener.open(request, timeout=timeout_s):
                return ""
        except HTTPError as error:
            with error:
                return f"answered {error.code}"
        except TimeoutError:
            return f"did not answer within {timeout_s:g} s"
        except (OSError, HTTPException, ValueError) as error:
            return f"was not reached: {getattr(error, 'reason', None) or type(error).__name__}"

    return send
