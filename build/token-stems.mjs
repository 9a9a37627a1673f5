// token-stems.mjs GPT_TOKENIZER DIRECTORY...: writes src/base/token_stems_[1234].def from the text
// files below the directories. GPT_TOKENIZER is an unpacked gpt-tokenizer of npm: the table has
// what it counts as one token, in both cl100k_base and o200k_base. See token_count.c for what the
// columns mean and docs/decisions/0013-token-counts.md for the text that the table was made from.
import fs from "fs";
import path from "path";
import { pathToFileURL } from "url";

const N_STEMS = 9500, N_BUCKETS = 4096, BUCKET_SIZE = 4, STEM_MAX = 13, FILE_MAX = 60000;
const COLUMNS_MAX = 100, N_FILES = 4;
// As prefixes[] of token_count.c: the first bit, and how many of small, Title, CAPITALS.
const PREFIXES = { "": [0, 3], " ": [3, 3], "_": [6, 3], ".": [9, 2], "-": [11, 1],
	"(": [12, 2], "/": [14, 1], "\t": [15, 1] };

const [home, ...directories] = process.argv.slice(2);
const load = async (name) =>
	(await import(pathToFileURL(path.join(home, `esm/encoding/${name}.js`)))).default;
const vocabularies = [await load("cl100k_base"), await load("o200k_base")];
const is_token = (text) => vocabularies.every((v) => v.countTokens(text, OPTIONS) === 1);
const OPTIONS = { disallowedSpecial: new Set() };
const is_word = (text) => /^[A-Za-z]+$/.test(text);

function* texts(directory) {
	for (const entry of fs.readdirSync(directory, { withFileTypes: true, recursive: true })) {
		if (!entry.isFile())
			continue;
		const bytes = fs.readFileSync(path.join(entry.path, entry.name)).subarray(0, FILE_MAX);
		if (!bytes.includes(0))
			yield bytes.toString("utf8");
	}
}

const add = (map, key, n) => map.set(key, (map.get(key) || 0) + n);
const score = new Map();  // how often a stem is a token, in any form
const parts = new Map();  // how often a stem is part of a word

function count_token(token) {
	if (token.length < 2 || token.includes("\ufffd") || Buffer.byteLength(token) > STEM_MAX)
		return;
	const prefix = token[0] in PREFIXES && is_word(token.slice(1)) ? token[0] : "";
	const word = token.slice(prefix.length);
	const stem = word.toLowerCase();
	const title = stem[0].toUpperCase() + stem.slice(1);
	if (is_word(word) && [stem, title, stem.toUpperCase()].includes(word))
		add(score, stem, 1);
	else if (!/^(\d+| +)$/.test(token))
		add(score, token, 1);
}

let n_texts = 0;
const words = new Map();
for (const directory of directories) {
	for (const text of texts(directory)) {
		// Answers have text in JSON, too.
		const forms = n_texts++ % 3 ? [text] : [text, JSON.stringify(text)];
		for (const form of forms)
			for (const vocabulary of vocabularies)
				for (const id of vocabulary.encode(form, OPTIONS))
					count_token(vocabulary.decode([id]));
		for (const [word] of text.matchAll(/[A-Z]*[a-z]+|[A-Z]+/g))
			add(words, word.toLowerCase().slice(0, 24), 1);
	}
}
for (const [word, n] of words)
	for (let i = 0; i < word.length; i++)
		for (let end = i + 2; end <= Math.min(word.length, i + STEM_MAX); end++)
			add(parts, word.slice(i, end), n);

function forms_of(stem) {
	let forms = 0;
	const written = [stem, stem[0].toUpperCase() + stem.slice(1), stem.toUpperCase()];
	for (const [prefix, [first, n]] of Object.entries(PREFIXES))
		for (let i = 0; i < n; i++)
			if (is_token(prefix + written[i]))
				forms |= 1 << (first + i);
	return forms;
}

function bucket_of(stem) {
	const mask = (1n << 64n) - 1n, padded = Buffer.alloc(16);
	padded.write(stem);
	let hash = padded.readBigUInt64LE(0) * 0x9e3779b97f4a7c15n;
	hash = (hash & mask) ^ ((padded.readBigUInt64LE(8) * 0xc2b2ae3d27d4eb4fn) & mask);
	hash ^= hash >> 32n;
	return Number(((hash * 0xd6e8feb86659fd93n) & mask) >> 52n);
}

const c_string = (text) => [...Buffer.from(text)].map((c) =>
	c === 0x22 || c === 0x5c || c === 0x3f ? "\\" + String.fromCharCode(c)
		: c < 32 || c > 126 ? "\\" + c.toString(8).padStart(3, "0")
			: String.fromCharCode(c)).join("");

const buckets = Array.from({ length: N_BUCKETS }, () => []);
let n_stems = 0;
for (const [stem, n] of [...score].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))) {
	const forms = is_word(stem) ? forms_of(stem) : is_token(stem) ? 1 : 0;
	const bucket = buckets[bucket_of(stem)];
	if (!forms || bucket.length === BUCKET_SIZE)
		continue;
	const often = is_word(stem) ? parts.get(stem) || 1 : n;
	const order = Math.max(1, Math.min(220, Math.trunc(8 * (27 - Math.log2(often)))));
	bucket.push(`{"${c_string(stem)}",${order},${forms}}`);
	if (++n_stems === N_STEMS)
		break;
}

const lines = [""];
for (const bucket of buckets) {
	const row = `{${bucket.join(",") || '{"",0,0}'}},`;
	if (lines.at(-1) && lines.at(-1).length + row.length > COLUMNS_MAX)
		lines.push("");
	lines[lines.length - 1] += row;
}
const head = "/* What is one token: {text, order, forms}; written by build/token-stems.mjs. */\n";
const share = Math.ceil(lines.length / N_FILES);
for (let i = 0; i < N_FILES; i++)
	fs.writeFileSync(`src/base/token_stems_${i + 1}.def`,
		head + lines.slice(i * share, (i + 1) * share).join("\n") + "\n");
console.log(`${n_stems} stems of ${n_texts} files in ${lines.length} lines`);
