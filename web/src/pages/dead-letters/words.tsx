// What is wrong with a record, in words: mistakes, kinds of mistakes, states.
import type { Schema } from "../../api/types";
import { Badge, type Tone } from "../../ui/basics";

export type DeadLetter = Schema<"DeadLetter">;
export type Cluster = Schema<"DeadLetterCluster">;
export type State = Schema<"DeadLetterState">;

// The events that change them; of one that is replayed the lead is told that came of it.
export const ABOUT = ["record.", "lead.captured", "lead.touched"];

// Of the first mistake, by its kind.
export const placeOf = (violation: string): string => violation.split(" at ")[1] ?? "";

// "/contact/phones/0" as people write it: contact.phones[0]
export function placeName(pointer: string): string {
    return pointer
        .split("/")
        .slice(1)
        .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
        .reduce((name, token) => (/^\d+$/.test(token) ? `${name}[${token}]` : name === "" ? token : `${name}.${token}`), "");
}

const codeName = (text: string): string => (text.startsWith("/") ? placeName(text) : text);

// The server's sentence, with names set apart. One that names no place gets that of its pointer.
export function Mistake({ message, pointer }: { message: string; pointer?: string }) {
    const parts = message.split("`");
    const named = parts.length > 1 || pointer === undefined || pointer === "";
    return (
        <>
            {!named && (
                <>
                    <code class="place">{placeName(pointer)}</code>{" "}
                </>
            )}
            {parts.map((part, index) =>
                index % 2 === 1 ? (
                    <code class="place" key={index}>
                        {codeName(part)}
                    </code>
                ) : (
                    part
                ),
            )}
        </>
    );
}

const rules: Record<string, string> = {
    type: "is of another type",
    required: "lacks something that is required",
    additionalProperties: "is not expected",
    unevaluatedProperties: "is not expected",
    format: "is not written as it should be",
    pattern: "is not written as it should be",
    enum: "is none of the values allowed",
    const: "is not the value asked for",
    minLength: "is too short",
    maxLength: "is too long",
    minimum: "is too small",
    exclusiveMinimum: "is too small",
    maximum: "is too great",
    exclusiveMaximum: "is too great",
    minItems: "has too few items",
    maxItems: "has too many items",
    anyOf: "fits none of what is allowed",
    oneOf: "fits not exactly one of what is allowed",
};

// A kind of mistake: "/properties/email/format at /email" is "email is not written as it should be".
export function kindInWords(violation: string): string {
    if (violation.startsWith("unreadable")) return `the record cannot be read as ${violation.split(": ")[1] ?? "what it says it is"}`;
    const [rule = "", place = ""] = violation.split(" at ");
    const name = place === "" ? "the record" : placeName(place);
    if (rule === "lead") return `${name} is no field of a lead`;
    if (rule.startsWith("lead/")) return `${placeName("/" + rule.slice("lead/".length))} does not suit a lead`;
    if (rule.startsWith("mapping/")) return `${rule.slice("mapping/".length)} cannot be made of it`;
    const said = rules[rule.split("/").at(-1) ?? ""];
    return said === undefined ? violation : `${name} ${said}`;
}

const states: Record<State, [Tone, string, string]> = {
    open: ["warning", "open", "It waits for somebody to replay or discard it"],
    replayed: ["good", "became a lead", "It was replayed after the mistake was mended"],
    merged: ["good", "joined a lead", "It was replayed and added to a lead that was known"],
    discarded: ["idle", "discarded", "It was given up; its payload is gone"],
};

export const stateOptions: [string, string][] = [
    ["", "Open"],
    ["replayed", "Became a lead"],
    ["merged", "Joined a lead"],
    ["discarded", "Discarded"],
    ["any", "Any"],
];

export function StateBadge({ state }: { state: State }) {
    const [tone, name, title] = states[state];
    return (
        <Badge tone={tone} title={title}>
            {name}
        </Badge>
    );
}

export const contractName = (version: number | undefined): string => (version === undefined || version === 0 ? "no version" : `version ${version}`);
export const deadLetters = (count: number): string => (count === 1 ? "1 dead letter" : `${count.toLocaleString("en")} dead letters`);
