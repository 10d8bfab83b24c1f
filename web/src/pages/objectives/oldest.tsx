// The oldest open leads whose promise has passed, and whose they are.
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import type { Lead } from "../../api/types";
import { useQuery } from "../../live/query";
import type { Names, ObjectiveName } from "../../live/mesh";
import { useTaxonomy } from "../../live/taxonomy";
import { Badge, Countdown, Empty, Loaded, Section, TableFrame, When } from "../../ui/basics";
import { leadCompany, leadName } from "../../words/lead";
import { placeWords, term } from "../../words/terms";
import { useCalmRows } from "../../ui/calm";
import { objectiveTitles } from "./counts";

function Owner({ lead, names }: { lead: Lead; names: Names }) {
    const taxonomy = useTaxonomy();
    if (lead.owner !== undefined && lead.owner !== null) return <Link href={`/mine?rep=${encodeURIComponent(lead.owner)}`}>{names.name("rep", lead.owner)}</Link>;
    const where = lead.pool != null ? names.name("pool", lead.pool) : (lead.team === undefined ? "" : taxonomy.teamTitle(lead.team));
    return (
        <span>
            nobody{" "}
            <Badge tone="warning">
                {term(placeWords, lead.place)}
                {where !== "" && `: ${where}`}
            </Badge>
        </span>
    );
}

export function OldestSection({ objective, names }: { objective: ObjectiveName; names: Names }) {
    const read = useQuery(
        `oldest ${objective}`,
        () => ask(api.GET("/v1/leads", { params: { query: { objective, outcome: "overdue", open: true, sort: "oldest", limit: 12 } } })),
        { about: ["lead."], atMost: 5000 },
    );
    const calm = useCalmRows(read.data?.leads, (lead) => lead.id, objective);
    const title = `Oldest leads past their promise: ${objectiveTitles[objective].toLowerCase()}`;
    const all = `/leads?objective=${objective}&outcome=overdue&open=true&sort=oldest`;
    return (
        <Section title={title} id="overdue" actions={<Link href={all}>All of them</Link>}>
            <Loaded query={read}>
                {() =>
                    calm.rows === undefined || calm.rows.length === 0 ? (
                        <Empty title="No open lead is past this promise.">Nothing to do here.</Empty>
                    ) : (
                        <TableFrame label={title}>
                            <table class="cards" {...calm.hold}>
                                <thead>
                                    <tr>
                                        {["Lead", "Class", "Past its promise", "Owner", "Came"].map((one) => (
                                            <th key={one} scope="col">
                                                {one}
                                            </th>
                                        ))}
                                    </tr>
                                </thead>
                                <tbody>
                                    {calm.rows.map((lead) => (
                                        <tr key={lead.id} class={calm.left.has(lead.id) ? "soft" : ""}>
                                            <td class="whole">
                                                <Link href={`/leads/${lead.id}`}>{leadName(lead)}</Link>{" "}
                                                <span class="soft small">{leadCompany(lead)}</span>
                                            </td>
                                            <td data-label="Class">{lead.class}</td>
                                            <td class="nowrap" data-label="Past its promise">
                                                {calm.left.has(lead.id) ? "no longer" : <Countdown due={lead.objectives?.[objective]?.due_at} />}
                                            </td>
                                            <td data-label="Owner">
                                                <Owner lead={lead} names={names} />
                                            </td>
                                            <td class="nowrap" data-label="Came">
                                                <When at={lead.captured_at} />
                                            </td>
                                        </tr>
                                    ))}
                                </tbody>
                            </table>
                        </TableFrame>
                    )
                }
            </Loaded>
        </Section>
    );
}
