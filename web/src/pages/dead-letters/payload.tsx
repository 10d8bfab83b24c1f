// A record as it came, set out line by line, with each mistake at its place.
import { Mistake, placeName, type DeadLetter } from "./words";

type Mistaken = NonNullable<DeadLetter["errors"]>[number];

interface Line {
    depth: number;
    text: string;
    pointer: string; // of what begins here
    key?: string;
    ghost?: boolean; // it is not there, and should be
}

const LINES_MOST = 1000;

const escape = (token: string): string => token.replaceAll("~", "~0").replaceAll("/", "~1");

function layOut(value: unknown, pointer: string, depth: number, key: string | undefined, comma: string, lines: Line[]): void {
    const named = key === undefined ? {} : { key };
    if (typeof value !== "object" || value === null) {
        lines.push({ depth, pointer, text: JSON.stringify(value) + comma, ...named });
        return;
    }
    const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
    const members = Object.entries(value);
    if (members.length === 0) {
        lines.push({ depth, pointer, text: open + close + comma, ...named });
        return;
    }
    lines.push({ depth, pointer, text: open, ...named });
    members.forEach(([name, member], index) =>
        layOut(member, `${pointer}/${escape(name)}`, depth + 1, Array.isArray(value) ? undefined : name, index < members.length - 1 ? "," : "", lines),
    );
    lines.push({ depth, pointer: "close " + pointer, text: close + comma });
}

// What the record says, when it can be read at all.
function readPayload(letter: DeadLetter): unknown {
    const type = (letter.media_type ?? "").split(";")[0]?.trim() ?? "";
    if (letter.payload === undefined) return undefined;
    if (type === "application/x-www-form-urlencoded") return Object.fromEntries(new URLSearchParams(letter.payload));
    try {
        return JSON.parse(letter.payload) as unknown;
    } catch {
        return undefined;
    }
}

// Mistakes about what is not there stand where it should be.
function withGhosts(lines: Line[], mistakes: Mistaken[]): Line[] {
    const all = [...lines];
    for (const mistake of mistakes) {
        if (mistake.pointer === "" || all.some((line) => line.pointer === mistake.pointer)) continue;
        const parent = mistake.pointer.slice(0, mistake.pointer.lastIndexOf("/"));
        const at = all.findIndex((line) => line.pointer === "close " + parent);
        const close = all[at];
        if (close === undefined) continue;
        const name = placeName(mistake.pointer.slice(parent.length));
        all.splice(at, 0, { depth: close.depth + 1, pointer: mistake.pointer, text: "is missing", key: name, ghost: true });
    }
    return all;
}

function Row({ line, mistakes }: { line: Line; mistakes: Mistaken[] }) {
    const wrong = mistakes.length > 0;
    return (
        <div class={wrong ? "payload-line wrong" : "payload-line"} data-pointer={line.pointer} style={{ "--depth": line.depth }}>
            <code class={line.ghost === true ? "ghost" : ""}>
                {line.key !== undefined && <span class="payload-key">{line.ghost === true ? line.key : JSON.stringify(line.key)}: </span>}
                {line.text}
            </code>
            {mistakes.map((one) => (
                <p class="payload-note" key={one.message}>
                    <span aria-hidden="true">▲ </span>
                    <Mistake message={one.message} pointer={one.pointer} />
                </p>
            ))}
        </div>
    );
}

function Raw({ letter }: { letter: DeadLetter }) {
    if (letter.payload !== undefined) return <pre class="payload-raw">{letter.payload}</pre>;
    if (letter.payload_base64 === undefined) return <p class="soft">The payload is gone: the record was discarded or has become a lead.</p>;
    const bytes = Math.floor((letter.payload_base64.length * 3) / 4);
    return <p class="soft">It is no text: {bytes.toLocaleString("en")} bytes of {letter.media_type ?? "an unknown type"}.</p>;
}

export function Payload({ letter }: { letter: DeadLetter }) {
    const mistakes = letter.errors ?? [];
    const value = readPayload(letter);
    if (value === undefined) return <Raw letter={letter} />;
    const lines: Line[] = [];
    layOut(value, "", 0, undefined, "", lines);
    const all = withGhosts(lines, mistakes);
    const shown = all.slice(0, LINES_MOST);
    const places = new Set(shown.map((line) => line.pointer));
    // What stands nowhere in what is shown is told at the top.
    const nowhere = (one: Mistaken): boolean => !places.has(one.pointer);
    return (
        <div class="payload" role="region" aria-label="The record, with its mistakes" tabIndex={0}>
            {shown.map((line, index) => (
                <Row
                    key={line.pointer}
                    line={line}
                    mistakes={mistakes.filter((one) => one.pointer === line.pointer || (index === 0 && nowhere(one)))}
                />
            ))}
            {all.length > shown.length && <p class="soft">{(all.length - shown.length).toLocaleString("en")} more lines: see the raw record.</p>}
        </div>
    );
}
