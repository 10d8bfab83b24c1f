// Surges: who sent how much more than usual, and what the plan did about it.
import { Link } from "wouter-preact";
import type { Answer, Schema } from "../../api/types";
import { duration, useNow } from "../../time";
import { Badge, count, Empty, Section, When } from "../../ui/basics";
import { query } from "../../url";
import { counted } from "../../words/words";

type Surge = Schema<"Surge">;

const measures: [keyof Surge["measures"], string][] = [
    ["overflow", "went to a further pool"],
    ["triage", "went to the triage pool"],
    ["nurture", "were put aside into nurture"],
    ["paced", "wait their turn although somebody has room"],
    ["relaxed", "were judged by relaxed rules"],
];

function howMuch(surge: Surge): string {
    if (surge.expected < 0.05) return `${count(surge.peak)} at its peak, where none were to be expected.`;
    const times = (surge.peak / surge.expected).toFixed(1);
    return `${times} times what is usual: ${count(surge.peak)} at its peak, where ${surge.expected.toFixed(1)} were to be expected.`;
}

function One({ surge }: { surge: Surge }) {
    const now = useNow();
    const runs = surge.ended_at == null;
    const lasted = new Date(surge.ended_at ?? now).getTime() - new Date(surge.started_at).getTime();
    const done = measures.flatMap(([name, words]) => {
        const leads = surge.measures[name] ?? 0;
        return leads > 0 ? [`${count(leads)} ${words}`] : [];
    });
    const href = "/leads" + query({ [surge.kind]: surge.name, from: surge.started_at, to: surge.ended_at ?? undefined });
    return (
        <li class="surge" id={surge.id}>
            <p class="surge-head">
                <strong>
                    {surge.kind === "campaign" ? "Campaign" : "Source"} {surge.name}
                </strong>
                {runs ? <Badge tone={surge.peaked === true ? "warning" : "bad"}>{surge.peaked === true ? "past its peak" : "running"}</Badge> : <Badge>over</Badge>}
                <span class="soft small">
                    began <When at={surge.started_at} />, {runs ? "so far" : "lasted"} {duration(lasted)}
                    {surge.expired === true && "; ended because the plan's own time was over"}
                </span>
            </p>
            <p>
                {howMuch(surge)} Since it began: <Link href={href}>{counted(surge.leads, "lead")}</Link>.
            </p>
            <p class={done.length === 0 ? "soft" : undefined}>
                {surge.planned === false
                    ? "No plan is in force for it: leads are routed as always."
                    : done.length === 0
                      ? `The plan had to do nothing${runs ? " so far" : ""}: everybody found room.`
                      : `What the plan did: ${done.join(", ")}.`}
            </p>
        </li>
    );
}

export function Surges({ data }: { data: Answer<"/v1/surges"> }) {
    const running = data.surges.filter((one) => one.ended_at == null);
    const past = data.surges.filter((one) => one.ended_at != null);
    return (
        <Section
            id="surges"
            title={
                <>
                    Surges {running.length > 0 && <Badge tone="warning">{running.length} running</Badge>}
                </>
            }
        >
            {running.length === 0 && (
                <Empty title="No surge now">One begins by itself when a source or a campaign sends far more than it usually does.</Empty>
            )}
            <ul class="surges">
                {running.map((one) => (
                    <One key={one.id} surge={one} />
                ))}
            </ul>
            {past.length > 0 && (
                <details open={running.length === 0 && past.length <= 3}>
                    <summary>{counted(past.length, "surge")} in the past</summary>
                    <ul class="surges">
                        {past.map((one) => (
                            <One key={one.id} surge={one} />
                        ))}
                    </ul>
                </details>
            )}
        </Section>
    );
}
