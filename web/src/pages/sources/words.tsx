// How sources and the versions of their contracts are told.
import { Badge, count, percent, type Tone } from "../../ui/basics";
import { kindInWords } from "../dead-letters/words";
import { violationRate, type Counts, type Source, type Version } from "./data";

const causes: Record<string, string> = {
    shadow: "put into shadow",
    canary: "put on as a canary",
    promoted: "promoted",
    rolled_back: "rolled back",
    stopped: "stopped",
    fell_back: "fell back by itself: too many records were refused",
    activated: "came with the release",
};

export const causeInWords = (cause: string): string => causes[cause] ?? cause.replaceAll("_", " ");

export const share = (part: number): string => percent(part, part > 0 && part < 0.1 ? 1 : 0);

// "refused 12, 3.1 %": a rate means something only beside its count.
export function Refused({ counts, good = 0.01, bad = 0.05 }: { counts: Counts; good?: number; bad?: number }) {
    const rate = violationRate(counts);
    if (rate === undefined) return (
            <span class="soft" title="Nothing came">
                –
            </span>
        );
    const tone: Tone = rate >= bad ? "bad" : rate >= good ? "warning" : "good";
    return (
        <span class="nowrap">
            {count(counts.refused)} <Badge tone={tone}>{share(rate)}</Badge>
        </span>
    );
}

export function Trial({ source }: { source: Source }) {
    if (source.mode === "none" || source.candidate === undefined) return <span class="soft">–</span>;
    return (
        <span class="nowrap">
            version {source.candidate}{" "}
            <Badge tone="accent">{source.mode === "canary" ? `canary, ${(source.percent ?? 0).toLocaleString("en")} %` : "shadow"}</Badge>
        </span>
    );
}

// "2: canary with 10 % of the records"
export function stateInWords(source: Source): string {
    const active = source.active === undefined ? "no contract of its own" : `version ${source.active} reads the records`;
    if (source.candidate === undefined) return active;
    return source.mode === "canary"
        ? `${active}, version ${source.candidate} reads ${(source.percent ?? 0).toLocaleString("en")} % of them instead`
        : `${active}, version ${source.candidate} reads along and is only compared`;
}

type Difference = NonNullable<Version["differences"]>[number];

export function differenceInWords(one: Difference, active: number | undefined, candidate: number): string {
    const blue = `version ${active ?? "in force"}`;
    if (one.outcome === "accepted") return `taken by version ${candidate}, refused by ${blue}`;
    if (one.outcome === "refused")
        return `refused by version ${candidate}, taken by ${blue}${one.detail === undefined || one.detail === "" ? "" : `: ${kindInWords(one.detail)}`}`;
    return `another value${one.detail === undefined || one.detail === "" ? "" : ` of ${one.detail}`}`;
}
