// The details of a node, or the list of clashes. All text of the data goes in as text.
import { placeOf, PLURALS, RELATIONS } from "./model.js";
import { iconOf } from "./stage.js";

const LINKS_SHOWN = 12;

/** element("p", { class: "x", onclick: f }, child…): strings become text. */
export function element(tag, attributes, ...children) {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes ?? {})) {
		if (name.startsWith("on"))
			made.addEventListener(name.slice(2), value);
		else if (value !== undefined && value !== false)
			made.setAttribute(name, value === true ? "" : value);
	}
	made.append(...children.filter((child) => child !== null && child !== undefined));
	return made;
}

function nodeLink(node, select) {
	const text = node.kind === "match" ? (node.text ?? "").trim() || node.label : node.title;
	const button = element("button", { type: "button", class: "link", "data-kind": node.kind,
		title: placeOf(node) || node.label, onclick: () => select(node) },
	iconOf(node.kind), element("span", {}, text.slice(0, 160)));
	if (node.line)
		button.append(element("small", {}, `:${node.line}`));
	if (node.isClash)
		button.append(element("small", { class: node.status }, node.status));
	return element("li", {}, button);
}

function groupOf(title, nodes, select) {
	const list = element("ul", {}, ...nodes.slice(0, LINKS_SHOWN).map((n) => nodeLink(n, select)));
	const section = element("section", {},
		element("h3", {}, title, element("span", {}, nodes.length.toLocaleString())), list);
	if (nodes.length > LINKS_SHOWN) {
		const more = element("button", { type: "button", class: "more", onclick: () => {
			list.append(...nodes.slice(LINKS_SHOWN, 500).map((n) => nodeLink(n, select)));
			list.children[LINKS_SHOWN].firstChild.focus();
			more.remove();
		} }, `Show ${Math.min(nodes.length, 500) - LINKS_SHOWN} more`);
		section.append(more);
	}
	return section;
}

/** Neighbours by relation and direction, in the order of the data. */
function neighbours(node, select) {
	const groups = new Map();
	for (const link of node.links) {
		const words = RELATIONS[link.relation] ?? [link.relation, link.relation];
		const title = words[link.isOut ? 0 : 1];
		if (!groups.has(title))
			groups.set(title, []);
		groups.get(title).push(link.node);
	}
	return [...groups].map(([title, nodes]) => groupOf(title, nodes, select));
}

function fact(name, value) {
	return value ? [element("dt", {}, name), element("dd", {}, value)] : [];
}

function timeOf(node) {
	if (!node.time)
		return null;
	const time = new Date(node.time);
	return element("time", { datetime: node.time, title: node.time },
		time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" }));
}

function evidence(node) {
	if (!node.text)
		return null;
	const line = node.line ? element("span", { class: "line", "aria-hidden": "true" },
		String(node.line)) : null;
	return element("pre", { class: "evidence" }, line, element("code", {}, node.text));
}

function claimBox(claim) {
	return element("div", { class: `claim ${claim.status}` },
		element("strong", {}, claim.status === "stale" ? "Stale" : "Contradicted"),
		element("p", {}, claim.text));
}

function head(title, subtitle, close) {
	return element("div", { class: "head" },
		element("div", {}, subtitle, title),
		element("button", { type: "button", class: "close", "aria-label": "Close", onclick: close },
			"×"));
}

/** asked: by id of a call, the node of what it asked. */
export function showNode(panel, node, { select, close, asked }) {
	const asker = asked.get(node.call);
	const kind = element("p", { class: "kind", "data-kind": node.kind }, iconOf(node.kind), node.kind,
		node.status ? element("span", { class: `status ${node.status}` }, node.status) : null);
	const calls = node.call && (asker && asker !== node
		? element("button", { type: "button", class: "inline", onclick: () => select(asker) },
			node.call)
		: node.call);
	panel.replaceChildren(
		head(element("h2", {}, node.title), kind, close),
		element("div", { class: "body" },
			...node.claims.map(claimBox),
			evidence(node) ?? "",
			element("dl", {},
				...(node.input?.others ?? []).flatMap(([name, value]) =>
					fact(name, element("code", {}, value))),
				...fact("Where", placeOf(node) && element("code", {}, placeOf(node))),
				...fact("Said by", calls),
				...fact("Seen", timeOf(node)),
				...fact("Hash", node.hash && element("code", {}, node.hash))),
			...neighbours(node, select)));
	open(panel);
}

export function showClashes(panel, model, { select, close }) {
	const items = model.claims.map((claim) => {
		const node = claim.node === undefined ? null : model.nodes[claim.node];
		return element("li", {}, element("button", {
			type: "button", class: `claim ${claim.status}`, disabled: !node,
			onclick: () => select(node),
		},
		element("strong", {}, claim.status === "stale" ? "Stale" : "Contradicted",
			element("span", {}, node ? placeOf(node) || node.name : "")),
		element("p", {}, claim.text)));
	});
	panel.replaceChildren(
		head(element("h2", {}, items.length === 1 ? "One clash" : `${items.length} clashes`),
			element("p", { class: "kind" }, "calls that do not agree"), close),
		element("div", { class: "body" }, element("ul", { class: "claims" }, ...items)));
	open(panel);
}

function open(panel) {
	panel.hidden = false;
	panel.scrollTop = 0;
	document.body.classList.add("has-panel");
}

export function closePanel(panel) {
	panel.hidden = true;
	document.body.classList.remove("has-panel");
}

export function kindChip(kind, count, onToggle) {
	return element("button", {
		type: "button", class: "chip", "data-kind": kind, "aria-pressed": "true",
		title: `Show or hide ${PLURALS[kind]}; with Shift: show only these`,
		onclick: (event) => onToggle(kind, event.shiftKey),
	}, iconOf(kind), PLURALS[kind], element("span", {}, count.toLocaleString()));
}
