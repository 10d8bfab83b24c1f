// Incidents: what went wrong, what is still open about it, and opening one by hand.
import { useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { api, ask } from "../../api/client";
import { useKeys } from "../../keys";
import { useQuery } from "../../live/query";
import { useTaxonomy, type Taxonomy } from "../../live/taxonomy";
import { Badge, Button, Empty, Loaded, Page, Section, TableFrame } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { Dialog, Field, WriteForm } from "../../ui/dialog";
import { rowAttributes, useRows } from "../../ui/rows";
import { toast } from "../../ui/toast";
import { query, useParameters } from "../../url";
import { capital } from "../../words/words";
import { IncidentState, Lasted, OpenedBy, promiseOf, type Incident } from "./words";

function OpenDialog({ taxonomy, onClose }: { taxonomy: Taxonomy; onClose: () => void }) {
    const [, navigate] = useLocation();
    const submit = async (values: Record<string, string>): Promise<void> => {
        const team = (values.team ?? "").trim();
        const made = await ask(api.POST("/v1/incidents", { body: { title: (values.title ?? "").trim(), ...(team !== "" && { team }) } }));
        toast(`Incident ${made.id} is open.`);
        navigate(`/incidents/${made.id}`);
    };
    return (
        <Dialog title="Open an incident" onClose={onClose}>
            <p class="soft">What alerts and missed promises show opens by itself. Open one by hand when you know of trouble that no rule sees.</p>
            <WriteForm label="Open it" look="danger" submit={submit} onDone={onClose}>
                <Field label="What is wrong?" hint="One sentence, as others would say it">
                    {(attributes) => <input {...attributes} name="title" required maxLength={2000} autoComplete="off" />}
                </Field>
                <Field label="Who answers for it? (may stay empty)" hint="A team, which is reminded of what is to be done">
                    {(attributes) => (
                        <>
                            <input {...attributes} name="team" maxLength={100} list="incident-teams" autoComplete="off" />
                            <datalist id="incident-teams">
                                {taxonomy.teams.map((one) => (
                                    <option key={one.name} value={one.name}>
                                        {one.title}
                                    </option>
                                ))}
                            </datalist>
                        </>
                    )}
                </Field>
            </WriteForm>
        </Dialog>
    );
}

function ToDo({ incident }: { incident: Incident }) {
    if (incident.items_open > 0) return <Badge tone="warning">{incident.items_open} to do</Badge>;
    if (incident.state === "open") return <span class="soft">after closing</span>;
    return <span class="soft">all done</span>;
}

function Table({ incidents, taxonomy }: { incidents: Incident[]; taxonomy: Taxonomy }) {
    const [, navigate] = useLocation();
    const rows = useRows(incidents.length, "incident", (index) => {
        const one = incidents[index];
        if (one !== undefined) navigate(`/incidents/${one.id}`);
    });
    return (
        <TableFrame label="Incidents">
            <table>
                <thead>
                    <tr>
                        <th scope="col">Incident</th>
                        <th scope="col">State</th>
                        <th scope="col">Opened</th>
                        <th scope="col">Lasted</th>
                        <th scope="col">Team</th>
                        <th scope="col">Remediation</th>
                    </tr>
                </thead>
                <tbody>
                    {incidents.map((one, index) => {
                        const { "aria-selected": selected, ...attributes } = rowAttributes(rows, index);
                        return (
                            <tr key={one.id} {...attributes} aria-current={selected ? "true" : undefined}>
                                <th scope="row" class="wide-cell">
                                    <Link href={`/incidents/${one.id}`}>{one.title}</Link>
                                    {promiseOf(one) !== undefined && <p class="soft small">{capital(promiseOf(one) ?? "")}</p>}
                                </th>
                                <td>
                                    <IncidentState incident={one} />
                                </td>
                                <td class="nowrap">
                                    <OpenedBy incident={one} />
                                </td>
                                <td>
                                    <Lasted incident={one} />
                                </td>
                                <td>{one.team === "" ? "–" : taxonomy.teamTitle(one.team)}</td>
                                <td>
                                    <ToDo incident={one} />
                                </td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
        </TableFrame>
    );
}

type Shown = "all" | "open" | "todo";

export function IncidentsPage() {
    const [parameters, change] = useParameters();
    const [opening, setOpening] = useState(false);
    const taxonomy = useTaxonomy();
    const before = parameters.before;
    const shown = (parameters.show ?? "all") as Shown;
    const asked = { limit: 50, ...(shown === "open" && { open: true }), ...(before !== undefined && { before }) };
    const incidents = useQuery("incidents" + query(asked), () => ask(api.GET("/v1/incidents", { params: { query: asked } })), {
        about: ["incident.", "remediation."],
    });
    useKeys([{ keys: "n", what: "Open an incident", run: () => setOpening(true) }]);
    return (
        <Page
            title="Incidents"
            actions={
                <Button look="danger" keys="n" onClick={() => setOpening(true)}>
                    Open an incident…
                </Button>
            }
        >
            <Section
                title={shown === "open" ? "Open" : shown === "todo" ? "With something to do" : "Newest first"}
                actions={
                    <Choice<Shown>
                        label="Which incidents"
                        value={shown}
                        options={{ all: "All", open: "Open", todo: "To do" }}
                        onChange={(value) => change({ show: value === "all" ? undefined : value, before: undefined })}
                    />
                }
            >
                <Loaded query={incidents}>
                    {(data) => {
                        const list = data.incidents.filter((one) => shown !== "todo" || one.items_open > 0);
                        return (
                            <>
                                {list.length === 0 ? (
                                    <Empty title={shown === "all" ? "There has been no incident" : "None"}>
                                        One opens by itself when promises are kept clearly less than before, or when an alert rule says so.
                                    </Empty>
                                ) : (
                                    <Table incidents={list} taxonomy={taxonomy} />
                                )}
                                {data.next !== undefined && (
                                    <p class="paging">
                                        <Link href={"/incidents" + query({ ...parameters, before: data.next })}>Older</Link>
                                    </p>
                                )}
                            </>
                        );
                    }}
                </Loaded>
            </Section>
            {opening && <OpenDialog taxonomy={taxonomy} onClose={() => setOpening(false)} />}
        </Page>
    );
}
