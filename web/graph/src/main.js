// Puts the page together: data in, one frame at a time out.
import "./style.css";
import { listenToKeys, listenToPointers } from "./input.js";
import { startLayout } from "./layout.js";
import { findNodes, KINDS, readModel } from "./model.js";
import { closePanel, kindChip, showClashes, showNode } from "./panel.js";
import { Stage } from "./stage.js";

const byId = (id) => document.getElementById(id);
const panel = byId("panel"), query = byId("query"), found = byId("found");
const model = readModel(JSON.parse(byId("data").textContent));
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
const stage = new Stage(byId("stage"), model);

// What each call asked: a query or command is said by its own call; the first such is it.
const asked = new Map();
for (const node of model.nodes)
	if ((node.kind === "query" || node.kind === "command") && !asked.has(node.call))
		asked.set(node.call, node);

// ---- what is under the controls ----

function measureInsets() {
	const isNarrow = innerWidth < 760;
	const bar = byId("bar").getBoundingClientRect();
	const side = panel.hidden ? null : panel.getBoundingClientRect();
	stage.insets = {
		left: 0,
		right: side && !isNarrow ? innerWidth - side.left : 0,
		top: bar.bottom,
		bottom: side && isNarrow ? innerHeight - side.top : 0,
	};
	if (stage.follows)
		stage.fit();
	stage.isDirty = true;
}

// ---- selection ----

function select(node, { moves = true } = {}) {
	stage.selected = node;
	stage.hovered = null;
	if (node) {
		if (!stage.isShown(node))
			toggleKind(node.kind);
		showNode(panel, node, { select, close: () => select(null), asked });
		byId("live").textContent = `${node.kind} ${node.label}, ${node.degree} neighbours`;
	} else {
		closePanel(panel);
	}
	measureInsets();
	if (node && moves)
		stage.goTo(node, isCalm.matches);
}

function selectFromList(node) {
	select(node);
	panel.focus({ preventScroll: true });
}

// ---- search ----

let place = -1;

function search() {
	stage.found = findNodes(model.nodes, query.value);
	place = -1;
	tellFound();
	stage.isDirty = true;
}

function tellFound() {
	const n = stage.found.length;
	found.textContent = !query.value.trim() ? "" : !n ? "none"
		: place < 0 ? n.toLocaleString() : `${place + 1} / ${n.toLocaleString()}`;
	byId("search").classList.toggle("is-empty", query.value.trim() !== "" && !n);
}

function goToFound(step) {
	const n = stage.found.length;
	if (!n)
		return;
	place = place < 0 ? (step > 0 ? 0 : n - 1) : (place + step + n) % n;
	tellFound();
	select(stage.found[place]);
}

query.addEventListener("input", search);
query.addEventListener("keydown", (event) => {
	if (event.key === "Enter") {
		event.preventDefault();
		goToFound(event.shiftKey ? -1 : 1);
	}
});
byId("search").addEventListener("submit", (event) => event.preventDefault());

// ---- kinds ----

const chips = new Map();

function toggleKind(kind, isOnly) {
	if (isOnly) {
		const isAlone = stage.shown.size === 1 && stage.shown.has(kind);
		stage.shown = new Set(isAlone ? KINDS : [kind]);
	} else if (!stage.shown.delete(kind)) {
		stage.shown.add(kind);
	}
	for (const [name, chip] of chips)
		chip.setAttribute("aria-pressed", String(stage.shown.has(name)));
	if (stage.selected && !stage.isShown(stage.selected))
		select(null);
	stage.isDirty = true;
}

for (const kind of KINDS) {
	const count = model.counts.get(kind);
	if (count) {
		chips.set(kind, kindChip(kind, count, toggleKind));
		byId("chips").append(chips.get(kind));
	}
}

// ---- the bar ----

const amount = (n, one, many) => `${n.toLocaleString()} ${n === 1 ? one : many}`;

byId("counts").textContent = amount(model.nodes.length, "node", "nodes") + ", " +
	amount(model.edges.length, "edge", "edges") +
	(model.leftOut ? `; ${model.leftOut.nodes.toLocaleString()} less connected nodes left out` : "");
const clashes = byId("clashes");
clashes.hidden = !model.claims.length;
clashes.textContent = amount(model.claims.length, "clash", "clashes");
clashes.addEventListener("click", () => {
	stage.selected = null;
	showClashes(panel, model, { select: selectFromList, close: () => select(null) });
	measureInsets();
});
byId("empty").hidden = model.nodes.length > 0;
document.body.classList.toggle("is-bare", !model.nodes.length);

// ---- view ----

function fit() {
	stage.follows = true;
	stage.flight = null;
	stage.fit();
}

byId("zoom-in").addEventListener("click", () => stage.zoomAt(stage.middle.x, stage.middle.y, 1.4));
byId("zoom-out").addEventListener("click", () =>
	stage.zoomAt(stage.middle.x, stage.middle.y, 1 / 1.4));
byId("fit").addEventListener("click", fit);
addEventListener("resize", () => {
	stage.resize();
	measureInsets();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => stage.readColours());

// ---- going ----

measureInsets();
const layout = startLayout(model, () => stage.positionsMoved(), () => {
	document.body.dataset.state = "settled";
});
stage.fit();
document.body.dataset.state = "settling";

listenToPointers(stage, {
	select: (node) => select(node, { moves: false }),
	hover(node) {
		if (stage.hovered === node)
			return;
		stage.hovered = node;
		stage.canvas.style.cursor = node ? "pointer" : "grab";
		stage.isDirty = true;
	},
	hold: (node) => layout.hold(node),
	release: () => layout.release(),
});
listenToKeys(stage, {
	fit,
	focusSearch() {
		query.focus();
		query.select();
	},
	escape() {
		if (query.value) {
			query.value = "";
			search();
		} else {
			select(null);
			stage.canvas.focus();
		}
	},
});

function frame(now) {
	stage.draw(now);
	requestAnimationFrame(frame);
}
requestAnimationFrame(frame);
