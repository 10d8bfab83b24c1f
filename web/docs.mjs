// The documentation as pages under /docs: docs/*.md by name, and references made of spec/. Pages stand
// on their own: no script, and no style but the application's.
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { parseYaml } from "@redocly/openapi-core";
import { apiReference } from "./docs/api.mjs";
import { groups as order } from "./docs/contents.mjs";
import { framed } from "./docs/frame.mjs";
import { escape, markdown, sentence } from "./docs/html.mjs";
import { configPages, draft, eventPages, kindsPage } from "./docs/reference.mjs";

// Files by their name in the project; the build is told of each that is read.
function filesOf(root, inputs) {
    const read = async (name) => {
        const file = path.join(root, name);
        inputs.add(file);
        return readFile(file, "utf8");
    };
    const list = async (name) => (await readdir(path.join(root, name))).sort();
    return { read, list, readJson: async (name) => JSON.parse(await read(name)) };
}

const references = {
    "../spec/openapi.yaml": "/docs/api",
    "../spec/events": "/docs/events",
    "../spec/config": "/docs/config",
    "../spec/kinds": "/docs/kinds",
};

// Where a link of docs/*.md leads among the pages; undefined: nowhere, it is a file of the project only.
function linkTo(href) {
    if (/^(https?:|mailto:|#|\/)/.test(href)) return href;
    const [file, anchor] = href.split("#");
    const behind = anchor === undefined ? "" : "#" + anchor;
    const page = /^([\w-]+)\.md$/.exec(file)?.[1];
    if (page !== undefined) return `/docs/${page}${behind}`;
    const config = /^\.\.\/spec\/config\/([\w-]+)\.schema\.json$/.exec(file)?.[1];
    if (config !== undefined) return `/docs/config/${config}`;
    return references[file];
}

// Pictures stand in docs/images; those that are shown are pages of their own.
const imageName = (href) => /^images\/([\w-]+\.(png|svg))$/.exec(href)?.[1];

async function imageAssets(directory, names, { inputs, asset }) {
    const files = names.map((name) => path.join(directory, name));
    for (const file of files) inputs.add(file);
    return Promise.all(files.map(async (file) => asset("/docs/images/" + path.basename(file), await readFile(file))));
}

async function guidePage(name, { read }, images) {
    const text = await read(`docs/${name}.md`);
    const headings = [];
    const imageAt = (href) => {
        const image = imageName(href);
        if (!images.there.includes(image)) return undefined;
        images.shown.add(image);
        return "/docs/images/" + image;
    };
    const body = markdown(text, { linkTo, imageAt, headings });
    return { title: headings.find((one) => one.depth === 1)?.text ?? name, at: `/docs/${name}`, body, headings };
}

// The groups with their pages; what nobody has put into one is in the last.
function grouped(pages) {
    const byName = new Map(pages.filter((page) => page.parent === undefined).map((page) => [page.at.slice("/docs/".length), page]));
    const groups = order.map((group) => ({
        ...group,
        pages: group.pages.flatMap(([name, short, about]) => {
            const page = byName.get(name);
            byName.delete(name);
            return page === undefined ? [] : [Object.assign(page, { short, about })];
        }),
    }));
    if (byName.size > 0) groups.push({ title: "More", audience: "", pages: [...byName.values()] });
    return groups;
}

function indexPage(groups) {
    const page = draft("Documentation", "/docs");
    page.add("<p>Everything here came with the server that you are looking at, and is true for its version.</p>");
    for (const group of groups) {
        page.head(2, group.title);
        if (group.audience) page.add(`<p class="soft">${escape(group.audience)}</p>`);
        const card = (one) =>
            `<li><a href="${one.at}"><strong>${escape(one.title)}</strong><span>${sentence(one.about)}</span></a></li>`;
        page.add(`<ul class="docs-cards">${group.pages.map(card).join("")}</ul>`);
    }
    return page;
}

export async function makeDocs({ root, inputs, asset, style }) {
    const files = filesOf(root, inputs);
    for (const name of await files.list("web/docs")) inputs.add(path.join(root, "web/docs", name));
    const names = (await files.list("docs")).filter((one) => one.endsWith(".md")).map((one) => one.slice(0, -3));
    const directory = path.join(root, "docs/images");
    const images = { there: await readdir(directory).catch(() => []), shown: new Set() };
    const { pages: api, envelope } = apiReference(parseYaml(await files.read("spec/openapi.yaml")));
    const pages = [
        ...(await Promise.all(names.map((name) => guidePage(name, files, images)))),
        ...api,
        ...(await configPages(files)),
        await kindsPage(files),
        ...(await eventPages(files, envelope)),
    ];
    const groups = grouped(pages);
    const index = indexPage(groups);
    const reading = [index, ...groups.flatMap((group) => group.pages.flatMap((page) => [page, ...(page.children ?? [])]))];
    return [
        ...reading.map((page) =>
            asset(page.at, framed({ page, groups, order: reading, style }), { type: "text/html; charset=utf-8" }),
        ),
        ...(await imageAssets(directory, [...images.shown], { inputs, asset })),
    ];
}
