// The data of the page: nodes with their neighbours, and what they are called.

export const KINDS = [
	"file", "symbol", "match", "query", "command",
	"diagnostic", "test", "commit", "page", "domain",
];

export const PLURALS = {
	file: "files", symbol: "symbols", match: "matches", query: "queries", command: "commands",
	diagnostic: "diagnostics", test: "tests", commit: "commits", page: "pages",
	domain: "domains",
};

// Each relation as the node at its start has it, and as the one at its end does.
export const RELATIONS = {
	contains: ["contains", "lies in"],
	defines: ["defines", "defined in"],
	references: ["uses", "used in"],
	imports: ["imports", "imported by"],
	matches: ["matches", "matched by"],
	mentions: ["mentions", "mentioned by"],
	"produced-by": ["known from", "tells of"],
	"changed-with": ["changed with", "changed"],
};

const MAIN_INPUTS = ["pattern", "query", "file_path", "words", "url", "prompt"];

/**
 * json: what the export wrote. Gives { nodes, edges, claims, counts, leftOut }: a node has
 * index, degree, links [{ node, relation, isOut, call }], importance (0..1) and claims.
 */
export function readModel(json) {
	const nodes = json.nodes.map((node, index) => ({
		...node,
		index,
		kindIndex: Math.max(0, KINDS.indexOf(node.kind)),
		links: [],
		claims: [],
		isClash: node.status === "contradicted" || node.status === "stale",
	}));
	const edges = json.edges.map((edge) => ({
		source: nodes[edge.from],
		target: nodes[edge.to],
		relation: edge.relation,
		call: edge.call,
	}));
	for (const { source, target, relation, call } of edges) {
		source.links.push({ node: target, relation, isOut: true, call });
		if (source !== target)
			target.links.push({ node: source, relation, isOut: false, call });
	}
	for (const claim of json.claims)
		if (claim.node !== undefined)
			nodes[claim.node].claims.push(claim);

	const most = Math.max(1, ...nodes.map((node) => node.links.length));
	for (const node of nodes) {
		node.degree = node.links.length;
		node.importance = Math.sqrt(node.degree / most);
		node.input = node.kind === "query" ? readInput(node.label) : null;
		node.title = node.input ? `${node.input.tool} ${node.input.main}` : node.label;
		node.name = nameOf(node);
		node.radius = node.kind === "match" ? 2.6 : 3.4 + 11 * node.importance;
	}
	const counts = new Map(KINDS.map((kind) => [kind, 0]));
	for (const node of nodes)
		counts.set(node.kind, (counts.get(node.kind) ?? 0) + 1);
	return { nodes, edges, claims: json.claims, counts, leftOut: json.left_out };
}

/** A query's label is its tool and its inputs: `Grep {"pattern":"x","-i":true}`. */
function readInput(label) {
	const at = label.indexOf(" ");
	try {
		const values = JSON.parse(label.slice(at + 1));
		const main = MAIN_INPUTS.find((name) => name in values) ?? Object.keys(values)[0];
		const text = (value) => typeof value === "string" ? value
			: Array.isArray(value) ? value.map(text).join(", ") : JSON.stringify(value);
		const others = Object.entries(values).filter(([name]) => name !== main);
		return { tool: label.slice(0, at), main: main ? text(values[main]) : "",
			others: others.map(([name, value]) => [name, text(value)]) };
	} catch {
		return null; // not of this form: shown as it is
	}
}

/** What stands beside it in the drawing: the end of a path says more than its start. */
function nameOf(node) {
	let name = node.title.replace(/\s+/g, " ").trim();
	if (node.kind === "file" || node.kind === "match")
		name = name.slice(name.lastIndexOf("/") + 1) || name;
	return name.length > 42 ? name.slice(0, 41) + "…" : name;
}

/** path:line, path:line-line, or "". */
export function placeOf(node) {
	if (!node.file)
		return "";
	if (!node.line)
		return node.file;
	const end = node.end_line > node.line ? `-${node.end_line}` : "";
	return `${node.file}:${node.line}${end}`;
}

/** Nodes whose label, place or text has all words, the best first. */
export function findNodes(nodes, query) {
	const words = query.toLowerCase().split(/\s+/).filter(Boolean);
	if (!words.length)
		return [];
	const found = [];
	for (const node of nodes) {
		node.haystack ??= `${node.label}\n${node.file ?? ""}\n${node.text ?? ""}`.toLowerCase();
		if (!words.every((word) => node.haystack.includes(word)))
			continue;
		const label = node.label.toLowerCase();
		let score = node.importance;
		if (label === query.toLowerCase())
			score += 4;
		if (words.every((word) => label.includes(word)))
			score += 2;
		if (node.name.toLowerCase().startsWith(words[0]))
			score += 1;
		found.push({ node, score });
	}
	found.sort((a, b) => b.score - a.score || a.node.index - b.node.index);
	return found.map((item) => item.node);
}
