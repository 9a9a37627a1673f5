"""A small tree, a home of its own, and the program to run in them."""

import os
import pathlib
import subprocess

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
VOLLEY = os.environ.get("VOLLEY") or str(REPOSITORY / "volley")

FILES = {
    "README.md": "# A tree\n\nretry is explained here\n",
    "src/main.c": "int main(void)\n{\n\treturn retry(3);\n}\n",
    "src/retry.c": "int retry(int n)\n{\n\treturn n ? retry(n - 1) : 0;\n}\n",
    "src/retry.h": "int retry(int n);\n",
    "docs/long.txt": "".join(f"line {i} of a long text\n" for i in range(5000)),
}


class Volley:
    def __init__(self, tmp_path):
        self.root = tmp_path / "tree"
        self.state = tmp_path / "state"
        for name, text in FILES.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "XDG_STATE_HOME": str(self.state),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
        }

    def __call__(self, *args, input="", **more):
        """Runs to its end."""
        more.setdefault("text", True)
        return subprocess.run(
            [VOLLEY, *args],
            input=input,
            capture_output=True,
            cwd=self.root,
            env=self.env,
            timeout=60,
            **more,
        )

    def start(self, *args, **more):
        """Starts, with pipes for all three."""
        return subprocess.Popen(
            [VOLLEY, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.root,
            env=self.env,
            text=True,
            **more,
        )


@pytest.fixture
def volley(tmp_path):
    return Volley(tmp_path)
