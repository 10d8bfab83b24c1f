// The rows of the list: who, how urgent, where, whose, what was promised. Cards where it is narrow.
import { useLocation } from "wouter-preact";
import type { Lead } from "../../api/types";
import type { Names } from "../../live/mesh";
import { Badge, Countdown, TableFrame, When, type Tone } from "../../ui/basics";
import { rowAttributes, type RowSelection } from "../../ui/rows";
import { leadCompany, leadName } from "../../words/lead";
import { objectiveWords, placeWords, stateWords, term } from "../../words/terms";
import { counted, plain } from "../../words/words";

const placeTones: Record<Lead["place"], Tone> = { owned: "accent", waiting: "warning", exception: "warning", nurture: "idle", closed: "idle" };

// Where a lead is: its state when somebody has it or it is closed, else what it waits for.
export function Where({ lead }: { lead: Lead }) {
    if (lead.place === "closed") return <Badge tone={lead.state === "qualified" ? "good" : "idle"}>{lead.merged_into !== undefined ? "merged" : term(stateWords, lead.state)}</Badge>;
    if (lead.place === "owned") return <Badge tone={lead.state === "contacted" ? "good" : "accent"}>{term(stateWords, lead.state)}</Badge>;
    return <Badge tone={placeTones[lead.place]}>{term(placeWords, lead.place)}</Badge>;
}

// Whose it is, or who is to do something about it.
export function whose(lead: Lead, names: Names): string {
    if (lead.owner !== null && lead.owner !== undefined) return names.name("rep", lead.owner);
    if (lead.place === "waiting") return lead.pool !== null && lead.pool !== undefined ? `for ${names.name("pool", lead.pool)}` : "for anybody";
    if (lead.place === "exception") return [lead.kind !== undefined ? plain(lead.kind) : "", lead.team !== undefined ? `team ${lead.team}` : ""].filter((one) => one !== "").join(", ");
    if (lead.place === "nurture") return lead.kind !== undefined ? plain(lead.kind) : "put aside";
    return "–";
}

export function NextPromise({ lead }: { lead: Lead }) {
    const missed = lead.late_count ?? 0;
    if (lead.next === undefined) return missed > 0 ? <Badge tone="bad">{counted(missed, "promise")} missed</Badge> : <span class="soft">–</span>;
    return (
        <span class="next-promise">
            <Countdown due={lead.next.due_at} /> <span class="soft small nowrap">{term(objectiveWords, lead.next.objective)}</span>
        </span>
    );
}

function Row({ lead, names, selection, index, gone }: { lead: Lead; names: Names; selection: RowSelection; index: number; gone: boolean }) {
    const [, navigate] = useLocation();
    const at = `/leads/${lead.id}`;
    const company = leadCompany(lead);
    const attributes = rowAttributes(selection, index);
    const onClick = (event: MouseEvent): void => {
        if (event.target instanceof Element && event.target.closest("a, button") !== null) return;
        if (getSelection()?.toString() === "") navigate(at);
    };
    return (
        <tr {...attributes} class={gone ? `${attributes.class} gone` : attributes.class} onClick={onClick}>
            <td class="who">
                <a href={at} onClick={(event) => (event.metaKey || event.ctrlKey ? undefined : (event.preventDefault(), navigate(at)))}>
                    {leadName(lead)}
                </a>
                <span class="soft company">{company ?? lead.id}</span>
            </td>
            <td data-label="Class">{lead.class}</td>
            <td class="number" data-label="Score">
                {lead.score}
            </td>
            <td data-label="State">
                <Where lead={lead} />
            </td>
            <td data-label="Owner" class="owner">
                {whose(lead, names)}
            </td>
            <td data-label="Next promise" class="nowrap">
                <NextPromise lead={lead} />
            </td>
            <td data-label="Captured" class="nowrap soft">
                <When at={lead.captured_at} />
            </td>
        </tr>
    );
}

export function LeadRows({ leads, names, selection, left, hold }: { leads: Lead[]; names: Names; selection: RowSelection; left: ReadonlySet<string>; hold: object }) {
    return (
        <TableFrame label="Leads">
            <table class="lead-rows" {...hold}>
                <thead>
                    <tr>
                        <th scope="col">Lead</th>
                        <th scope="col">Class</th>
                        <th scope="col" class="number">
                            Score
                        </th>
                        <th scope="col">State</th>
                        <th scope="col">Owner</th>
                        <th scope="col">Next promise</th>
                        <th scope="col">Captured</th>
                    </tr>
                </thead>
                <tbody>
                    {leads.map((lead, index) => (
                        <Row key={lead.id} lead={lead} names={names} selection={selection} index={index} gone={left.has(lead.id)} />
                    ))}
                </tbody>
            </table>
        </TableFrame>
    );
}
