"""A small stand-in for the services of OpenAI (Responses) and Google (Gemini), for the real agent programs.

The last text of the person decides the answer: `TOOL:{"name": .., "args": {..}}` calls a tool first, `FAIL:429`
refuses, anything else gets a text. Standard library only; it listens on loopback.
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = "Hello from the mock."


def serve() -> ThreadingHTTPServer:
    """Starts a server on a free port, in a thread."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._send(200, {"data": [], "models": []})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "responses" in self.path:
            self._openai(body)
        elif "GenerateContent" in self.path or "generateContent" in self.path:
            self._google(body)
        else:
            self._send(404, {})

    def _openai(self, body: dict[str, Any]) -> None:
        given = body["input"]
        said = [part for item in given if item.get("role") == "user" for part in item["content"]]
        wish = said[-1].get("text", "")
        if failure := re.search(r"FAIL:(\d+)", wish):
            self._send(int(failure[1]), {"error": {"message": "mock error", "type": "x", "code": "x"}})
            return
        tool = re.search(r"TOOL:(\{.*\})", wish)
        if tool and not given[-1].get("type", "").endswith("_output"):
            call = json.loads(tool[1])
            arguments = json.dumps(call["args"])
            item = {"type": "function_call", "id": "f", "call_id": "c", "name": call["name"], "arguments": arguments}
        else:
            content = [{"type": "output_text", "text": ANSWER}]
            item = {"type": "message", "id": "m", "role": "assistant", "content": content}
        usage = {
            "input_tokens": 1000, "input_tokens_details": {"cached_tokens": 400}, "output_tokens": 50,
            "output_tokens_details": {"reasoning_tokens": 10}, "total_tokens": 1050,
        }  # fmt: skip
        events = [
            {"type": "response.created", "response": {"id": "r"}},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": {"id": "r", "usage": usage}},
        ]
        text = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
        self._write(200, text, "text/event-stream")

    def _google(self, body: dict[str, Any]) -> None:
        contents = body.get("contents", [])
        said = [
            part["text"] for each in contents if each.get("role") == "user" for part in each["parts"] if "text" in part
        ]
        wish = said[-1] if said else ""
        if failure := re.search(r"FAIL:(\d+)", wish):
            self._send(int(failure[1]), {"error": {"code": int(failure[1]), "message": "mock error", "status": "X"}})
            return
        tool = re.search(r"TOOL:(\{.*\})", wish)
        answered = bool(contents) and any("functionResponse" in part for part in contents[-1]["parts"])
        part = {"functionCall": json.loads(tool[1])} if tool and not answered else {"text": ANSWER}
        answer = {
            "candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {
                "promptTokenCount": 1000, "candidatesTokenCount": 50, "cachedContentTokenCount": 400,
                "thoughtsTokenCount": 25, "totalTokenCount": 1075,
            },
            "modelVersion": "mock",
        }  # fmt: skip
        if "stream" in self.path:
            self._write(200, f"data: {json.dumps(answer)}\n\n", "text/event-stream")
        else:
            self._send(200, answer)

    def _send(self, status: int, data: dict[str, Any]) -> None:
        self._write(status, json.dumps(data), "application/json")

    def _write(self, status: int, text: str, kind: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
