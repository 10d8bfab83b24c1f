// The frame around every page of the documentation: top, navigation, what is on the page, neighbours.
import { escape } from "./html.mjs";

// A page: {at, title, short, body, headings: [{id, depth, text}], parent, children}. A group: {title,
// pages}. Where one is in a reference of several pages, these come first: nothing scrolls to them.
function navigation(groups, page) {
    const parts = groups.map((group) => ({ title: group.title, pages: group.pages }));
    const whole = groups.flatMap((group) => group.pages).find((one) => one.at === (page.parent ?? page.at));
    if (whole?.children !== undefined)
        parts.unshift({ title: whole.title, pages: [{ at: whole.at, title: "All of it" }, ...whole.children] });
    const entry = (one) =>
        `<li><a href="${one.at}"${one.at === page.at ? ' aria-current="page"' : ""}>${escape(one.short ?? one.title)}</a></li>`;
    return parts.map((part) => `<p>${escape(part.title)}</p><ul>${part.pages.map(entry).join("")}</ul>`).join("");
}

function contents(page) {
    const listed = page.headings.filter((one) => one.depth === 2);
    if (listed.length < 3) return "";
    const items = listed.map((one) => `<li><a href="#${one.id}">${escape(one.text)}</a></li>`).join("");
    return `<nav class="docs-contents" aria-label="On this page"><p>On this page</p><ul>${items}</ul></nav>`;
}

function neighbours(order, page) {
    const index = order.indexOf(page);
    const link = (one, rel, word) =>
        one === undefined ? "" : `<a rel="${rel}" href="${one.at}"><span>${word}</span>${escape(one.title)}</a>`;
    const links = link(order[index - 1], "prev", "Previous") + link(order[index + 1], "next", "Next");
    return `<nav class="docs-neighbours" aria-label="Next and previous">${links}</nav>`;
}

export function framed({ page, groups, order, style }) {
    const menu = navigation(groups, page);
    const title = page.at === "/docs" ? "Documentation" : page.title;
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)} · Meshline</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${style}">
</head>
<body class="docs">
<a class="skip" href="#text">To the text</a>
<header class="docs-top">
<a class="brand" href="/"><img src="/icon.svg" alt="" width="24" height="24">Meshline</a>
<a href="/docs">Documentation</a>
<a class="docs-back" href="/">To the pages</a>
</header>
<details class="docs-menu"><summary>Contents</summary><nav aria-label="Documentation, folded">${menu}</nav></details>
<div class="docs-shell">
<nav class="docs-nav" aria-label="Documentation">${menu}</nav>
<main id="text" tabindex="-1"><article>${page.body}</article>${neighbours(order, page)}</main>
${contents(page)}
</div>
</body>
</html>
`;
}
