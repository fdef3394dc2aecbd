"""A web server for tests: it keeps what it is sent and answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.published import check_documents


class WebServer:
    """Takes documents on a port of this machine."""

    def __init__(self) -> None:
        self.received: list[Any] = []
        self.requests: list[tuple[str, str, str]] = []
        """Method, path and kind of content of every request."""
        self.status = 204
        self.location = ""
        self.silent = threading.Event()
        """Unset: no answer comes until it is set."""
        self.silent.set()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                web.requests.append((self.command, self.path, self.headers["Content-Type"]))
                web.received.append(json.loads(body))
                web.silent.wait(10)
                self.send_response(web.status)
                if web.location:
                    self.send_header("Location", web.location)
                self.end_headers()

            def do_GET(self) -> None:
                web.requests.append((self.command, self.path, ""))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def web_server() -> Iterator[WebServer]:
    """A server for as long as the block takes."""
    web = WebServer()
    thread = threading.Thread(target=web.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield web
    finally:
        web.silent.set()
        web.server.shutdown()
        web.server.server_close()
        thread.join()
    check_documents(web.received)
