// The timeline of an incident: what the journal says happened, and what people noted, day by day.
import { Link } from "wouter-preact";
import type { Schema } from "../../api/types";
import { clock, exact } from "../../time";
import { Empty } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { hrefOfId } from "../../url";
import { capital } from "../../words/words";

type Entry = NonNullable<Schema<"Incident">["timeline"]>[number];
export type Kind = "all" | "notes" | "alerts" | "machine";

const kinds: Record<Kind, (entry: Entry) => boolean> = {
    all: () => true,
    notes: (entry) => /^(incident|remediation)\./.test(entry.kind),
    alerts: (entry) => /^(alert|silence|page|surge)\./.test(entry.kind),
    machine: (entry) => !kinds.notes(entry) && !kinds.alerts(entry),
};

const dayOf = (at: string): string => new Date(at).toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
const clockOf = (at: string): string => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

// What the journal says, with names for ids and clocks for times.
function inWords(entry: Entry, names: (id: string) => string): string {
    const said = entry.what.replace(/ {2,}/g, " ").replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (at) => clock(at) ?? at);
    return said.startsWith(entry.subject + " ") ? names(entry.subject) + said.slice(entry.subject.length) : capital(said);
}

function One({ entry, incident, names }: { entry: Entry; incident: string; names: (id: string) => string }) {
    const href = entry.subject === incident ? undefined : hrefOfId(entry.subject);
    const isNote = entry.kind === "incident.noted";
    return (
        <li>
            <time class="soft small nowrap" dateTime={entry.time} title={exact(entry.time)}>
                {clockOf(entry.time)}
            </time>
            <div>
                {isNote ? (
                    <p class="note">{entry.what}</p>
                ) : (
                    <p>
                        {inWords(entry, names)}
                        {href !== undefined && (
                            <>
                                {" "}
                                <Link href={href}>{entry.subject}</Link>
                            </>
                        )}
                    </p>
                )}
                {entry.by !== "" && <p class="soft small">{entry.by}</p>}
            </div>
        </li>
    );
}

export function Timeline({
    entries,
    incident,
    names,
    kind,
    onKind,
}: {
    entries: Entry[];
    incident: string;
    names: (id: string) => string; // of reps
    kind: Kind;
    onKind: (kind: Kind) => void;
}) {
    const shown = entries.filter(kinds[kind]);
    const days = [...new Set(shown.map((one) => dayOf(one.time)))];
    return (
        <>
            <Choice<Kind>
                label="What the timeline shows"
                value={kind}
                options={{ all: "All", notes: "Notes", alerts: "Alerts", machine: "What else happened" }}
                onChange={onKind}
            />
            {shown.length === 0 && <Empty title="Nothing of that kind" />}
            {days.map((day) => (
                <div key={day}>
                    <p class="timeline-day">{day}</p>
                    <ol class="timeline-story">
                        {shown
                            .filter((one) => dayOf(one.time) === day)
                            .map((one) => (
                                <One key={one.time + one.kind + one.subject} entry={one} incident={incident} names={names} />
                            ))}
                    </ol>
                </div>
            ))}
        </>
    );
}
