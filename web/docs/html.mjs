// HTML out of data: escaping, and Markdown as the documentation and the descriptions in spec/ use it.
import { Marked } from "marked";

const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
export const escape = (text) => String(text).replace(/[&<>"]/g, (one) => entities[one]);

// As the sites that show Markdown name the headings of a file: "What it says, and what to do" is
// what-it-says-and-what-to-do.
export const slug = (text) =>
    text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-");

// A wide thing scrolls by itself, and the keyboard reaches it.
export const codeBlock = (text, label = "Code") =>
    `<pre tabindex="0" role="region" aria-label="${escape(label)}"><code>${escape(text.replace(/\n$/, ""))}</code></pre>`;

export function tableFrame(head, rows, label) {
    const cells = (row, one) => `<tr>${row.map(one).join("")}</tr>`;
    const top = cells(head, (cell) => (cell === "" ? "<td></td>" : `<th scope="col">${cell}</th>`));
    const body = rows.map((row) => cells(row, (cell) => `<td>${cell}</td>`)).join("");
    const hasHead = head.some((cell) => cell !== "");
    return (
        `<div class="docs-table" role="region" aria-label="${escape(label)}" tabindex="0">` +
        `<table>${hasHead ? `<thead>${top}</thead>` : ""}<tbody>${body}</tbody></table></div>`
    );
}

const plain = (html) =>
    html
        .replace(/<[^>]*>/g, "")
        .replace(/&(amp|lt|gt|quot|#39);/g, (_, one) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" })[one]);

// `linkTo` says where an address of the text leads, or undefined where there is no such page: then only
// its text is shown. `imageAt` says the same of pictures. Headings that were met stand in `headings` afterwards.
export function markdown(text, { linkTo, imageAt, headings }) {
    const used = new Map();
    const renderer = {
        heading({ tokens, depth }) {
            const inner = this.parser.parseInline(tokens);
            const name = slug(plain(inner));
            const times = used.get(name) ?? 0;
            used.set(name, times + 1);
            const id = times === 0 ? name : `${name}-${times}`;
            headings.push({ id, depth, text: plain(inner) });
            return heading(depth, id, inner);
        },
        link({ href, tokens }) {
            const inner = this.parser.parseInline(tokens);
            const to = linkTo(href);
            return to === undefined ? inner : `<a href="${escape(to)}">${inner}</a>`;
        },
        image({ href, text: alt }) {
            const at = imageAt(href);
            return at === undefined ? escape(alt) : `<img src="${escape(at)}" alt="${escape(alt)}" loading="lazy">`;
        },
        code: ({ text: inner, lang }) => codeBlock(inner, lang ? `Code: ${lang}` : "Code"),
        table({ header, rows }) {
            const cells = (row) => row.map((cell) => this.parser.parseInline(cell.tokens));
            const head = cells(header);
            return tableFrame(head, rows.map(cells), head.map(plain).filter(Boolean).join(", ") || "Table");
        },
        html: ({ text: raw }) => escape(raw),
    };
    return new Marked({ renderer }).parse(text);
}

// A heading that can be linked: the link is the heading itself.
export const heading = (depth, id, inner) =>
    depth === 1
        ? `<h1>${inner}</h1>`
        : `<h${depth} id="${id}"><a class="anchor" href="#${id}">${inner}</a></h${depth}>`;

// Descriptions are no pages: what looks like a link or HTML in them is text.
const inlines = new Marked({
    renderer: {
        html: ({ text }) => escape(text),
        link({ tokens }) {
            return this.parser.parseInline(tokens);
        },
    },
});

// A description of one line or of several paragraphs.
export const sentence = (text = "") => inlines.parseInline(text.trim());
export const paragraphs = (text = "") => inlines.parse(text);
