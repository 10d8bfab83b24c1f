// The clock of each promise: until when, how much is left, how it turned out.
import type { Lead, Schema } from "../../api/types";
import { duration } from "../../time";
import { Badge, Countdown, Section, TableFrame, When } from "../../ui/basics";
import { objectiveWords } from "../../words/terms";
import { capital, counted } from "../../words/words";

type Promised = Schema<"LeadObjective">;

const between = (from: string, to: string): string => duration(Date.parse(to) - Date.parse(from));

function TurnedOut({ one }: { one: Promised }) {
    if (one.state === "running") return <Countdown due={one.due_at} />;
    if (one.state === "void") return <Badge>closed before</Badge>;
    const { due_at: due, reached_at: reached } = one;
    if (reached === null) return due === null ? <Badge tone="bad">missed</Badge> : <Countdown due={due} />;
    const away = due === null ? undefined : between(reached, due);
    if (one.state === "met") return <Badge tone="good">kept{away !== undefined && `, ${away} to spare`}</Badge>;
    return <Badge tone="bad">{away} late</Badge>;
}

function Row({ name, one, captured }: { name: string; one: Promised; captured: string | null | undefined }) {
    return (
        <tr>
            <th scope="row" class="whole">{capital(objectiveWords[name] ?? name)}</th>
            <td class="whole">
                <TurnedOut one={one} />
                {one.steps > 0 && <span class="soft small"> {counted(one.steps, "escalation step")} taken</span>}
            </td>
            <td class="nowrap" data-label="Deadline">
                <When at={one.due_at} />
            </td>
            <td class="nowrap" data-label="Reached">
                {one.reached_at === null ? <span class="soft">not yet</span> : <When at={one.reached_at} />}
                {one.reached_at !== null && typeof captured === "string" && <span class="soft small own-line">after {between(captured, one.reached_at)}</span>}
            </td>
        </tr>
    );
}

export function Clocks({ lead }: { lead: Lead }) {
    const all = lead.objectives ?? {};
    const promised = (Object.keys(objectiveWords) as (keyof typeof all)[]).flatMap((name) => {
        const one = all[name];
        return one === undefined ? [] : [{ name, one }];
    });
    return (
        <Section title="Promises">
            {promised.length === 0 ? (
                <p class="soft">The class {lead.class} promises nothing.</p>
            ) : (
                <TableFrame label="Promises">
                    <table class="lead-promises cards">
                        <thead>
                            <tr>
                                <th scope="col">Promise</th>
                                <th scope="col">How it stands</th>
                                <th scope="col">Deadline</th>
                                <th scope="col">Reached</th>
                            </tr>
                        </thead>
                        <tbody>
                            {promised.map(({ name, one }) => (
                                <Row key={name} name={name} one={one} captured={lead.captured_at} />
                            ))}
                        </tbody>
                    </table>
                </TableFrame>
            )}
            {lead.acknowledged_until !== undefined && lead.place === "owned" && (
                <p class="soft small">
                    Its owner has it: no escalation before <When at={lead.acknowledged_until} />.
                </p>
            )}
        </Section>
    );
}
