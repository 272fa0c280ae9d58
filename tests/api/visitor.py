"""The server as a visitor sees it: addresses with parameters, forms and files."""

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "server"))
from running_server import Reply, RunningServer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


class Site:
    """The server as a visitor sees it: addresses with parameters, forms and files."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server

    def get(self, path: str, accept: str | None = None, accept_language: str | None = None, **values: Any) -> Reply:
        """Ask for a path; a list repeats its parameter."""
        headers = {"accept": accept, "accept_language": accept_language}
        query = f"?{urlencode(values, doseq=True)}" if values else ""
        return self.server.request("GET", path + query, **{k: v for k, v in headers.items() if v is not None})

    def json(self, path: str, **values: Any) -> Any:
        """Return the JSON at a path, which must be there."""
        reply = self.get(path, **values)
        assert reply.status == 200, (path, values, reply.body[:500])
        return json.loads(reply.body)

    def post(self, path: str, body: bytes, media: str, accept: str = "application/json", **values: Any) -> Reply:
        """Send a body."""
        query = f"?{urlencode(values, doseq=True)}" if values else ""
        return self.server.request("POST", path + query, body, content_type=media, accept=accept, timeout=60)

    def form(self, path: str, parts: list[tuple[str, str | None, bytes]], accept: str = "text/html") -> Reply:
        """Send a form with files, as a browser does; a part is name, file name if it is a file, content."""
        mark = b"----a-boundary-of-this-test"
        body = b""
        for name, file, content in parts:
            named = f'; filename="{file}"' if file is not None else ""
            body += b"--" + mark + f'\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode()
            body += content + b"\r\n"
        return self.post(
            path, body + b"--" + mark + b"--\r\n", f"multipart/form-data; boundary={mark.decode()}", accept
        )
