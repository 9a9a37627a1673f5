// The page in a browser, as a person uses it. CHROMIUM names another browser; without any, or
// without playwright-core, these say so and are skipped.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { makeGraph, makePage } from "./graphs.mjs";

const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const playwright = await import("playwright-core").catch(() => null);
const skip = !existsSync(browserPath) ? `no browser at ${browserPath}`
	: !playwright ? "playwright-core is not installed: npm ci in web/graph" : false;

let browser, directory;

before(async () => {
	if (skip)
		return;
	directory = await mkdtemp(join(tmpdir(), "volley-page-"));
	browser = await playwright.chromium.launch({ executablePath: browserPath,
		args: ["--no-sandbox"] });
});

after(async () => {
	await browser?.close();
	if (directory)
		await rm(directory, { recursive: true });
});

/** Opens a graph. All that the page complains of or asks of a network is in problems. */
async function open(graph, options = {}) {
	const file = join(directory, `${Math.random().toString(36).slice(2)}.html`);
	await writeFile(file, await makePage(graph));
	const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
	const page = await context.newPage();
	const problems = [];
	page.on("console", (message) => problems.push(message.text()));
	page.on("pageerror", (error) => problems.push(error.message));
	page.on("request", (request) => {
		if (!/^(file|data|blob):/.test(request.url()))
			problems.push(request.url());
	});
	await page.goto(pathToFileURL(file).href);
	return { page, problems, close: () => context.close() };
}

const settled = (page) => page.waitForFunction(() => document.body.dataset.state === "settled",
	null, { timeout: 90000 });

/** How many different colours the middle of the drawing has: 1 = nothing is drawn. */
const countColours = (page) => page.evaluate(() => {
	const stage = document.getElementById("stage");
	const copy = new OffscreenCanvas(stage.width, stage.height)
		.getContext("2d", { willReadFrequently: true });
	copy.drawImage(stage, 0, 0);
	const { data } = copy.getImageData(0, 0, stage.width, stage.height);
	return new Set(new Uint32Array(data.buffer)).size;
});

test("a graph is drawn, without complaints or network", { skip }, async () => {
	const { page, problems, close } = await open(makeGraph(200, 500));
	await settled(page);
	assert.ok(await countColours(page) > 20);
	assert.match(await page.textContent("#counts"), /^200 nodes, 500 edges$/);
	assert.deepEqual(problems, []);
	await close();
});

test("what is typed is found; Enter goes from one to the next", { skip }, async () => {
	const graph = makeGraph(200, 500);
	graph.nodes[0].label = "src/needle.c";
	const { page, problems, close } = await open(graph);
	await page.keyboard.press("/");
	await page.keyboard.type("needle");
	assert.equal(await page.textContent("#found"), "1");
	await page.keyboard.press("Enter");
	assert.equal(await page.textContent("#found"), "1 / 1");
	assert.equal(await page.textContent("#panel h2"), "src/needle.c");
	assert.match(await page.textContent("#live"), /src\/needle\.c/);

	await page.fill("#query", "retry");
	const first = await page.press("#query", "Enter").then(() => page.textContent("#found"));
	const second = await page.press("#query", "Enter").then(() => page.textContent("#found"));
	assert.match(first, /^1 \/ \d+$/);
	assert.match(second, /^2 \/ \d+$/);
	await page.press("#query", "Shift+Enter");
	assert.equal(await page.textContent("#found"), first);
	await page.fill("#query", "not in any of them");
	assert.equal(await page.textContent("#found"), "none");
	await page.keyboard.press("Escape");
	assert.equal(await page.inputValue("#query"), "");
	await page.keyboard.press("Escape");
	assert.ok(await page.isHidden("#panel"));
	assert.deepEqual(problems, []);
	await close();
});

test("a click on a node shows its evidence and neighbours", { skip }, async () => {
	const node = (id, kind, label, more) => ({ id, kind, label, call: "c.1", ...more });
	const { page, problems, close } = await open({
		nodes: [
			node(0, "file", "src/a.c", { status: "single" }),
			node(1, "match", "src/a.c:7", { file: "src/a.c", line: 7, end_line: 7,
				hash: "0badcafe", time: "2026-03-01T12:34:56.789Z", status: "contradicted",
				text: "<img src=x onerror=alert(1)>" }),
			node(2, "query", "Grep {\"pattern\":\"img\",\"path\":\"src\"}"),
		],
		edges: [
			{ from: 0, to: 1, relation: "contains", call: "c.1" },
			{ from: 2, to: 1, relation: "matches", call: "c.1" },
		],
		claims: [{ text: "src/a.c:7 reads 'x' (c.1) / reads 'y' (c.2)", support: ["c.1", "c.2"],
			status: "contradicted", node: 1 }],
	});
	await settled(page);
	// The list of clashes puts its node in the middle of what the panel leaves free.
	await page.click("#clashes");
	await page.click("#panel .claims button");
	await page.waitForTimeout(600);
	const side = await page.locator("#panel").boundingBox();
	const bar = await page.locator("#bar").boundingBox();
	const middle = { x: side.x / 2, y: (bar.height + 800) / 2 };
	await page.keyboard.press("Escape");
	assert.ok(await page.isHidden("#panel"));
	await page.mouse.click(1280 / 2, middle.y);
	const text = await page.textContent("#panel");
	for (const part of ["contradicted", "src/a.c:7 reads 'x' (c.1) / reads 'y' (c.2)",
		"<img src=x onerror=alert(1)>", "0badcafe", "c.1", "lies in", "matched by", "Grep img"])
		assert.ok(text.includes(part), part);
	assert.equal(await page.getAttribute("#panel time", "datetime"), "2026-03-01T12:34:56.789Z");
	assert.equal(await page.locator("#panel img").count(), 0);
	await page.click("#panel .link[data-kind=file]");
	assert.equal(await page.textContent("#panel h2"), "src/a.c");
	assert.deepEqual(problems, []);
	await close();
});

test("kinds are hidden and shown", { skip }, async () => {
	const graph = makeGraph(200, 500);
	const { page, problems, close } = await open(graph);
	await settled(page);
	const chips = page.locator(".chip");
	for (const kind of new Set(graph.nodes.map((node) => node.kind))) {
		const n = graph.nodes.filter((node) => node.kind === kind).length;
		assert.equal(await page.textContent(`.chip[data-kind=${kind}] span`), String(n));
	}
	const before = await countColours(page);
	await page.click(".chip[data-kind=symbol]", { modifiers: ["Shift"] });
	assert.equal(await page.locator(".chip[aria-pressed=true]").count(), 1);
	await page.click(".chip[data-kind=symbol]");
	await page.waitForTimeout(100);
	assert.ok(await countColours(page) <= 1 && before > 20);
	await page.fill("#query", "src/");
	await page.press("#query", "Enter"); // what is gone to is shown again
	assert.equal(await page.getAttribute(".chip[data-kind=file]", "aria-pressed"), "true");
	assert.equal(await chips.count(), 10);
	assert.deepEqual(problems, []);
	await close();
});

test("the wheel zooms, dragging moves, keys do both", { skip }, async () => {
	const { page, problems, close } = await open(makeGraph(200, 500));
	await settled(page);
	const shot = () => page.locator("#stage").screenshot();
	let last = await shot();
	const changes = async (act) => {
		await act();
		await page.waitForTimeout(120);
		const now = await shot();
		assert.ok(!now.equals(last), String(act));
		last = now;
	};
	await changes(async () => {
		await page.mouse.move(600, 400);
		await page.mouse.wheel(0, -400);
	});
	await changes(async () => {
		await page.mouse.move(20, 300);
		await page.mouse.down();
		await page.mouse.move(120, 360, { steps: 4 });
		await page.mouse.up();
	});
	await changes(() => page.focus("#stage").then(() => page.keyboard.press("ArrowLeft")));
	await changes(() => page.keyboard.press("+"));
	await changes(() => page.keyboard.press("0"));
	assert.deepEqual(problems, []);
	await close();
});

test("dark, calm and on a phone", { skip }, async () => {
	const { page, problems, close } = await open(makeGraph(200, 500), { colorScheme: "dark",
		reducedMotion: "reduce", viewport: { width: 390, height: 844 }, hasTouch: true });
	await settled(page);
	const corner = await page.evaluate(() =>
		[...document.getElementById("stage").getContext("2d").getImageData(2, 300, 1, 1).data]);
	assert.ok(Math.max(...corner.slice(0, 3)) < 60);
	await page.fill("#query", "retry");
	await page.press("#query", "Enter");
	const panel = await page.locator("#panel").boundingBox();
	assert.equal(panel.width, 390);
	assert.ok(panel.y > 844 * 0.45);
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
	assert.deepEqual(problems, []);
	await close();
});

test("nothing known", { skip }, async () => {
	const { page, problems, close } = await open({ nodes: [], edges: [], claims: [] });
	await settled(page);
	assert.ok(await page.isVisible("#empty"));
	assert.ok(await page.isHidden("#clashes"));
	assert.deepEqual(problems, []);
	await close();
});

test("nodes that were left out are told", { skip }, async () => {
	const { page, close } = await open({ ...makeGraph(100, 200), left_out: { nodes: 1234, edges: 9 } });
	assert.match(await page.textContent("#counts"), /1,234 less connected nodes left out/);
	await close();
});

/** Frames a second while something changes each frame, over some time. */
const framesPerSecond = (page, ms) => page.evaluate((time) => new Promise((resolve) => {
	const start = performance.now();
	let n = 0;
	const tick = (now) => {
		n++;
		if (now - start < time)
			requestAnimationFrame(tick);
		else
			resolve(n * 1000 / (now - start));
	};
	requestAnimationFrame(tick);
}), ms);

test("5,000 nodes and 15,000 edges stay fluid", { skip }, async (t) => {
	const { page, problems, close } = await open(makeGraph(5000, 15000));
	const paint = await page.evaluate(() => new Promise((resolve) => {
		new PerformanceObserver((list) => resolve(list.getEntries()[0].startTime))
			.observe({ type: "paint", buffered: true });
	}));
	const start = Date.now();
	const settling = await framesPerSecond(page, 2000);
	await settled(page);
	const took = Date.now() - start;
	await page.mouse.move(600, 400);
	const moving = framesPerSecond(page, 2000);
	for (let i = 0; i < 40; i++) {
		await page.mouse.wheel(0, i % 20 < 10 ? -40 : 40);
		await page.waitForTimeout(25);
	}
	const zooming = await moving;
	t.diagnostic(`first paint ${paint.toFixed(0)} ms, ${settling.toFixed(0)} frames a second while ` +
		`settling, settled in ${(took / 1000).toFixed(1)} s, ${zooming.toFixed(0)} while zooming`);
	// Bounds that a slow machine without a graphics card keeps, and a quadratic step does not.
	assert.ok(paint < 3000);
	assert.ok(settling > 3 && zooming > 3);
	assert.ok(took < 60000);
	assert.deepEqual(problems, []);
	await close();
});
