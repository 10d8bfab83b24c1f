// References made of the schemas that the program is checked against: the files of a mesh, ready-made
// sources, events.
import path from "node:path";
import { configFiles, eventGroups } from "./contents.mjs";
import { codeBlock, escape, heading, sentence, slug, tableFrame } from "./html.mjs";
import { jsonBlock, schemaPrinter } from "./schema.mjs";

// A page under construction: its text, and the headings that it has so far.
export function draft(title, at, more = {}) {
    const page = { title, at, body: heading(1, "", escape(title)), headings: [], ...more };
    page.add = (...parts) => ((page.body += parts.join("")), page);
    page.head = (depth, text, inner = escape(text), id = slug(text)) => {
        page.headings.push({ id, depth, text });
        return page.add(heading(depth, id, inner));
    };
    return page;
}

// What refers to another member of the same file, as the routes of a group do, leads there.
const printerOf = (schema) =>
    schemaPrinter({
        resolve: (ref) => ref.slice(2).split("/").reduce((at, name) => at[name], schema),
        linkTo: (ref) => (ref.startsWith("#/properties/") ? ref.replace("#/properties/", "#field-") : undefined),
    });

// ---- the files of a mesh

// A file whose members follow from its kind has a part for each of them.
function kindsOf(schema) {
    const rows = schema.allOf ?? [];
    return rows.map((one) => ({ kind: one.if.properties.kind.const, schema: one.then }));
}

async function configPage([name, file, example], { readJson, read }) {
    const schema = await readJson(`spec/config/${name}.schema.json`);
    const printer = printerOf(schema);
    const page = draft(file, `/docs/config/${name}`, { parent: "/docs/config" });
    page.description = schema.description;
    page.add(`<p>${sentence(schema.description)}</p>`);
    const kinds = kindsOf(schema);
    page.head(2, "Fields");
    page.add(printer.members(schema, { anchor: "field-" }));
    for (const one of kinds) {
        page.head(2, `Kind ${one.kind}`, `Kind <code>${escape(one.kind)}</code>`);
        page.add(printer.members(one.schema, { without: ["kind"], anchor: `${one.kind}-` }));
    }
    page.head(2, "Example");
    page.add(`<p>It is <code>${escape(example)}</code>.</p>`, codeBlock(await read(example), `Example of ${file}`));
    page.head(2, "The schema itself");
    page.add(
        `<p>It is <code>spec/config/${name}.schema.json</code>, JSON Schema 2020-12. <code>meshline check</code> says with`,
        " line and column what in a mesh does not follow it. Expressions and names that refer to others are checked as",
        " well, which no schema can.</p>",
    );
    return page;
}

export async function configPages(files) {
    const pages = await Promise.all(configFiles.map((row) => configPage(row, files)));
    const row = (page) => [`<a href="${page.at}"><code>${escape(page.title)}</code></a>`, sentence(page.description)];
    const index = draft("Configuration reference", "/docs/config", { children: pages });
    index.add(
        "<p>A mesh is a directory of files. These are all of them, made from the schemas that <code>meshline check</code>",
        ' goes by; how to write one is in <a href="/docs/policy">policy</a>.</p>',
        tableFrame(["File", "What it says"], pages.map(row), "Files of a mesh"),
    );
    index.head(2, "What the words for types mean");
    index.add(
        tableFrame(
            ["Word", "It is"],
            [
                ["duration", sentence("numbers with units: `90s`, `15m`, `1h30m`, `7d`; the units are us, ms, s, m, h, d")],
                ["name", sentence("letters, digits and `_ . @ + -`, 64 at most, beginning with a letter, a digit or `_`")],
                ["time zone", sentence("an IANA name: `Europe/Berlin`, or `UTC`")],
                ["object of … by name", "members whose names are yours, each with a value of that type"],
            ],
            "Types",
        ),
    );
    return [index, ...pages];
}

// ---- ready-made sources

async function kindSection(page, name, { readJson }) {
    const kind = await readJson(`spec/kinds/${name}.json`);
    const schema = await readJson(`spec/kinds/${name}.schema.json`);
    page.head(2, kind.title, escape(kind.title), name);
    page.add(`<p>${sentence(kind.about)}</p>`, codeBlock(`kind: ${name}`, "In the source's file"));
    if (kind.key) page.add(`<p>The same record again is known by <code>${escape(kind.key)}</code>.</p>`);
    page.add("<h3>What is read</h3>");
    page.add(
        tableFrame(
            ["Field of the lead", "Expression"],
            Object.entries(kind.mapping).map((row) => row.map((one) => `<code>${escape(one)}</code>`)),
            `Mapping of ${kind.title}`,
        ),
    );
    page.add("<h3>What may come</h3>", `<p>${sentence(schema.description)}</p>`, printerOf(schema).members(schema));
    if (schema.examples?.[0] !== undefined)
        page.add("<h3>Example</h3>", jsonBlock(schema.examples[0], `Example of ${kind.title}`));
}

export async function kindsPage(files) {
    const schemas = (await files.list("spec/kinds")).filter((one) => one.endsWith(".schema.json"));
    const page = draft("Ready-made sources", "/docs/kinds");
    page.add(
        "<p>A source with a <code>kind</code> needs no contract of its own: schema and mapping come with Meshline, and what",
        " the source's file says is put above them. How to use and change them is in",
        ' <a href="/docs/contracts#ready-made-sources">contracts</a>, which signature each vendor sends in',
        ' <a href="/docs/operations#keys-of-sources">running Meshline</a>.</p>',
    );
    for (const file of schemas) await kindSection(page, path.basename(file, ".schema.json"), files);
    return page;
}

// ---- events

const subjectOf = (name) => name.split(".")[0];

// The groups, and one for what none of them names.
function eventParts(names) {
    const named = eventGroups.flatMap(([, , subjects]) => subjects);
    const others = [...new Set(names.map(subjectOf))].filter((one) => !named.includes(one));
    return others.length === 0 ? eventGroups : [...eventGroups, ["others", "Others", others]];
}

// Members that most events have are said once.
function commonMembers(schemas) {
    const counts = new Map();
    for (const { schema } of schemas)
        for (const [name, one] of Object.entries(schema.properties ?? {})) {
            const key = JSON.stringify([name, one]);
            counts.set(key, (counts.get(key) ?? 0) + 1);
        }
    const common = [...counts].filter(([, times]) => times > schemas.length / 2).map(([key]) => JSON.parse(key));
    return Object.fromEntries(common);
}

function eventSection(page, { name, schema }, common) {
    page.head(2, name, `<code>${escape(name)}</code>`, name.replace(".", "-"));
    page.add(`<p>${sentence(schema.description)}</p>`);
    const same = (one) => JSON.stringify(schema.properties[one]) === JSON.stringify(common[one]);
    const without = Object.keys(schema.properties).filter(same);
    page.add(printerOf(schema).members(schema, { without }) || "<p>Nothing but what every event may have.</p>");
}

export async function eventPages(files, envelope) {
    const names = (await files.list("spec/events")).map((one) => path.basename(one, ".json"));
    const read = async (name) => ({ name, schema: await files.readJson(`spec/events/${name}.json`) });
    const schemas = await Promise.all(names.map(read));
    const common = commonMembers(schemas);
    const pages = eventParts(names).map(([part, title, subjects]) => {
        const mine = schemas.filter(({ name }) => subjects.includes(subjectOf(name)));
        const page = draft(`Events: ${title}`, `/docs/events/${part}`, { parent: "/docs/events", short: title });
        page.add('<p>What all have in common is in the <a href="/docs/events">events reference</a>.</p>');
        for (const one of mine) eventSection(page, one, common);
        return Object.assign(page, { mine });
    });
    const index = draft("Events reference", "/docs/events", { children: pages });
    index.add(
        "<p>The journal consists of events, and nothing else decides what is true. Destinations,",
        " <code>GET /v1/events</code> and <code>GET /v1/stream</code> give them as CloudEvents 1.0, whose <code>type</code>",
        " is the name below behind <code>meshline.</code>.</p>",
    );
    for (const page of pages) {
        const link = (name) => `<a href="${page.at}#${name.replace(".", "-")}"><code>${name}</code></a>`;
        const rows = page.mine.map(({ name, schema }) => [link(name), sentence(schema.description)]);
        index.add(tableFrame([escape(page.short), "Says"], rows, page.title));
    }
    index.head(2, "Around every event").add("<p>", sentence(envelope.schema.description), "</p>", envelope.printed);
    index.head(2, "What most events may have in their data");
    index.add(schemaPrinter({ resolve: () => ({}) }).members({ properties: common }));
    return [index, ...pages];
}

