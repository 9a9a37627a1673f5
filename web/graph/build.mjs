// Builds dist/graph.html, one file without references; --check: is it what the source builds?
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const MARK = "@VOLLEY_GRAPH_DATA@";

async function bundle() {
	const result = await build({
		root: here("."),
		configFile: false,
		logLevel: "warn",
		worker: { format: "iife" },
		build: {
			write: false,
			target: "es2022",
			cssMinify: true,
			modulePreload: false,
			lib: { entry: here("src/main.js"), formats: ["iife"], name: "volleyGraph" },
		},
	});
	const files = [result].flat().flatMap((one) => one.output);
	const script = files.find((file) => file.type === "chunk").code;
	const style = files.find((file) => file.fileName.endsWith(".css")).source;
	return { script: script.trim(), style: String(style).trim() };
}

async function page() {
	const { script, style } = await bundle();
	if (/<\/script/i.test(script) || /<\/style/i.test(style))
		throw new Error("the bundle would end its own element");
	const template = await readFile(here("index.html"), "utf8");
	// Functions, since "$&" in a replacement would mean something.
	const made = template
		.replace("<!--STYLE-->", () => `<style>${style}</style>`)
		.replace("<!--SCRIPT-->", () => `<script>${script}</script>`);
	if (made.split(MARK).length !== 2)
		throw new Error(`${MARK} has to stand in it once`);
	return made;
}

const made = await page();
if (process.argv.includes("--check")) {
	const committed = await readFile(here("dist/graph.html"), "utf8");
	if (committed !== made) {
		console.error("web/graph/dist/graph.html is not what its source builds: run make web");
		process.exitCode = 1;
	}
} else {
	await mkdir(here("dist"), { recursive: true });
	await writeFile(here("dist/graph.html"), made);
	console.log(`dist/graph.html: ${Buffer.byteLength(made)} bytes`);
}
