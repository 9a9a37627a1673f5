// Where nodes are. A first placement by hand, near where they will end; then forces, in a worker,
// so that the page answers at once while they settle.
import Forces from "./forces.worker.js?worker&inline";

const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/** Nodes that others hang on: what has many edges, or no neighbour that has. */
function findHubs(nodes) {
	const hubs = new Set();
	for (const node of [...nodes].sort((a, b) => b.degree - a.degree || a.index - b.index))
		if (node.degree > 2 || !node.links.some((link) => hubs.has(link.node)))
			hubs.add(node);
	return hubs;
}

/** Writes x, y of every node: hubs on a spiral, the others around the least of their hubs. */
function place(nodes) {
	const hubs = findHubs(nodes);
	const nPlaced = new Map();
	let area = 0, nHubs = 0;
	for (const hub of hubs) {
		area += (24 + 8 * Math.sqrt(hub.degree)) ** 2;
		const radius = hubs.size > 1 ? 0.75 * Math.sqrt(area) : 0;
		hub.x = radius * Math.cos(GOLDEN_ANGLE * nHubs);
		hub.y = radius * Math.sin(GOLDEN_ANGLE * nHubs);
		nHubs++;
	}
	for (const node of nodes) {
		if (hubs.has(node))
			continue;
		let hub = null;
		for (const { node: other } of node.links)
			if (hubs.has(other) && (!hub || other.degree < hub.degree))
				hub = other;
		const n = nPlaced.get(hub) ?? 0;
		nPlaced.set(hub, n + 1);
		const radius = 14 + 4.5 * Math.sqrt(n);
		node.x = hub.x + radius * Math.cos(GOLDEN_ANGLE * n);
		node.y = hub.y + radius * Math.sin(GOLDEN_ANGLE * n);
	}
}

/** How strongly each is drawn to the middle. What is apart from the most is held by this alone, and
 *  would be driven far away. */
function pulls(nodes) {
	const part = new Int32Array(nodes.length).fill(-1);
	const sizes = [];
	for (const start of nodes) {
		if (part[start.index] >= 0)
			continue;
		const waiting = [start];
		part[start.index] = sizes.length;
		let size = 0;
		for (let node; (node = waiting.pop()); size++) {
			for (const { node: other } of node.links) {
				if (part[other.index] < 0) {
					part[other.index] = sizes.length;
					waiting.push(other);
				}
			}
		}
		sizes.push(size);
	}
	const most = sizes.indexOf(Math.max(...sizes));
	return Float32Array.from(nodes, (node) =>
		!node.degree ? 0.2 : part[node.index] === most ? 0.04 : 0.12);
}

/** Starts the forces. onMoved(): positions changed; onSettled(): they will not any more. */
export function startLayout({ nodes, edges }, onMoved, onSettled) {
	place(nodes);
	const worker = new Forces();
	let held = null;
	worker.onmessage = ({ data }) => {
		const { positions } = data;
		nodes.forEach((node, i) => {
			if (node === held)
				return;
			node.x = positions[2 * i];
			node.y = positions[2 * i + 1];
		});
		worker.postMessage({ buffer: positions }, [positions.buffer]);
		onMoved();
		if (data.isSettled)
			onSettled();
	};
	worker.postMessage({
		xs: Float32Array.from(nodes, (node) => node.x),
		ys: Float32Array.from(nodes, (node) => node.y),
		radii: Float32Array.from(nodes, (node) => node.radius),
		pulls: pulls(nodes),
		degrees: Uint32Array.from(nodes, (node) => node.degree),
		sources: Uint32Array.from(edges, (edge) => edge.source.index),
		targets: Uint32Array.from(edges, (edge) => edge.target.index),
	});
	return {
		/** The node is held where it is now put, until release(). */
		hold(node) {
			held = node;
			worker.postMessage({ hold: node.index, x: node.x, y: node.y });
		},
		release() {
			if (held)
				worker.postMessage({ release: held.index });
			held = null;
		},
	};
}
