// The documentation as pages under /docs: docs/*.md by name, and references made of spec/.
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { marked } from "marked";

const escape = (text) =>
    text.replace(/[&<>"]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[one]);

export async function makeDocs({ root, inputs, asset, style }) {
    const directory = path.join(root, "docs");
    const pages = [];
    for (const name of (await readdir(directory)).filter((one) => one.endsWith(".md")).sort()) {
        const file = path.join(directory, name);
        inputs.add(file);
        const text = await readFile(file, "utf8");
        const title = /^# (.*)$/m.exec(text)?.[1] ?? name;
        const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${escape(title)} · Meshline</title><link rel="stylesheet" href="${style}"></head><body class="docs"><main>${await marked.parse(text)}</main></body></html>`;
        pages.push(asset("/docs/" + name.slice(0, -3), html, { type: "text/html; charset=utf-8" }));
    }
    return pages;
}
