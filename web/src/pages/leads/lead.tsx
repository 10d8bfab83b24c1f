// A lead: who it is, whose, its promises, all that happened, why this owner, what was sent out.
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import type { Lead } from "../../api/types";
import { useNames, type Names } from "../../live/mesh";
import { useQuery } from "../../live/query";
import { useTaxonomy, type Taxonomy } from "../../live/taxonomy";
import { Badge, Button, Countdown, Empty, Failure, Figure, Loaded, Loading, Page, Section, When } from "../../ui/basics";
import { Timeline } from "../../ui/timeline";
import { useEventNames } from "../../words/event-names";
import { dialled, leadAbout, leadEmail, leadMessage, leadName, leadPhone, mailed } from "../../words/lead";
import { objectiveWords, term } from "../../words/terms";
import { LeadActions } from "./actions";
import { Attributes, Path, useProvenance } from "./attributes";
import { Clocks } from "./clocks";
import { Deliveries } from "./deliveries";
import { Where } from "./list";
import { Why } from "./why";
import { missedWords, whose } from "./words";
import { readLead } from "./write";

function Contacts({ lead }: { lead: Lead }) {
    const [email, phone] = [leadEmail(lead), leadPhone(lead)];
    return (
        <p class="lead-contacts">
            {phone !== undefined && <a href={dialled(phone)}>{phone}</a>}
            {email !== undefined && <a href={mailed(email)}>{email}</a>}
            {phone === undefined && email === undefined && <span class="bad">No address and no number</span>}
        </p>
    );
}

// What the page is opened for: whose it is and how much time is left.
function AtAGlance({ lead, names, taxonomy }: { lead: Lead; names: Names; taxonomy: Taxonomy }) {
    const missed = lead.late_count ?? 0;
    const promised = Object.values(lead.objectives ?? {});
    const kept = promised.length > 0 && promised.every((one) => one.state === "met");
    const owned = lead.owner !== null && lead.owner !== undefined;
    return (
        <div class="figures lead-figures">
            <Figure
                label={lead.place === "owned" || lead.place === "closed" ? "Owner" : "Whose move"}
                value={whose(lead, names, taxonomy)}
                href={owned ? `/mine?rep=${encodeURIComponent(lead.owner ?? "")}` : undefined}
                note={lead.pool !== null && lead.pool !== undefined ? names.name("pool", lead.pool) : undefined}
            />
            <Figure
                label={lead.next === undefined ? "Promises" : `Until ${term(objectiveWords, lead.next.objective)}`}
                value={lead.next === undefined ? (missed > 0 ? missedWords(missed) : kept ? "all kept" : "none running") : <Countdown due={lead.next.due_at} />}
                tone={lead.next !== undefined ? undefined : missed > 0 ? "bad" : kept ? "good" : undefined}
                note={lead.next !== undefined && missed > 0 ? missedWords(missed) : undefined}
            />
            <Figure label="Class" value={lead.class} href={`/leads?class=${encodeURIComponent(lead.class)}`} note={`score ${lead.score}`} />
            <Figure label="Captured" value={<When at={lead.captured_at} />} href={`/leads?source=${encodeURIComponent(lead.source)}`} note={[names.name("source", lead.source), lead.campaign].filter(Boolean).join(", ")} />
        </div>
    );
}

function History({ id }: { id: string }) {
    const names = useEventNames();
    const [limit, setLimit] = useState(50);
    const history = useQuery(
        `events-${id}-${limit}`,
        () => ask(api.GET("/v1/leads/{id}/events", { params: { path: { id }, query: { limit } } })),
        { about: [id] },
    );
    return (
        <Section title="What happened" id="happened">
            <Loaded query={history}>
                {(data) => (
                    <>
                        <Timeline
                            label="What happened, newest first"
                            events={data.events.toReversed()}
                            names={names}
                            after={data.events.length >= limit && limit < 1000 ? <Button onClick={() => setLimit(1000)}>Show what came before</Button> : undefined}
                        />
                        <details>
                            <summary>As it is recorded</summary>
                            <pre class="recorded" tabIndex={0} role="region" aria-label="Events as they are recorded">
                                {data.events.map((one) => JSON.stringify(one, null, 1)).join("\n")}
                            </pre>
                        </details>
                    </>
                )}
            </Loaded>
        </Section>
    );
}

function OpenExceptions({ id, taxonomy }: { id: string; taxonomy: Taxonomy }) {
    const open = useQuery(`exceptions-of-${id}`, () => ask(api.GET("/v1/exceptions", { params: { query: { lead: id, state: "open" } } })), { about: [id], atMost: 2000 });
    if ((open.data?.exceptions ?? []).length === 0) return null;
    return (
        <Section title="Needs a decision">
            <ul class="lead-decisions">
                {open.data?.exceptions.map((one) => (
                    <li key={one.id}>
                        <Link href={`/triage/${one.id}`} class={one.holding ? "button primary" : undefined}>
                            {one.holding && "Decide: "}
                            {taxonomy.kindTitle(one.kind)}
                        </Link>{" "}
                        <Countdown due={one.due_at} />
                        <span class="soft small own-line">
                            {one.claimed_by !== undefined ? `${one.claimed_by} is at it` : `nobody is at it; ${taxonomy.teamTitle(one.team)} decides`}
                            {one.context !== undefined && ` · ${one.context}`}
                        </span>
                    </li>
                ))}
            </ul>
        </Section>
    );
}

function Body({ lead }: { lead: Lead }) {
    const names = useNames();
    const taxonomy = useTaxonomy();
    const provenance = useProvenance(lead.id);
    const message = leadMessage(lead);
    return (
        <>
            <AtAGlance lead={lead} names={names} taxonomy={taxonomy} />
            <div class="lead-columns">
                <div>
                    <OpenExceptions id={lead.id} taxonomy={taxonomy} />
                    <Clocks lead={lead} />
                    <History id={lead.id} />
                    <Why id={lead.id} names={names} taxonomy={taxonomy} />
                    <Deliveries lead={lead} names={names} taxonomy={taxonomy} />
                </div>
                <div>
                    {message !== undefined && (
                        <Section title="Message">
                            <blockquote class="lead-message">{message}</blockquote>
                        </Section>
                    )}
                    {provenance.data !== undefined && <Path places={provenance.data.places} names={names} taxonomy={taxonomy} complete={provenance.data.complete} />}
                    <Attributes provenance={provenance} names={names} />
                </div>
            </div>
        </>
    );
}

export function LeadPage({ params }: { params: Record<string, string> }) {
    const id = (params.id ?? "").toUpperCase();
    const lead = useQuery(`lead-${id}`, () => readLead(id), { about: [id] });
    const taxonomy = useTaxonomy();
    const name = lead.data === undefined ? `Lead ${id}` : leadName(lead.data);
    if (lead.problem?.status === 404)
        return (
            <Page title={`There is no lead ${id}`}>
                <Empty title="Nobody has this number.">
                    <Link href="/leads">Search for the person</Link>
                </Empty>
            </Page>
        );
    const data = lead.data;
    return (
        <Page
            title={
                <span class="lead-title">
                    {name} {data !== undefined && <Where lead={data} taxonomy={taxonomy} />}
                </span>
            }
            wide
        >
            {lead.problem !== undefined && <Failure problem={lead.problem} retry={lead.refresh} />}
            {data === undefined ? (
                lead.problem === undefined && <Loading />
            ) : (
                <>
                    <div class="lead-about">
                        <p>
                            <span class="mono soft">{data.id}</span> {leadAbout(data)}
                            {(data.touchpoints ?? 0) > 0 && <Badge>came {(data.touchpoints ?? 0) + 1} times</Badge>}
                            {data.merged_into !== undefined && (
                                <>
                                    {" "}
                                    merged into <Link href={`/leads/${data.merged_into}`}>{data.merged_into}</Link>
                                </>
                            )}
                        </p>
                        <Contacts lead={data} />
                    </div>
                    <LeadActions lead={data} />
                    <Body lead={data} />
                </>
            )}
        </Page>
    );
}
