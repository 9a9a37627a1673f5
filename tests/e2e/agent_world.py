"""A model's endpoint that follows a script, over both APIs."""

import http.server
import json
import threading


class Say:
    """What the model answers: a text, calls of tools, or an error of HTTP."""

    def __init__(self, text="", calls=(), status=200, usage=(100, 20), headers=None,
                 broken=False, more_usage=None, more=None,
                 is_error=False, is_cut=False):
        self.text, self.calls, self.status, self.usage = text, list(calls), status, usage
        self.headers, self.broken, self.more_usage = headers or {}, broken, more_usage or {}
        self.is_error, self.is_cut = is_error, is_cut  # whatever the status
        self.more = more  # openai: of the message; anthropic: blocks before the others


def openai(say, n):
    message = {"role": "assistant", "content": say.text, **(say.more or {})}
    if say.calls:
        message["tool_calls"] = [
            {"id": f"call_{n}_{i}", "type": "function",
             "function": {"name": name, "arguments": json.dumps(given)}}
            for i, (name, given) in enumerate(say.calls)]
    answer = {"choices": [{"index": 0, "message": message,
                           "finish_reason": "length" if say.is_cut else "stop"}]}
    if say.usage:
        answer["usage"] = {"prompt_tokens": say.usage[0], "completion_tokens": say.usage[1],
                           **say.more_usage}
    return answer


def anthropic(say, n):
    content = list(say.more or []) + ([{"type": "text", "text": say.text}] if say.text else [])
    content += [{"type": "tool_use", "id": f"toolu_{n}_{i}", "name": name, "input": given}
                for i, (name, given) in enumerate(say.calls)]
    answer = {"type": "message", "role": "assistant", "content": content,
              "stop_reason": "max_tokens" if say.is_cut else "tool_use" if say.calls
              else "end_turn"}
    if say.usage:
        answer["usage"] = {"input_tokens": say.usage[0], "output_tokens": say.usage[1],
                           **say.more_usage}
    return answer


class Ask:
    """What came: of either API."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body
        self.api = "anthropic" if path.endswith("/messages") else "openai"
        self.messages = body["messages"]

    @property
    def prompt(self):
        return next(m["content"] for m in self.messages if m["role"] == "user")

    @property
    def system(self):
        return self.body.get("system") or self.messages[0]["content"]

    @property
    def tools(self):
        return {t.get("name") or t["function"]["name"]: t for t in self.body.get("tools", [])}

    @property
    def may_call(self):
        none = {"type": "none"} if self.api == "anthropic" else "none"
        return bool(self.tools) and self.body.get("tool_choice") != none

    @property
    def results(self):
        """Of the tools, all so far: texts."""
        found = []
        for message in self.messages:
            if message["role"] == "tool":
                found.append(message["content"])
            elif message["role"] == "user" and isinstance(message["content"], list):
                found += [block["content"] for block in message["content"]]
        return found

    @property
    def turn(self):
        return sum(m["role"] == "assistant" for m in self.messages)


class Model:
    """answer(ask) says what is said; asks are kept, and how many were open at once."""

    def __init__(self, answer, host="127.0.0.1"):
        self.asks, self.open, self.most = [], 0, 0
        lock = threading.Lock()
        model = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                ask = Ask(self.path, dict(self.headers), json.loads(self.rfile.read(length)))
                with lock:
                    model.asks.append(ask)
                    n = len(model.asks)
                    model.open += 1
                    model.most = max(model.most, model.open)
                say = answer(ask)
                with lock:
                    model.open -= 1
                form = anthropic if ask.api == "anthropic" else openai
                given = ({"error": say.text} if say.status != 200 or say.is_error
                         else {} if say.broken else form(say, n))
                body = json.dumps(given)
                try:
                    self.send_response(say.status)
                    for name, value in say.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body.encode())
                except BrokenPipeError:
                    pass  # who asked is gone

        self.server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://{host}:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()
