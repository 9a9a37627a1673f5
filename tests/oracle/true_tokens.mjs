// true_tokens.mjs GPT_TOKENIZER: reads a JSON list of texts, prints how many tokens each is, in
// cl100k_base or in o200k_base, whichever is more.
import fs from "fs";
import path from "path";
import { pathToFileURL } from "url";

const load = async (name) =>
	(await import(pathToFileURL(path.join(process.argv[2], `esm/encoding/${name}.js`)))).default;
const vocabularies = [await load("cl100k_base"), await load("o200k_base")];
for (const text of JSON.parse(fs.readFileSync(0)))
	console.log(Math.max(...vocabularies.map((v) =>
		v.countTokens(text, { disallowedSpecial: new Set() }))));
