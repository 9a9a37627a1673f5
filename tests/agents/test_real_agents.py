"""Agents of others as tasks of a workflow, their model being a script on this machine."""

import http.server
import json
import os
import subprocess
import threading

import pytest

VOLLEY = os.environ["VOLLEY"]
AGENTS = os.environ["AGENTS"]
ANSWER = "The answer is in src/retry.c:1."


class Model(http.server.BaseHTTPRequestHandler):
    """Answers the same over the API of OpenAI and that of Gemini, streaming or not."""

    def log_message(self, *args):
        pass

    def send(self, kind, text):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        self.send("application/json", json.dumps({"object": "list", "data": [{"id": "m"}]}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.bodies.append(body)
        if "generateContent" in self.path or "streamGenerateContent" in self.path:
            answer = {"candidates": [{"content": {"role": "model", "parts": [{"text": ANSWER}]},
                                      "finishReason": "STOP", "index": 0}],
                      "usageMetadata": {"promptTokenCount": 111, "candidatesTokenCount": 22,
                                        "totalTokenCount": 133}}
            if "stream" in self.path:
                self.send("text/event-stream", f"data: {json.dumps(answer)}\r\n\r\n")
            else:
                self.send("application/json", json.dumps(answer))
        elif "countTokens" in self.path:
            self.send("application/json", json.dumps({"totalTokens": 10}))
        else:
            usage = {"prompt_tokens": 111, "completion_tokens": 22, "total_tokens": 133}
            chunks = [{"choices": [{"index": 0, "delta": {"role": "assistant",
                                                          "content": ANSWER}}]},
                      {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
                       "usage": usage}]
            text = "".join("data: " + json.dumps({"id": "c", "object": "chat.completion.chunk",
                                                  "created": 1, "model": "m", **chunk}) + "\n\n"
                           for chunk in chunks)
            self.send("text/event-stream", text + "data: [DONE]\n\n")


@pytest.fixture
def model():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    server.daemon_threads = True
    server.bodies = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def run(tmp_path):
    root = tmp_path / "tree"
    (root / "src").mkdir(parents=True)
    (root / "src/retry.c").write_text("int retry(int n)\n{\n\treturn n;\n}\n")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path),
           "XDG_STATE_HOME": str(tmp_path / "state"),
           "XDG_CONFIG_HOME": str(tmp_path / "config"), "CLAUDECODE": "1"}

    def run_task(task):
        flow = {"phases": [{"name": "ask", "agents": {
            "tasks": [{"prompt": "where is retry?", **task}]}}]}
        done = subprocess.run([VOLLEY, "run", "-", "--sandbox", "off", "--format", "jsonl"],
                              input=json.dumps(flow), text=True, capture_output=True, cwd=root,
                              env=env, timeout=170)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        return done, next(e for e in events if e["event"] == "call.finished")["result"]

    run_task.root = root
    return run_task


def check(done, result, model):
    assert done.returncode == 0, done.stdout + done.stderr
    assert any("where is retry?" in body for body in model.bodies)
    assert result["status"] == "ok"
    assert ANSWER in result["output"]["content"], result


def test_gemini(model, run):
    settings = run.root.parent / ".gemini/settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"security": {"auth": {"selectedType": "gemini-api-key"}}}))
    done, result = run({
        "command": [f"{AGENTS}/gemini", "-o", "json", "-m", "gemini-2.5-flash", "-p", "{prompt}"],
        "env": {"GOOGLE_GEMINI_BASE_URL": model.url, "GEMINI_API_KEY": "none",
                "GEMINI_CLI_TRUST_WORKSPACE": "true"},
        "timeout": 150000})
    check(done, result, model)
    assert result["output"]["totalTokens"] >= 133


def test_opencode(model, run):
    (run.root / "opencode.json").write_text(json.dumps({
        "provider": {"here": {"npm": "@ai-sdk/openai-compatible", "name": "here",
                              "options": {"baseURL": model.url + "/v1", "apiKey": "none"},
                              "models": {"m": {"name": "m"}}}},
        "model": "here/m", "small_model": "here/m", "autoupdate": False, "share": "disabled"}))
    done, result = run({
        "command": [f"{AGENTS}/opencode", "run", "--format", "json", "-m", "here/m", "{prompt}"],
        "timeout": 150000})
    check(done, result, model)
    assert result["output"]["totalTokens"] >= 133
