// A JSON Schema as people read it: one entry for each member, those of objects inside below it.
import { codeBlock, escape, sentence } from "./html.mjs";

// Patterns that occur often, in words.
const patterns = {
    "^([0-9]+(d|h|ms|m|s|us))+$": "duration",
    "^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$": "name",
    "^(UTC|[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)+)$": "time zone",
};
const formats = { "date-time": "time", date: "date", uri: "address", email: "e-mail address" };
const types = {
    string: "text",
    integer: "whole number",
    number: "number",
    boolean: "true or false",
    object: "object",
    array: "list",
    null: "null",
};

const code = (value) => `<code>${escape(typeof value === "string" ? value : JSON.stringify(value))}</code>`;

const nameOf = (ref) => ref.slice(ref.lastIndexOf("/") + 1);

// `linkTo(ref)` answers where the schema behind a $ref is described, or undefined: then it is put in.
export function schemaPrinter({ resolve, linkTo = () => undefined }) {
    // What a $ref says, unless it has a place of its own; what stands beside it counts more.
    const open = (schema) => {
        if (schema.$ref === undefined || linkTo(schema.$ref) !== undefined) return schema;
        const { $ref, ...beside } = schema;
        return { ...open(resolve($ref)), ...beside };
    };

    function typeName(given) {
        const schema = open(given);
        if (schema.$ref !== undefined) {
            return `<a href="${linkTo(schema.$ref)}">${escape(nameOf(schema.$ref))}</a>`;
        }
        if (schema.const !== undefined) return `always ${code(schema.const)}`;
        if (schema.enum !== undefined) return "one of";
        const choices = schema.oneOf ?? schema.anyOf;
        if (schema.type === undefined && choices !== undefined) return choices.map(typeName).join(" or ");
        return [schema.type ?? "any value"].flat().map((type) => oneType(type, schema)).join(" or ");
    }
    function oneType(type, schema) {
        if (type === "array") return schema.items === undefined ? "list" : `list of ${typeName(schema.items)}`;
        if (type === "object" && isMap(schema)) return `object of ${typeName(schema.additionalProperties)} by name`;
        if (type !== "string") return types[type] ?? type;
        return formats[schema.format] ?? patterns[schema.pattern] ?? types.string;
    }
    const isMap = (schema) => schema.properties === undefined && typeof schema.additionalProperties === "object";

    function limits(schema) {
        const said = [];
        const size = (least, most, unit) => {
            if (least !== undefined && most !== undefined) said.push(`${least} to ${most}${unit}`);
            else if (least !== undefined && (least > 1 || unit === "")) said.push(`at least ${least}${unit}`);
            else if (most !== undefined) said.push(`at most ${most}${unit}`);
        };
        if (schema.default !== undefined) said.push(`${code(schema.default)} when left out`);
        size(schema.minimum, schema.maximum, "");
        size(schema.minLength, schema.maxLength, " characters");
        size(schema.minItems, schema.maxItems, " items");
        if (schema.pattern !== undefined && patterns[schema.pattern] === undefined) said.push(`matches ${code(schema.pattern)}`);
        const examples = schema.examples ?? (schema.example === undefined ? [] : [schema.example]);
        const short = examples.filter((one) => JSON.stringify(one).length <= 120);
        if (short.length > 0) said.push(`such as ${short.map(code).join(", ")}`);
        return said.join(" · ");
    }

    // The object inside, through lists and maps, whose members are to be listed below.
    function inside(given) {
        const schema = open(given);
        if (schema.$ref !== undefined) return [];
        if (schema.properties !== undefined) return [schema];
        if (schema.items !== undefined) return inside(schema.items);
        if (isMap(schema)) return inside(schema.additionalProperties);
        return (schema.oneOf ?? schema.anyOf ?? []).flatMap(inside);
    }
    // The values that are allowed, also those of a list's items.
    function values(given) {
        const schema = open(given);
        if (schema.enum !== undefined) return schema.enum.filter((one) => one !== null);
        if (schema.items !== undefined) return values(schema.items);
        return isMap(schema) ? values(schema.additionalProperties) : [];
    }

    function typeAndValues(schema) {
        const allowed = values(schema);
        return typeName(schema) + (allowed.length > 0 ? ` ${allowed.map(code).join(", ")}` : "");
    }

    function member(name, given, { required, id }) {
        const schema = open(given);
        const said = limits(schema);
        // What a list's items are is said with the list.
        const item = schema.items === undefined ? undefined : open(schema.items);
        const itemSaid = item === undefined || item.$ref !== undefined ? "" : limits(item);
        return (
            `<div class="member"${id === undefined ? "" : ` id="${id}"`}><dt><code>${escape(name)}</code> ` +
            `<span class="member-type">${typeAndValues(schema)}</span>` +
            (required ? ` <span class="member-required">required</span>` : "") +
            `</dt><dd>` +
            (schema.description === undefined ? "" : `<p>${sentence(schema.description)}</p>`) +
            (said === "" ? "" : `<p class="member-limits">${said}</p>`) +
            (itemSaid === "" ? "" : `<p class="member-limits">each ${itemSaid}</p>`) +
            inside(schema).map((one) => members(one)).join("") +
            `</dd></div>`
        );
    }

    // All members of an object, without those named in `without`; `anchor` makes the ids of the first level.
    function members(given, { without = [], anchor } = {}) {
        const schema = open(given);
        const rows = Object.entries(schema.properties ?? {}).filter(([name]) => !without.includes(name));
        if (rows.length === 0) return "";
        const required = new Set(schema.required ?? []);
        const id = (name) => (anchor === undefined ? undefined : `${anchor}${name}`);
        const printed = rows.map(([name, one]) => member(name, one, { required: required.has(name), id: id(name) }));
        return `<dl class="members">${printed.join("")}</dl>`;
    }

    // A schema that is the whole of something: what it is, then what is in it.
    function whole(given) {
        const schema = open(given);
        const said = limits(schema);
        const below = inside(schema).map((one) => members(one)).join("");
        return `<p class="schema-type">${typeAndValues(schema)}${said === "" ? "" : ` · ${said}`}</p>${below}`;
    }
    return { members, member, whole, typeName, limits };
}

export const jsonBlock = (value, label) => codeBlock(JSON.stringify(value, null, 2), label);
