// Pointers and keys on the canvas: drag the ground to move, a node to place it, two fingers or the
// wheel to zoom.

const CLICK_PX = 5;

/** actions: select(node or null), hover(node or null), hold(node), release(). */
export function listenToPointers(stage, actions) {
	const { canvas } = stage;
	const pointers = new Map();
	let pressed = null; // { x, y, node, hasMoved }

	const slack = (event) => event.pointerType === "mouse" ? 5 : 16;

	canvas.addEventListener("pointerdown", (event) => {
		if (event.button > 0)
			return;
		canvas.setPointerCapture(event.pointerId);
		pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
		stage.flight = null;
		pressed = pointers.size > 1 ? null : {
			x: event.clientX, y: event.clientY,
			node: stage.nodeAt(event.clientX, event.clientY, slack(event)),
			hasMoved: false,
		};
	});

	canvas.addEventListener("pointermove", (event) => {
		const last = pointers.get(event.pointerId);
		if (!last) {
			actions.hover(stage.nodeAt(event.clientX, event.clientY, slack(event)));
			return;
		}
		const now = { x: event.clientX, y: event.clientY };
		if (pointers.size === 2)
			pinch(event.pointerId, last, now);
		else if (pressed)
			drag(last, now);
		pointers.set(event.pointerId, now);
	});

	function pinch(id, last, now) {
		const [other] = [...pointers].filter(([otherId]) => otherId !== id).map(([, at]) => at);
		const before = Math.hypot(last.x - other.x, last.y - other.y);
		const after = Math.hypot(now.x - other.x, now.y - other.y);
		stage.panBy((now.x - last.x) / 2, (now.y - last.y) / 2);
		if (before > 0)
			stage.zoomAt((now.x + other.x) / 2, (now.y + other.y) / 2, after / before);
	}

	function drag(last, now) {
		if (!pressed.hasMoved && Math.hypot(now.x - pressed.x, now.y - pressed.y) < CLICK_PX)
			return;
		pressed.hasMoved = true;
		if (pressed.node) {
			Object.assign(pressed.node, stage.toGraph(now.x, now.y));
			actions.hold(pressed.node);
			stage.positionsMoved();
		} else {
			stage.panBy(now.x - last.x, now.y - last.y);
		}
	}

	function end(event) {
		if (!pointers.delete(event.pointerId))
			return;
		if (pressed && !pressed.hasMoved && event.type === "pointerup")
			actions.select(pressed.node);
		if (pressed?.hasMoved && pressed.node)
			actions.release();
		pressed = null;
	}
	canvas.addEventListener("pointerup", end);
	canvas.addEventListener("pointercancel", end);
	canvas.addEventListener("pointerleave", () => actions.hover(null));

	canvas.addEventListener("wheel", (event) => {
		event.preventDefault();
		const lines = event.deltaMode === 1 ? 16 : 1;
		const speed = event.ctrlKey ? 0.01 : 0.0016;
		stage.zoomAt(event.clientX, event.clientY, Math.exp(-event.deltaY * lines * speed));
	}, { passive: false });
}

export function listenToKeys(stage, actions) {
	const step = 60;
	const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step],
		ArrowDown: [0, -step] };
	document.addEventListener("keydown", (event) => {
		const isTyping = event.target.matches("input");
		if (event.ctrlKey || event.metaKey || event.altKey)
			return;
		if (event.key === "Escape") {
			actions.escape();
		} else if (isTyping) {
			return;
		} else if (event.key === "/") {
			event.preventDefault();
			actions.focusSearch();
		} else if (event.key === "+" || event.key === "=") {
			stage.zoomAt(stage.middle.x, stage.middle.y, 1.3);
		} else if (event.key === "-") {
			stage.zoomAt(stage.middle.x, stage.middle.y, 1 / 1.3);
		} else if (event.key === "0") {
			actions.fit();
		} else if (moves[event.key] && event.target === stage.canvas) {
			event.preventDefault();
			stage.panBy(...moves[event.key]);
		}
	});
}
