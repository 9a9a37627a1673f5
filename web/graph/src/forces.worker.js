// The forces, off the page's thread. Positions go over in one buffer, which comes back.
import { forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";

// Placed near their ends already, nodes need fewer and smaller steps than d3's 300 from 1.
const ALPHA_START = 0.5, ALPHA_MIN = 0.008, ALPHA_DECAY = 0.03;
const FRAME_MS = 16;

let nodes = [], simulation = null, spare = null, isRunning = false;

function step() {
	const start = performance.now();
	do {
		simulation.tick();
	} while (simulation.alpha() > ALPHA_MIN && performance.now() - start < FRAME_MS / 2);
	const isSettled = simulation.alpha() <= ALPHA_MIN;
	// No spare: the page has not shown the last one yet. What is final always goes.
	const positions = spare ?? (isSettled ? new Float32Array(2 * nodes.length) : null);
	if (positions) {
		for (let i = 0; i < nodes.length; i++) {
			positions[2 * i] = nodes[i].x;
			positions[2 * i + 1] = nodes[i].y;
		}
		spare = null;
		postMessage({ positions, isSettled }, [positions.buffer]);
	}
	isRunning = !isSettled;
	if (isRunning)
		setTimeout(step, Math.max(0, FRAME_MS - (performance.now() - start)));
}

function run() {
	if (!isRunning) {
		isRunning = true;
		setTimeout(step, 0);
	}
}

function begin({ xs, ys, radii, pulls, degrees, sources, targets }) {
	nodes = Array.from(xs, (x, i) => ({ x, y: ys[i] }));
	const links = Array.from(sources, (source, i) => ({ source, target: targets[i] }));
	spare = new Float32Array(2 * nodes.length);
	simulation = forceSimulation(nodes)
		.stop()
		.alpha(ALPHA_START)
		.alphaMin(ALPHA_MIN)
		.alphaDecay(ALPHA_DECAY)
		.velocityDecay(0.45)
		.force("charge", forceManyBody()
			.strength((_, i) => degrees[i] ? -14 - 3.2 * radii[i] : -6)
			.theta(nodes.length > 1500 ? 1.1 : 0.9))
		.force("link", forceLink(links)
			.distance((link) => 16 + 1.6 * (radii[link.source.index] + radii[link.target.index]))
			.strength((link) => 0.9 / Math.min(degrees[link.source.index],
				degrees[link.target.index])))
		.force("x", forceX().strength((_, i) => pulls[i]))
		.force("y", forceY().strength((_, i) => pulls[i]));
	run();
}

onmessage = ({ data }) => {
	if (data.xs) {
		begin(data);
	} else if (data.buffer) {
		spare = data.buffer;
	} else if (data.hold !== undefined) {
		nodes[data.hold].fx = data.x;
		nodes[data.hold].fy = data.y;
		simulation.alpha(Math.max(simulation.alpha(), 0.12));
		run();
	} else if (data.release !== undefined) {
		nodes[data.release].fx = null;
		nodes[data.release].fy = null;
	}
};
