"""volley graph: a recorded run in four forms, each read by a reader that is not volley's."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as xml

import pytest

from conftest import REPOSITORY

GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"

# The file changes between two looks at it; names and lines are as nasty as a tree can have them.
PHASES = [
    {"name": "before", "codebase": {"grep": [
        {"pattern": "retry", "output_mode": "content"}], "glob": ["src/*"]}},
    {"name": "change", "needs": ["before"], "bash": {"commands": [
        "sed -i 's/return retry(3)/return retry(4)/' src/main.c"]}},
    {"name": "after", "needs": ["change"], "codebase": {
        "grep": [{"pattern": "retry", "output_mode": "content"}, "</script>"],
        "read": ["src/retry.c"]}},
]


@pytest.fixture
def run(volley):
    (volley.root / 'src/a "b" & <c>.c').write_bytes(
        b'int retry; // </script> \xff \x01 \xe2\x80\xa8 "q" \\n ]]>\n')
    workflow = volley.root.parent / "w.json"
    workflow.write_text(json.dumps({"name": "w", "phases": PHASES}))
    ended = volley("run", str(workflow), "-q", errors="replace")
    assert ended.returncode == 0, ended.stderr
    return volley


def export(volley, form):
    ended = volley("graph", "last", "--format", form)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def test_json_has_what_calls_said(run):
    graph = json.loads(export(run, "json"))
    nodes = graph["nodes"]
    assert [node["id"] for node in nodes] == list(range(len(nodes)))
    by_label = {(node["kind"], node["label"]): node for node in nodes}
    main = by_label["file", "src/main.c"]
    line = by_label["match", "src/main.c:3"]
    assert line["text"] == "\treturn retry(3);" and line["call"] == "before.1"
    assert (line["file"], line["line"], line["end_line"]) == ("src/main.c", 3, 3)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    asked = by_label["query", 'Grep {"pattern":"retry","output_mode":"content"}']
    ends = {(edge["from"], edge["relation"], edge["to"]) for edge in graph["edges"]}
    assert (main["id"], "contains", line["id"]) in ends
    assert (asked["id"], "matches", line["id"]) in ends
    assert len(ends) == len(graph["edges"])
    assert by_label["match", "src/retry.h:1"]["status"] == "agreed"
    assert export(run, "json") == export(run, "json") == run("graph", "last").stdout


def clash_of(graph, label):
    [node] = [node for node in graph["nodes"] if node["label"] == label]
    [claim] = [claim for claim in graph["claims"] if claim.get("node") == node["id"]]
    assert {"before.1", "after.1"} <= set(claim["support"])
    assert claim["status"] == node["status"] and label in claim["text"]
    return claim


def test_what_calls_disagree_on(run):
    """Two saw another text in the same line: the file tells which it is, if it can."""
    claim = clash_of(json.loads(export(run, "json")), "src/main.c:3")
    assert claim["status"] == "stale"
    assert "retry(3);' (before.1; stale)" in claim["text"] and "(after.1" in claim["text"]
    shutil.rmtree(run.root / "src")
    claim = clash_of(json.loads(export(run, "json")), "src/main.c:3")
    assert claim["status"] == "contradicted"


def test_graphml_is_xml_with_declared_keys(run):
    graph, root = json.loads(export(run, "json")), xml.fromstring(export(run, "graphml"))
    keys = {key.get("id"): key.get("for") for key in root.iter(GRAPHML + "key")}
    nodes = {}
    for node in root.iter(GRAPHML + "node"):
        data = {item.get("key"): item.text or "" for item in node}
        assert all(keys[key] == "node" for key in data)
        nodes[node.get("id")] = data
    assert len(nodes) == len(graph["nodes"])
    for node in graph["nodes"]:
        drawn = nodes[f"n{node['id']}"]
        assert drawn["kind"] == node["kind"]
        for key in ("label", "file", "call", "text", "status"):
            # XML has no control characters at all.
            assert drawn.get(key) == (re.sub("[\0-\x08\x0b\x0c\x0e-\x1f]", "", node[key])
                                      if key in node else None)
    edges = list(root.iter(GRAPHML + "edge"))
    assert len(edges) == len(graph["edges"])
    assert all({edge.get("source"), edge.get("target")} <= set(nodes) for edge in edges)


STRING = r'"(?:[^"\\\n\0-\x1f]|\\["\\n])*"'
ATTRIBUTE = rf"\w+=(?:\w+|{STRING})"
DOT_LINES = [
    r"digraph volley \{", r"\}",
    rf"\t(?:graph|node|edge) \[{ATTRIBUTE}(?:, {ATTRIBUTE})*\];",
    rf"\tn\d+ \[{ATTRIBUTE}(?:, {ATTRIBUTE})*\];",
    rf"\tn\d+ -> n\d+ \[{ATTRIBUTE}\];",
]


def test_dot_is_what_graphviz_reads(run):
    graph, dot = json.loads(export(run, "json")), export(run, "dot")
    for line in dot.rstrip("\n").split("\n"):
        assert any(re.fullmatch(form, line) for form in DOT_LINES), line
    assert len(re.findall(r"^\tn\d+ \[", dot, re.M)) == len(graph["nodes"])
    assert len(re.findall(r"^\tn\d+ -> ", dot, re.M)) == len(graph["edges"])
    if shutil.which("dot"):
        drawn = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True)
        assert (drawn.returncode, drawn.stderr) == (0, "")
        assert "a &quot;b&quot; &amp; &lt;c&gt;.c" in drawn.stdout


def test_page_stands_alone(run):
    graph, page = json.loads(export(run, "json")), export(run, "html")
    data = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert len(data) == 1 and json.loads(data[0]) == graph
    shell = page.replace(data[0], "")
    assert "default-src 'none'" in shell and "@VOLLEY" not in shell
    assert not re.findall(r'(?:src|href)="(?!data:)', shell.split("<script>")[0])
    # The names of namespaces are no addresses to ask.
    assert set(re.findall(r"https?://[^\s\"'`]+", shell)) <= {"http://www.w3.org/2000/svg"}


def test_long_outputs_come_from_the_run(volley):
    (volley.root / "many").mkdir()
    for i in range(100):  # a list of names, which lies there in another form
        (volley.root / f"many/a_file_with_a_name_that_is_long_enough_for_a_list_{i}").touch()
    workflow = volley.root.parent / "w.json"
    workflow.write_text(json.dumps({"name": "w", "phases": [{"name": "p", "codebase": {"grep": [
        {"pattern": "line", "output_mode": "content", "path": "docs", "head_limit": 0}],
        "glob": ["many/*"]}}]}))
    assert volley("run", str(workflow), "-q").returncode == 0
    graph = json.loads(export(volley, "json"))
    assert len([node for node in graph["nodes"] if node["kind"] == "match"]) == 5000
    assert len([node for node in graph["nodes"] if node["label"].startswith("many/")]) == 100
    assert not graph["claims"]

    [kept, _] = sorted((volley.state / "volley/runs").glob("*/*.out"))
    kept.unlink()
    ended = volley("graph", "last")
    assert ended.returncode == 0
    assert "1 outputs of run" in ended.stderr and "not kept any more" in ended.stderr
    assert not [node for node in json.loads(ended.stdout)["nodes"] if node["kind"] == "match"]


@pytest.mark.parametrize("args, message", [
    (["graph"], "'graph' wants RUN"),
    (["graph", "last", "--format", "md"], "'graph' answers in json, dot, graphml or html"),
    (["graph", "last", "--format", "graphlm"], "did you mean 'graphml'?"),
    (["show", "last", "--format", "html"], "'show' does not answer in dot, graphml or html"),
    (["graph", "last", "--format", "ranges"], "'graph' answers in json, dot, graphml or html"),
    (["show", "last", "--format", "ranges"], "'show' does not answer in ranges"),
    (["graph", "nosuchrun"], "nosuchrun"),
    (["grahp", "last"], "did you mean 'graph'?"),
])
def test_wrong_usage(volley, args, message):
    ended = volley(*args)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr


def test_a_setting_is_no_form_of_graph(volley):
    (volley.root / ".volley.yaml").write_text("format: dot\n")
    ended = volley("call", "Glob", "pattern=*")
    assert ended.returncode == 2 and "unknown format 'dot'" in ended.stderr


def test_page_is_what_its_source_builds():
    page = REPOSITORY / "web/graph"
    if not shutil.which("node") or not (page / "node_modules/vite").exists():
        pytest.skip("vite is not installed: make check-web installs it")
    ended = subprocess.run(["node", "build.mjs", "--check"], cwd=page, capture_output=True,
                           text=True)
    assert ended.returncode == 0, ended.stderr
