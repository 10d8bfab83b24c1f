// One incident: its timeline in words, notes, what is to be done, and closing it.
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import { useKeys } from "../../keys";
import { useQuery } from "../../live/query";
import { useTaxonomy, type Taxonomy } from "../../live/taxonomy";
import { Badge, Button, Countdown, Empty, Facts, Loaded, Page, Section, When } from "../../ui/basics";
import { Field, WriteForm } from "../../ui/dialog";
import { ReasonDialog } from "../../ui/reason";
import { toast } from "../../ui/toast";
import { useParameters } from "../../url";
import { capital, counted } from "../../words/words";
import { CloseDialog } from "./closing";
import { Timeline, type Kind } from "./timeline";
import { IncidentState, itemsOf, Lasted, OpenedBy, promiseOf, type Incident, type Item } from "./words";

function Note({ id, onDone }: { id: string; onDone: () => void }) {
    const [count, setCount] = useState(0); // a note that is kept leaves an empty field behind
    const submit = async (values: Record<string, string>): Promise<void> => {
        await ask(api.POST("/v1/incidents/{id}/notes", { params: { path: { id } }, body: { text: (values.text ?? "").trim() } }));
        toast("The note stands in the timeline.");
    };
    return (
        <WriteForm
            key={count}
            label="Add the note"
            submit={submit}
            onDone={() => {
                setCount(count + 1);
                onDone();
            }}
        >
            <Field label="Note" hint="What you see, tried, were told: it is kept with its time and your name">
                {(attributes) => <textarea {...attributes} name="text" required maxLength={2000} />}
            </Field>
        </WriteForm>
    );
}

function ItemLine({ item, names, onFinish }: { item: Item; names: (id: string) => string; onFinish: () => void }) {
    return (
        <li>
            <div class="alert-main">
                <p>
                    <strong>{item.title}</strong> {item.done && <Badge tone="good">done</Badge>}
                </p>
                <p class="small soft">
                    {names(item.owner)}
                    {item.done ? (
                        <>
                            {" "}
                            · done <When at={item.done_at} /> by {item.done_by ?? "somebody"}
                        </>
                    ) : (
                        <>
                            {" "}
                            · due <Countdown due={item.due} soon={3 * 86_400_000} />
                        </>
                    )}
                </p>
                {item.note !== undefined && item.note !== "" && <p class="said">{item.note}</p>}
            </div>
            {!item.done && (
                <Button onClick={onFinish} aria-label={`Done: ${item.title}`}>
                    Done…
                </Button>
            )}
        </li>
    );
}

function Postmortem({ incident, taxonomy, names, onChanged }: { incident: Incident; taxonomy: Taxonomy; names: (id: string) => string; onChanged: () => void }) {
    const [finishing, setFinishing] = useState<Item>();
    const items = itemsOf(incident);
    if (incident.state === "open")
        return (
            <Section title="What is to be done">
                <Empty title="Decided when it is closed">Closing asks what happened, why, and who does what about it by when. Owners are reminded until it is done.</Empty>
            </Section>
        );
    return (
        <>
            <Section title="What happened">
                <p class="said">{incident.text}</p>
                <p class="small soft">
                    {(incident.causes ?? []).map((one) => taxonomy.causeTitle(one)).join(" · ")} · closed <When at={incident.closed_at} /> by{" "}
                    {incident.closed_by ?? "somebody"}
                </p>
            </Section>
            <Section title={incident.items_open === 0 ? "What was to be done" : `What is to be done: ${counted(incident.items_open, "item")} left`}>
                <ul class="remediations">
                    {items.map((one) => (
                        <ItemLine key={one.n} item={one} names={names} onFinish={() => setFinishing(one)} />
                    ))}
                </ul>
            </Section>
            {finishing !== undefined && (
                <ReasonDialog
                    title={`Done: ${finishing.title}`}
                    label="It is done"
                    field="What was done?"
                    optional
                    done={`Item ${finishing.n} is done.`}
                    submit={async (note) => {
                        const path = { id: incident.id, n: finishing.n };
                        await ask(api.POST("/v1/incidents/{id}/items/{n}/done", { params: { path }, ...(note !== "" && { body: { note } }) }));
                        onChanged();
                    }}
                    onClose={() => setFinishing(undefined)}
                />
            )}
        </>
    );
}

function Whole({ incident, onChanged }: { incident: Incident; onChanged: () => void }) {
    const [parameters, change] = useParameters();
    const [closing, setClosing] = useState(false);
    const taxonomy = useTaxonomy();
    const reps = useQuery("reps-names", () => ask(api.GET("/v1/reps")), { about: ["release."] });
    const people = reps.data?.reps ?? [];
    const names = (id: string): string => people.find((one) => one.id === id)?.name ?? id;
    const isOpen = incident.state === "open";
    useKeys([
        { keys: "c", what: "Close the incident", run: () => isOpen && setClosing(true) },
        { keys: "n", what: "Write a note", run: () => document.querySelector<HTMLTextAreaElement>('textarea[name="text"]')?.focus() },
    ]);
    const facts: [string, preact.ComponentChildren][] = [
        ["State", <IncidentState incident={incident} />],
        ["Opened", <OpenedBy incident={incident} />],
        [isOpen ? "Lasts" : "Lasted", <Lasted incident={incident} />],
        ["Answers for it", incident.team === "" ? "nobody named" : taxonomy.teamTitle(incident.team)],
    ];
    const promise = promiseOf(incident);
    if (promise !== undefined) facts.push(["Promise", capital(promise)]);
    if (incident.alert !== undefined) facts.push(["Opened by alert", <Link href={`/alerts#${incident.alert}`}>{incident.alert}</Link>]);
    return (
        <Page
            title={incident.title}
            actions={
                isOpen && (
                    <Button look="primary" keys="c" onClick={() => setClosing(true)}>
                        Close it…
                    </Button>
                )
            }
        >
            <Section title={`Incident ${incident.id}`}>
                <Facts rows={facts} />
            </Section>
            <div class="incident-columns">
                <Section title="Timeline">
                    <Timeline
                        entries={incident.timeline ?? []}
                        incident={incident.id}
                        names={names}
                        kind={(parameters.show ?? "all") as Kind}
                        onKind={(kind) => change({ show: kind === "all" ? undefined : kind })}
                    />
                </Section>
                <div>
                    {isOpen && (
                        <Section title="Add a note">
                            <Note id={incident.id} onDone={onChanged} />
                        </Section>
                    )}
                    <Postmortem incident={incident} taxonomy={taxonomy} names={names} onChanged={onChanged} />
                </div>
            </div>
            {closing && <CloseDialog incident={incident} taxonomy={taxonomy} people={people} onClose={() => setClosing(false)} onChanged={onChanged} />}
        </Page>
    );
}

export function IncidentPage({ params }: { params: Record<string, string> }) {
    const id = params.id ?? "";
    const incident = useQuery(`incident-${id}`, () => ask(api.GET("/v1/incidents/{id}", { params: { path: { id } } })), {
        about: [id, "incident.", "remediation.", "alert.", "surge.", "destination."],
        atMost: 3000,
    });
    if (incident.data !== undefined) return <Whole incident={incident.data} onChanged={incident.refresh} />;
    return (
        <Page title={`Incident ${id}`}>
            {incident.problem?.status === 404 ? (
                <Empty title="There is no such incident">
                    <Link href="/incidents">All incidents</Link>
                </Empty>
            ) : (
                <Loaded query={incident}>{() => null}</Loaded>
            )}
        </Page>
    );
}
