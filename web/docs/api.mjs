// The reference of the HTTP API, made of spec/openapi.yaml: a page for each tag, one for the schemas.
import { codeBlock, escape, paragraphs, sentence, slug, tableFrame } from "./html.mjs";
import { draft } from "./reference.mjs";
import { jsonBlock, schemaPrinter } from "./schema.mjs";

const METHODS = ["get", "options", "post", "put", "patch", "delete"];
const places = [
    ["path", "In the path"],
    ["query", "In the query"],
    ["header", "Headers"],
];

export function apiReference(spec) {
    const resolve = (ref) => ref.slice(2).split("/").reduce((at, name) => at[name], spec);
    const open = (one) => (one.$ref === undefined ? one : resolve(one.$ref));
    // Objects have a place of their own; a text or a list of words is said wherever it occurs.
    const isObject = (schema) => schema.properties !== undefined || schema.oneOf !== undefined;
    const linkTo = (ref) => (isObject(resolve(ref)) ? ref.replace("#/components/schemas/", "/docs/api/schemas#") : undefined);
    const printer = schemaPrinter({ resolve, linkTo });

    const calls = Object.entries(spec.paths).flatMap(([path, item]) =>
        METHODS.filter((method) => item[method] !== undefined).map((method) => ({
            path,
            method: method.toUpperCase(),
            ...item[method],
            parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(open),
        })),
    );
    const pageOf = (tag) => `/docs/api/${slug(tag)}`;

    const described = (one) => (one.description ? `<p>${sentence(one.description)}</p>` : "");
    function example(name, value, what) {
        const label = `Example of ${what}`;
        const title = `<p class="example-name">Example${name === "" ? "" : `: ${escape(name)}`}</p>`;
        return title + (typeof value === "string" ? codeBlock(value, label) : jsonBlock(value, label));
    }
    function content(types, what) {
        return Object.entries(types ?? {})
            .map(([type, one]) => {
                const examples = Object.entries(one.examples ?? (one.example === undefined ? {} : { "": { value: one.example } }));
                return (
                    `<p class="media-type"><code>${escape(type)}</code></p>` +
                    (one.schema === undefined ? "" : described(one.schema) + printer.whole(one.schema)) +
                    examples.map(([name, given]) => example(name, open(given).value, what)).join("")
                );
            })
            .join("");
    }
    const schemaOf = ({ schema, description, example: given }) => ({
        ...schema,
        description: description ?? schema?.description,
        ...(given === undefined ? {} : { examples: [given] }),
    });
    function parameters(call) {
        return places
            .map(([place, title]) => {
                const mine = call.parameters.filter((one) => one.in === place);
                if (mine.length === 0) return "";
                const properties = Object.fromEntries(mine.map((one) => [one.name, schemaOf(one)]));
                const required = mine.filter((one) => one.required).map((one) => one.name);
                return `<h3>${title}</h3>${printer.members({ properties, required })}`;
            })
            .join("");
    }
    const isGood = (status) => status.startsWith("2") || status.startsWith("3");
    function refusals(bad) {
        const rows = bad.map(([status, one]) => [status, sentence(one.description)]);
        return (
            `<details class="refusals"><summary>When it cannot be done: ${bad.map(([status]) => status).join(", ")}</summary>` +
            tableFrame(["Status", "Because"], rows, "Refusals") +
            "</details>"
        );
    }
    function answers(call) {
        const all = Object.entries(call.responses).map(([status, one]) => [status, open(one)]);
        const good = all.filter(([status]) => isGood(status));
        const bad = all.filter(([status]) => !isGood(status));
        return (
            good
                .map(([status, one]) => {
                    const headers = Object.entries(one.headers ?? {}).map(([name, given]) => [
                        `<code>${escape(name)}</code>`,
                        sentence(open(given).description),
                    ]);
                    return (
                        `<h3>Answer ${status}</h3><p>${sentence(one.description)}</p>` +
                        content(one.content, `answer ${status}`) +
                        (headers.length > 0 ? tableFrame(["Header", "It is"], headers, "Headers of the answer") : "")
                    );
                })
                .join("") +
            (bad.length > 0 ? refusals(bad) : "")
        );
    }
    function callSection(page, call) {
        const name = `<span class="method">${call.method}</span> <code>${escape(call.path)}</code>`;
        page.head(2, call.summary, name, call.operationId);
        page.add(`<p class="call-summary">${sentence(call.summary)}</p>`, paragraphs(call.description), parameters(call));
        if (call.requestBody !== undefined) {
            const body = open(call.requestBody);
            page.add(`<h3>Body${body.required ? "" : ", may be left out"}</h3>`, described(body), content(body.content, "the body"));
        }
        page.add(answers(call));
    }
    const callRow = (call) => [
        `<span class="method">${call.method}</span> ` +
            `<a href="${pageOf(call.tags[0])}#${call.operationId}"><code>${escape(call.path)}</code></a>`,
        sentence(call.summary),
    ];

    const callTable = (mine, label) => tableFrame(["Call", "What it does"], mine.map(callRow), label);

    const title = (tag) => tag[0].toUpperCase() + tag.slice(1);
    const pages = spec.tags.map((tag) => {
        const page = draft(`API: ${tag.name}`, pageOf(tag.name), { parent: "/docs/api", short: title(tag.name) });
        page.mine = calls.filter((call) => call.tags[0] === tag.name);
        page.add(`<p>${sentence(tag.description)}.</p>`, callTable(page.mine, "Calls"));
        for (const call of page.mine) callSection(page, call);
        return page;
    });
    const schemas = draft("API: schemas", "/docs/api/schemas", { parent: "/docs/api", short: "Schemas" });
    schemas.add("<p>What calls take and answer, by name.</p>");
    const objects = Object.entries(spec.components.schemas).filter(([, schema]) => isObject(schema));
    for (const [name, schema] of objects.sort(([a], [b]) => (a < b ? -1 : 1))) {
        schemas.head(2, name, escape(name), name);
        schemas.add(described(schema), printer.whole(schema));
    }

    const index = draft("API reference", "/docs/api", { children: [...pages, schemas] });
    index.add(
        paragraphs(spec.info.description),
        '<p>How to do a task with it is in <a href="/docs/http-api">the API by task</a>. This reference is made of the',
        ' document that every server answers under <a href="/openapi.json"><code>/openapi.json</code></a>.</p>',
    );
    for (const page of pages) {
        index.head(2, page.short);
        index.add(callTable(page.mine, page.title));
    }
    index.head(2, "Who is asking");
    index.add(
        Object.values(spec.components.securitySchemes)
            .map((one) => paragraphs(one.description))
            .join(""),
    );
    const event = spec.components.schemas.Event;
    return { pages: [index, ...pages, schemas], envelope: { schema: event, printed: printer.members(event) } };
}
