// The drawing: a canvas, a camera, and which node is where. Edges and nodes go out as few large
// paths, one a colour, since the number of calls is what a canvas is slow at.
import { KINDS } from "./model.js";

const ZOOM_MIN = 0.02, ZOOM_MAX = 8;
const LANDMARKS = 24; // nodes whose names are shown from any distance
const MOVING_EDGES = 3000; // are drawn while things move; all of them once they are still
const STILL_MS = 160;
const CELL = 48; // of the grid that finds the node at a point, in units of the graph

const SHAPES = {
	file: "square", symbol: "circle", match: "circle", query: "hexagon", command: "triangle",
	diagnostic: "diamond", test: "cross", commit: "circle", page: "square", domain: "hexagon",
};

function trace(path, shape, x, y, r) {
	switch (shape) {
	case "square": {
		const s = r * 0.9;
		path.rect(x - s, y - s, 2 * s, 2 * s);
		return;
	}
	case "diamond":
		polygon(path, x, y, r * 1.25, 4, 0);
		return;
	case "hexagon":
		polygon(path, x, y, r * 1.12, 6, 0);
		return;
	case "triangle":
		polygon(path, x, y, r * 1.25, 3, 0);
		return;
	case "cross": {
		const s = r * 0.42, l = r * 1.15;
		path.rect(x - s, y - l, 2 * s, 2 * l);
		path.rect(x - l, y - s, l - s, 2 * s);
		path.rect(x + s, y - s, l - s, 2 * s);
		return;
	}
	default:
		path.moveTo(x + r, y);
		path.arc(x, y, r, 0, 2 * Math.PI);
	}
}

function polygon(path, x, y, r, n, turn) {
	for (let i = 0; i < n; i++) {
		const angle = turn + 2 * Math.PI * i / n;
		const to = i ? "lineTo" : "moveTo";
		path[to](x + r * Math.cos(angle), y + r * Math.sin(angle));
	}
	path.closePath();
}

/** A small picture of a kind, for controls. */
export function iconOf(kind) {
	const path = [];
	const record = {
		moveTo: (x, y) => path.push(`M${x} ${y}`),
		lineTo: (x, y) => path.push(`L${x} ${y}`),
		closePath: () => path.push("Z"),
		rect: (x, y, w, h) => path.push(`M${x} ${y}h${w}v${h}h${-w}Z`),
		arc: (x, y, r) => path.push(`M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`),
	};
	trace(record, SHAPES[kind], 0, 0, kind === "match" ? 2.6 : 4.4);
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	svg.setAttribute("viewBox", "-7 -7 14 14");
	svg.setAttribute("aria-hidden", "true");
	const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
	shape.setAttribute("d", path.join(""));
	svg.append(shape);
	return svg;
}

export class Stage {
	/** shown: set of kinds. selected, hovered: node or null. found: array of nodes. */
	constructor(canvas, model) {
		this.canvas = canvas;
		this.context = canvas.getContext("2d");
		this.model = model;
		this.shown = new Set(KINDS);
		this.selected = this.hovered = null;
		this.found = [];
		this.camera = { x: 0, y: 0, zoom: 1 };
		this.follows = true; // all of it, until somebody moves the camera
		this.insets = { left: 0, right: 0, top: 0, bottom: 0 };
		this.widths = new Map();
		this.byImportance = [...model.nodes].sort((a, b) =>
			b.isClash - a.isClash || b.degree - a.degree || a.index - b.index);
		this.byKind = KINDS.map((kind) => model.nodes.filter((node) => node.kind === kind));
		this.movedAt = -Infinity;
		this.isMoving = false;
		this.readColours();
		this.resize();
	}

	readColours() {
		const style = getComputedStyle(document.documentElement);
		const get = (name) => style.getPropertyValue(name).trim();
		this.colours = {
			kinds: KINDS.map((kind) => get(`--kind-${kind}`)),
			background: get("--background"), edge: get("--edge"), text: get("--text"),
			accent: get("--accent"), clash: get("--clash"), stale: get("--stale"),
			found: get("--found"),
		};
		this.font = getComputedStyle(document.body).fontFamily;
		this.isDirty = true;
	}

	resize() {
		const scale = Math.min(2, window.devicePixelRatio || 1);
		this.width = window.innerWidth;
		this.height = window.innerHeight;
		this.scale = scale;
		this.canvas.width = Math.round(this.width * scale);
		this.canvas.height = Math.round(this.height * scale);
		if (this.follows)
			this.fit();
		this.isDirty = true;
	}

	// ---- the camera ----

	/** The middle of what no control lies over. */
	get middle() {
		return {
			x: (this.insets.left + this.width - this.insets.right) / 2,
			y: (this.insets.top + this.height - this.insets.bottom) / 2,
		};
	}

	toScreen(node) {
		const { x, y, zoom } = this.camera;
		return { x: (node.x - x) * zoom + this.middle.x, y: (node.y - y) * zoom + this.middle.y };
	}

	toGraph(x, y) {
		return {
			x: (x - this.middle.x) / this.camera.zoom + this.camera.x,
			y: (y - this.middle.y) / this.camera.zoom + this.camera.y,
		};
	}

	isShown(node) {
		return this.shown.has(node.kind);
	}

	fit() {
		let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
		for (const node of this.model.nodes) {
			if (!this.isShown(node))
				continue;
			left = Math.min(left, node.x - node.radius);
			right = Math.max(right, node.x + node.radius);
			top = Math.min(top, node.y - node.radius);
			bottom = Math.max(bottom, node.y + node.radius);
		}
		if (!(left <= right))
			return;
		const width = Math.max(80, this.width - this.insets.left - this.insets.right - 48);
		const height = Math.max(80, this.height - this.insets.top - this.insets.bottom - 48);
		this.camera = {
			x: (left + right) / 2,
			y: (top + bottom) / 2,
			zoom: clamp(Math.min(width / (right - left), height / (bottom - top)), ZOOM_MIN, 2.2),
		};
		this.isDirty = true;
	}

	zoomAt(x, y, factor) {
		const before = this.toGraph(x, y);
		this.camera.zoom = clamp(this.camera.zoom * factor, ZOOM_MIN, ZOOM_MAX);
		const after = this.toGraph(x, y);
		this.camera.x += before.x - after.x;
		this.camera.y += before.y - after.y;
		this.follows = false;
		this.motion();
	}

	panBy(x, y) {
		this.camera.x -= x / this.camera.zoom;
		this.camera.y -= y / this.camera.zoom;
		this.follows = false;
		this.motion();
	}

	/** Something moves, and is likely to in the next frame. */
	motion() {
		this.movedAt = performance.now();
		this.isDirty = true;
	}

	/** Moves there, at once where motion is not wanted. */
	goTo(node, isCalm) {
		this.follows = false;
		this.flight = {
			node,
			from: { ...this.camera },
			zoom: Math.max(this.camera.zoom, 1.4),
			start: performance.now(),
			ms: isCalm ? 0 : 320,
		};
		this.isDirty = true;
	}

	fly(now) {
		const { node, from, zoom, start, ms } = this.flight;
		const part = ms ? Math.min(1, (now - start) / ms) : 1;
		const eased = 1 - (1 - part) ** 3;
		this.camera.x = from.x + (node.x - from.x) * eased;
		this.camera.y = from.y + (node.y - from.y) * eased;
		this.camera.zoom = from.zoom * (zoom / from.zoom) ** eased;
		if (part === 1)
			this.flight = null;
		this.motion();
	}

	// ---- which node is where ----

	positionsMoved() {
		this.grid = null;
		if (this.follows)
			this.fit();
		this.motion();
	}

	buildGrid() {
		this.grid = new Map();
		for (const node of this.model.nodes) {
			const key = cellKey(Math.floor(node.x / CELL), Math.floor(node.y / CELL));
			const cell = this.grid.get(key);
			if (cell)
				cell.push(node);
			else
				this.grid.set(key, [node]);
		}
	}

	/** The shown node at, or within some pixels of, a point of the screen; or null. */
	nodeAt(x, y, slack) {
		if (!this.grid)
			this.buildGrid();
		const at = this.toGraph(x, y);
		const reach = Math.min(20 + slack / this.camera.zoom, 6 * CELL);
		let best = null, least = Infinity;
		for (let i = Math.floor((at.x - reach) / CELL); i <= Math.floor((at.x + reach) / CELL); i++) {
			for (let j = Math.floor((at.y - reach) / CELL); j <= Math.floor((at.y + reach) / CELL); j++) {
				for (const node of this.grid.get(cellKey(i, j)) ?? []) {
					const gap = Math.hypot(node.x - at.x, node.y - at.y) - node.radius;
					if (gap < least && gap * this.camera.zoom <= slack && this.isShown(node)) {
						best = node;
						least = gap;
					}
				}
			}
		}
		return best;
	}

	// ---- drawing ----

	draw(now) {
		if (this.flight)
			this.fly(now);
		if (this.isMoving && now - this.movedAt >= STILL_MS)
			this.isDirty = true;
		if (!this.isDirty)
			return;
		this.isDirty = false;
		this.isMoving = now - this.movedAt < STILL_MS &&
			this.model.edges.length > MOVING_EDGES;
		const { context, camera, colours } = this;
		const zoom = camera.zoom * this.scale;
		context.setTransform(1, 0, 0, 1, 0, 0);
		context.fillStyle = colours.background;
		context.fillRect(0, 0, this.canvas.width, this.canvas.height);
		context.setTransform(zoom, 0, 0, zoom,
			this.middle.x * this.scale - camera.x * zoom,
			this.middle.y * this.scale - camera.y * zoom);
		const a = this.toGraph(0, 0), b = this.toGraph(this.width, this.height);
		this.view = { left: a.x - 20, top: a.y - 20, right: b.x + 20, bottom: b.y + 20 };
		const focus = this.selected ?? this.hovered;
		const near = focus && new Set([focus, ...focus.links.map((link) => link.node)]);
		this.drawEdges(focus);
		this.drawNodes(near);
		this.drawMarks(focus);
		context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
		this.drawLabels(near);
	}

	drawEdges(focus) {
		const { context, colours, camera, view } = this;
		const path = new Path2D();
		const { edges } = this.model;
		const step = this.isMoving ? edges.length / MOVING_EDGES : 1;
		for (let at = 0; at < edges.length; at += step) {
			const { source, target } = edges[Math.floor(at)];
			if (!this.isShown(source) || !this.isShown(target) ||
			    (source.x < view.left && target.x < view.left) ||
			    (source.x > view.right && target.x > view.right) ||
			    (source.y < view.top && target.y < view.top) ||
			    (source.y > view.bottom && target.y > view.bottom))
				continue;
			path.moveTo(source.x, source.y);
			path.lineTo(target.x, target.y);
		}
		const isDense = this.model.edges.length > 3000;
		context.strokeStyle = colours.edge;
		context.lineWidth = clamp(0.8 / camera.zoom, 0.25, isDense ? 1.2 : 2.4);
		context.globalAlpha = focus ? 0.2 : this.isMoving ? 0.7 : isDense ? 0.4 : 0.9;
		context.stroke(path);
		context.globalAlpha = 1;
		if (focus) {
			const strong = new Path2D();
			for (const { node } of focus.links.filter((link) => this.isShown(link.node))) {
				strong.moveTo(focus.x, focus.y);
				strong.lineTo(node.x, node.y);
			}
			context.strokeStyle = colours.accent;
			context.lineWidth = (focus.degree > 40 ? 0.9 : 1.6) / camera.zoom;
			context.globalAlpha = focus.degree > 40 ? 0.6 : 1;
			context.stroke(strong);
			context.globalAlpha = 1;
		}
	}

	isInView(node) {
		const { view } = this;
		return node.x > view.left && node.x < view.right && node.y > view.top &&
			node.y < view.bottom;
	}

	/** Far out, nodes shrink less than distances do, and never below what can be seen. */
	radiusOf(node) {
		const { zoom } = this.camera;
		const least = node.kind === "match" ? 1.1 : 1.7;
		return Math.max(zoom < 1 ? node.radius * zoom ** -0.4 : node.radius, least / zoom);
	}

	drawNodes(near) {
		const { context, colours } = this;
		this.byKind.forEach((nodes, kind) => {
			if (!this.shown.has(KINDS[kind]) || !nodes.length)
				return;
			const path = new Path2D(), faint = near ? new Path2D() : null;
			const shape = SHAPES[KINDS[kind]];
			for (const node of nodes)
				if (this.isInView(node))
					trace(!near || near.has(node) ? path : faint, shape, node.x, node.y,
						this.radiusOf(node));
			context.fillStyle = colours.kinds[kind];
			if (faint) {
				context.globalAlpha = 0.22;
				context.fill(faint);
				context.globalAlpha = 1;
			}
			context.fill(path);
		});
	}

	ring(nodes, colour, gap, width, dash) {
		const { context, camera } = this;
		const path = new Path2D();
		for (const node of nodes) {
			const r = this.radiusOf(node) + gap / camera.zoom;
			path.moveTo(node.x + r, node.y);
			path.arc(node.x, node.y, r, 0, 2 * Math.PI);
		}
		context.strokeStyle = colour;
		context.lineWidth = width / camera.zoom;
		context.setLineDash(dash.map((length) => length / camera.zoom));
		context.stroke(path);
		context.setLineDash([]);
	}

	drawMarks(focus) {
		const { colours } = this;
		const clashes = this.byImportance.filter((node) => node.isClash && this.isShown(node));
		const inDoubt = clashes.filter((node) => node.status === "contradicted");
		this.fillClashes(inDoubt, colours.clash);
		this.ring(inDoubt, colours.clash, 4, 2.2, []);
		this.ring(clashes.filter((node) => node.status === "stale"), colours.stale, 4, 2.2, [4, 3]);
		this.ring(this.found.filter((node) => this.isShown(node)), colours.found, 2.5, 2, []);
		if (focus)
			this.ring([focus], colours.accent, 3, 2.5, []);
	}

	/** A glow, so that one in thousands is seen. */
	fillClashes(nodes, colour) {
		const { context, camera } = this;
		const path = new Path2D();
		for (const node of nodes) {
			const r = this.radiusOf(node) + 10 / camera.zoom;
			path.moveTo(node.x + r, node.y);
			path.arc(node.x, node.y, r, 0, 2 * Math.PI);
		}
		context.globalAlpha = 0.18;
		context.fillStyle = colour;
		context.fill(path);
		context.globalAlpha = 1;
	}

	widthOf(name) {
		let width = this.widths.get(name);
		if (width === undefined)
			this.widths.set(name, width = this.context.measureText(name).width);
		return width;
	}

	/** The most important first, where there is room, and only what is large enough to be told
	 *  apart from its neighbours. */
	drawLabels(near) {
		const { context, colours, camera } = this;
		const boxes = [];
		const max = near ? 60 : Math.round(this.width * this.height / 14000);
		context.font = `500 12px ${this.font}`;
		context.textBaseline = "middle";
		context.lineJoin = "round";
		const landmarks = new Set(near ? [] : this.byImportance.slice(0, LANDMARKS));
		const first = [this.hovered, this.selected, ...this.found.slice(0, 20)]
			.filter((node) => node && this.isShown(node));
		const rest = near ? [...near].sort((a, b) => b.degree - a.degree) : this.byImportance;
		const chosen = new Set();
		for (const list of [first, rest]) {
			for (const node of list) {
				if (chosen.size >= max)
					break;
				if (chosen.has(node) || !this.isShown(node) || !this.isInView(node))
					continue;
				if (list === rest && !near && !node.isClash && !landmarks.has(node) &&
				    node.radius * camera.zoom < (node.kind === "match" ? 7 : 4.6))
					continue;
				if (this.placeLabel(node, boxes))
					chosen.add(node);
			}
		}
		context.lineWidth = 3.5;
		context.strokeStyle = colours.background;
		for (const { name, x, y } of boxes)
			context.strokeText(name, x, y);
		for (const { name, x, y, node } of boxes) {
			context.fillStyle = node.status === "contradicted" ? colours.clash
				: node.status === "stale" ? colours.stale : colours.text;
			context.fillText(name, x, y);
		}
	}

	placeLabel(node, boxes) {
		const at = this.toScreen(node);
		const gap = node.isClash ? 11 : 5; // its ring
		const x = at.x + this.radiusOf(node) * this.camera.zoom + gap;
		const width = this.widthOf(node.name);
		const isFree = boxes.every((box) => Math.abs(box.y - at.y) > 15 ||
			x > box.x + box.width + 6 || x + width + 6 < box.x);
		if (isFree)
			boxes.push({ name: node.name, node, x, y: at.y, width });
		return isFree;
	}
}

function clamp(value, least, most) {
	return Math.min(most, Math.max(least, value));
}

function cellKey(i, j) {
	return i * 65536 + j;
}
