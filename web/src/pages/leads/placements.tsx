// Every placement of a lead: who got it, who was passed over and why.
import type { Schema } from "../../api/types";
import type { Names } from "../../live/mesh";
import { Badge, Button, TableFrame, When, type Tone } from "../../ui/basics";
import { useEventNames } from "../../words/event-names";
import { describeEvent } from "../../words/events";
import { passedOverWords, strategyWords, term } from "../../words/terms";
import { counted, listed } from "../../words/words";

type Decision = Schema<"Explanation">["decisions"][number];
type Candidate = Schema<"Candidate">;

interface LookedAt {
    members?: number;
    full?: number;
    away?: number;
    off_duty?: number;
    limited?: number;
    passed_over?: { rep: string; why: string }[];
}

// "11 reps were looked at: 3 full, 2 off duty."
function lookedAtWords(at: LookedAt): string {
    const kinds: [number | undefined, string][] = [
        [at.full, "at capacity"],
        [at.away, "away"],
        [at.off_duty, "off duty"],
        [at.limited, "at their limit of new leads"],
    ];
    const out = kinds.flatMap(([count, words]) => ((count ?? 0) > 0 ? [`${count} ${words}`] : []));
    const could = (at.members ?? 0) - kinds.reduce((sum, [count]) => sum + (count ?? 0), 0);
    return `${counted(at.members ?? 0, "rep")} looked at: ${listed([...out, `${could} could take it`])}.`;
}

// Reasons with the reps that they hold for, each once though two of their pools were asked.
function PassedOver({ reps, names }: { reps: readonly { rep: string; why: string }[]; names: Names }) {
    const byReason = new Map<string, Set<string>>();
    for (const one of reps) byReason.set(one.why, (byReason.get(one.why) ?? new Set()).add(names.name("rep", one.rep)));
    return (
        <ul class="passed-over small">
            {Array.from(byReason, ([why, people]) => (
                <li key={why}>
                    {listed([...people])}: <span class="soft">{term(passedOverWords, why)}</span>
                </li>
            ))}
        </ul>
    );
}

const readinessTone = (one: Candidate): Tone => (one.chosen === true ? "good" : one.readiness === "open" ? "accent" : "idle");

// Who was chosen, then who could have been, then the others in their order.
const rank = (one: Candidate): number => (one.chosen === true ? 0 : one.readiness === "open" ? 1 : 2);

function Members({ members, names }: { members: readonly Candidate[]; names: Names }) {
    return (
        <TableFrame label="Everybody who was looked at">
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">Rep</th>
                        <th scope="col">Pool</th>
                        <th scope="col" class="number">
                            Load
                        </th>
                        <th scope="col">Why, or why not</th>
                    </tr>
                </thead>
                <tbody>
                    {members.toSorted((a, b) => rank(a) - rank(b)).map((one) => (
                        <tr key={one.pool + one.rep}>
                            <th scope="row" class="whole">{names.name("rep", one.rep)}</th>
                            <td data-label="Pool">{names.name("pool", one.pool)}</td>
                            <td class="number nowrap" data-label="Load">
                                {one.load} of {one.capacity}
                            </td>
                            <td class="whole">
                                {one.chosen === true || one.readiness === "open" ? (
                                    <Badge tone={readinessTone(one)}>{one.chosen === true ? "chosen" : "could"}</Badge>
                                ) : (
                                    <Badge>{term(passedOverWords, one.readiness)}</Badge>
                                )}{" "}
                                <span class="soft small">{one.why}</span>
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </TableFrame>
    );
}

function Placement({ decision, names }: { decision: Decision; names: Names }) {
    const eventNames = useEventNames();
    const words = describeEvent({ type: decision.event, data: decision }, eventNames);
    const at = decision.candidates as LookedAt | undefined;
    const others = decision.others;
    return (
        <li>
            <p>
                <strong>{words.title}</strong>{" "}
                <span class="soft small">
                    <When at={decision.at} />
                </span>
            </p>
            {words.detail !== undefined && <p class="soft small">{words.detail}</p>}
            {decision.strategy !== undefined && <p class="small">The pool gives leads {term(strategyWords, decision.strategy)}.</p>}
            {at?.members !== undefined && <p class="small">{lookedAtWords(at)}</p>}
            {(at?.passed_over ?? []).length > 0 && <PassedOver reps={at?.passed_over ?? []} names={names} />}
            {others?.count !== undefined && others.count > 0 && (
                <p class="small">
                    {counted(others.count, "other")} could have had it too: <span class="soft">{others.why}</span>
                </p>
            )}
            {decision.members !== undefined && <Members members={decision.members} names={names} />}
        </li>
    );
}

export function Placements({ decisions, names, all, onAll }: { decisions: readonly Decision[]; names: Names; all: boolean; onAll: () => void }) {
    return (
        <>
            <ol class="why-placements">
                {decisions.map((one, index) => (
                    <Placement key={one.seq ?? index} decision={one} names={names} />
                ))}
            </ol>
            {!all && decisions.some((one) => one.event === "lead.assigned") && <Button onClick={onAll}>Show everybody who was looked at</Button>}
        </>
    );
}
