// Graphs to look at: shaped as those of runs are, the same for the same numbers.
import { readFile } from "node:fs/promises";

function randomFrom(seed) {
	let state = seed >>> 0;
	return (n) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor(state / 2 ** 32 * n);
	};
}

const WORDS = ["retry", "backoff", "queue", "parser", "index", "cache", "route", "token", "graph",
	"walk", "buffer", "signal", "session", "worker", "journal", "socket"];

/** Of about nNodes nodes and nEdges edges: some queries, files with matches and symbols in them,
 *  uses between files; a few clashes. */
export function makeGraph(nNodes, nEdges, seed = 1) {
	const pick = randomFrom(seed);
	const nodes = [], edges = [];
	const word = () => WORDS[pick(WORDS.length)];
	const add = (kind, label, more = {}) => {
		const node = { id: nodes.length, kind, label, call: `survey.${1 + pick(9)}`,
			time: "2026-03-01T12:34:56.789Z", hash: (nodes.length * 2654435761 >>> 0)
				.toString(16).padStart(8, "0"), ...more };
		nodes.push(node);
		return node;
	};
	const join = (from, relation, to, weight) =>
		edges.push({ from: from.id, to: to.id, relation, call: from.call, ...weight && { weight } });
	const nFiles = Math.max(4, Math.round(nNodes * 0.16));
	const files = Array.from({ length: nFiles }, (_, i) =>
		add("file", `src/${word()}/${word()}_${i}.c`, { status: pick(3) ? "single" : "agreed" }));
	// A few files have most of everything, as in any project.
	const file = () => files[Math.floor(files.length * (pick(1000) / 1000) ** 2.2)];
	const queries = Array.from({ length: Math.min(24, 3 + Math.round(nNodes / 120)) }, (_, i) =>
		add("query", `Grep {"pattern":"${word()}_${i}","output_mode":"content"}`,
			{ call: `survey.${i + 1}` }));
	const commands = ["make check", "git log --stat -20", "npm test"].map((text, i) =>
		add("command", text, { call: `system.${i + 1}`, status: "single" }));
	for (let i = 0; i < nNodes / 60; i++) {
		const at = file();
		const found = add("diagnostic", `warning: unused variable '${word()}'`,
			{ file: at.label, line: 1 + pick(400), end_line: 1 });
		join(at, "contains", found);
		join(found, "produced-by", commands[0]);
	}
	for (let i = 0; i < nNodes / 50; i++)
		join(add("test", `tests/${word()}.c::${word()}_${i}`, { status: "single" }), "produced-by",
			commands[2]);
	for (let i = 0; i < nNodes / 70; i++) {
		const commit = add("commit", (i * 2654435761 >>> 0).toString(16).padStart(12, "a"));
		join(commit, "produced-by", commands[1]);
		for (let j = 1 + pick(4); j; j--)
			join(file(), "changed-with", commit);
	}
	const domain = add("domain", "docs.example.org");
	for (let i = 0; i < nNodes / 90; i++)
		join(domain, "contains", add("page", `https://docs.example.org/${word()}/${i}`));
	const nSymbols = Math.round(nNodes * 0.34);
	const symbols = [];
	for (let i = 0; i < nSymbols; i++) {
		const at = file(), line = 1 + pick(500);
		symbols.push(add("symbol", `${word()}_${word()}`, { file: at.label, line,
			end_line: line + pick(40), text: `static int ${word()}(struct ${word()} *self)` }));
		join(at, "defines", symbols[i]);
	}
	while (nodes.length < nNodes) {
		const at = file(), query = queries[pick(queries.length)], line = 1 + pick(900);
		const found = add("match", `${at.label}:${line}`, { file: at.label, line, end_line: line,
			text: `\tif (${word()}_${word()}(${word()}) < 0) // <b>&amp;</b> "${word()}"`,
			call: query.call, status: "single" });
		join(at, "contains", found);
		join(query, "matches", found);
	}
	while (edges.length < nEdges)
		join(file(), pick(5) ? "references" : "imports", symbols[pick(symbols.length)], 1 + pick(9));
	const claims = nodes.filter((node) => node.kind === "match").slice(0, 3).map((node, i) => {
		node.status = i === 2 ? "stale" : "contradicted";
		return { text: `${node.label} reads 'int a;' (survey.1) / reads 'int b;' (survey.4)`,
			support: ["survey.1", "survey.4"], status: node.status, node: node.id };
	});
	return { nodes, edges, claims };
}

/** The page as the program writes it. */
export async function makePage(graph) {
	const page = await readFile(new URL("../dist/graph.html", import.meta.url), "utf8");
	return page.replace("@VOLLEY_GRAPH_DATA@", () =>
		JSON.stringify(graph).replaceAll("<", "\\u003c"));
}
