// The rows of the list: who, how urgent, where, whose, what was promised. Cards where it is narrow.
import { useLocation } from "wouter-preact";
import type { Lead } from "../../api/types";
import type { Names } from "../../live/mesh";
import type { Taxonomy } from "../../live/taxonomy";
import { Badge, Countdown, TableFrame, When, type Tone } from "../../ui/basics";
import { rowAttributes, type RowSelection } from "../../ui/rows";
import { leadCompany, leadName } from "../../words/lead";
import { objectiveWords, placeWords, stateWords, term } from "../../words/terms";
import { missedWords, whose } from "./words";

const placeTones: Record<Lead["place"], Tone> = { owned: "accent", waiting: "warning", exception: "warning", nurture: "idle", closed: "idle" };

// Where a lead is: its state when somebody has it or it is closed, else what it waits for.
export function Where({ lead, taxonomy }: { lead: Lead; taxonomy: Taxonomy }) {
    if (lead.place === "closed") return <Badge tone={lead.state === "qualified" ? "good" : "idle"}>{lead.merged_into !== undefined ? "merged" : term(stateWords, lead.state)}</Badge>;
    if (lead.place === "owned") return <Badge tone={lead.state === "contacted" ? "good" : "accent"}>{term(stateWords, lead.state)}</Badge>;
    const kind = lead.place === "exception" && lead.kind !== undefined ? taxonomy.kindTitle(lead.kind).toLowerCase() : term(placeWords, lead.place);
    return <Badge tone={placeTones[lead.place]}>{kind}</Badge>;
}

function NextPromise({ lead }: { lead: Lead }) {
    const missed = lead.late_count ?? 0;
    if (lead.next === undefined) return missed > 0 ? <Badge tone="bad">{missedWords(missed)}</Badge> : <span class="soft">–</span>;
    return (
        <span class="next-promise">
            <Countdown due={lead.next.due_at} /> <span class="soft small nowrap">{term(objectiveWords, lead.next.objective)}</span>
        </span>
    );
}

function Row({ lead, names, taxonomy, selection, index, gone }: { lead: Lead; names: Names; taxonomy: Taxonomy; selection: RowSelection; index: number; gone: boolean }) {
    const [, navigate] = useLocation();
    const at = `/leads/${lead.id}`;
    const company = leadCompany(lead);
    const attributes = rowAttributes(selection, index);
    const onClick = (event: MouseEvent): void => {
        if (event.target instanceof Element && event.target.closest("a, button") !== null) return;
        if (getSelection()?.toString() === "") navigate(at);
    };
    return (
        <tr {...attributes} class={gone ? `${attributes.class} lead-gone` : attributes.class} onClick={onClick}>
            <td class="lead-who">
                <a href={at} onClick={(event) => (event.metaKey || event.ctrlKey ? undefined : (event.preventDefault(), navigate(at)))}>
                    {leadName(lead)}
                </a>
                <span class="soft lead-company">{company ?? lead.id}</span>
            </td>
            <td data-label="Class">{lead.class}</td>
            <td class="number" data-label="Score">
                {lead.score}
            </td>
            <td data-label="State">
                <Where lead={lead} taxonomy={taxonomy} />
            </td>
            <td data-label="Owner" class="owner">
                {whose(lead, names, taxonomy)}
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

interface LeadRowsProps {
    leads: Lead[];
    names: Names;
    taxonomy: Taxonomy;
    selection: RowSelection;
    left: ReadonlySet<string>; // ids of those that are no longer of the list
    hold: object; // what keeps the order while the pointer is inside
}

export function LeadRows({ leads, names, taxonomy, selection, left, hold }: LeadRowsProps) {
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
                        <Row key={lead.id} lead={lead} names={names} taxonomy={taxonomy} selection={selection} index={index} gone={left.has(lead.id)} />
                    ))}
                </tbody>
            </table>
        </TableFrame>
    );
}
