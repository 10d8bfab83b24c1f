// Closing an incident with its postmortem: what happened, why, and who does what about it by when.
import { useState } from "preact/hooks";
import { api, ask, ifMatch } from "../../api/client";
import { asProblem, Problem } from "../../api/problem";
import type { Taxonomy } from "../../live/taxonomy";
import { Button } from "../../ui/basics";
import { Dialog, Field, WriteForm } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import { whatChanged, type Incident } from "./words";

const MOST_ITEMS = 20;
const twoWeeks = (): string => new Date(Date.now() + 14 * 86_400_000).toISOString().slice(0, 10);

function Causes({ taxonomy }: { taxonomy: Taxonomy }) {
    if (taxonomy.causes.length === 0)
        return (
            <Field label="Why? Causes, one a line">
                {(attributes) => <textarea {...attributes} name="causes" required maxLength={1000} placeholder="vendor_outage" />}
            </Field>
        );
    return (
        <fieldset class="checks">
            <legend>Why? At least one cause</legend>
            {taxonomy.causes.map((one) => (
                <label key={one.name}>
                    <input type="checkbox" name={`cause-${one.name}`} />
                    {one.title}
                </label>
            ))}
        </fieldset>
    );
}

const causesIn = (values: Record<string, string>): string[] => [
    ...Object.keys(values).flatMap((name) => (name.startsWith("cause-") ? [name.slice("cause-".length)] : [])),
    ...(values.causes ?? "").split("\n").map((one) => one.trim()).filter(Boolean),
];

function ItemRow({ index, people, onRemove }: { index: number; people: { id: string; name: string }[]; onRemove?: () => void }) {
    return (
        <div class="item-row">
            <Field label={`What, ${index + 1}`}>{(attributes) => <input {...attributes} name={`title-${index}`} required maxLength={2000} autoComplete="off" />}</Field>
            <Field label="Who">
                {(attributes) => (
                    <>
                        <input {...attributes} name={`owner-${index}`} required maxLength={256} list="incident-people" autoComplete="off" />
                        {index === 0 && (
                            <datalist id="incident-people">
                                {people.map((one) => (
                                    <option key={one.id} value={one.id}>
                                        {one.name}
                                    </option>
                                ))}
                            </datalist>
                        )}
                    </>
                )}
            </Field>
            <Field label="By">{(attributes) => <input {...attributes} type="date" name={`due-${index}`} required defaultValue={twoWeeks()} />}</Field>
            {onRemove !== undefined && (
                <Button look="quiet" onClick={onRemove} aria-label={`Take away item ${index + 1}`}>
                    ✕
                </Button>
            )}
        </div>
    );
}

const itemsIn = (values: Record<string, string>): { title: string; owner: string; due: string }[] =>
    Array.from({ length: MOST_ITEMS }, (_, index) => index).flatMap((index) => {
        const title = values[`title-${index}`];
        return title === undefined ? [] : [{ title: title.trim(), owner: (values[`owner-${index}`] ?? "").trim(), due: values[`due-${index}`] ?? "" }];
    });

export function CloseDialog({
    incident,
    taxonomy,
    people,
    onClose,
    onChanged,
}: {
    incident: Incident;
    taxonomy: Taxonomy;
    people: { id: string; name: string }[];
    onClose: () => void;
    onChanged: () => void;
}) {
    const [rows, setRows] = useState([0]);
    // What the person has seen; what others did meanwhile is shown, and then counts as seen.
    const [seen, setSeen] = useState(incident);
    const submit = async (values: Record<string, string>): Promise<void> => {
        const path = { id: incident.id };
        const causes = causesIn(values);
        if (causes.length === 0) throw new Problem(422, { detail: "Say why: choose at least one cause." });
        try {
            await ask(
                api.POST("/v1/incidents/{id}/close", {
                    params: { path, header: ifMatch(seen.version) },
                    body: { text: (values.text ?? "").trim(), causes, items: itemsIn(values) },
                }),
            );
        } catch (error) {
            const problem = asProblem(error);
            if (!problem.isConflict) throw problem;
            const now = await ask(api.GET("/v1/incidents/{id}", { params: { path } }));
            setSeen(now);
            onChanged();
            const next = now.state === "closed" ? "What you typed was not saved; add it as a note elsewhere if it matters." : "Nothing was saved yet. Look, then press again.";
            throw new Problem(problem.status, { detail: `${whatChanged(seen, now)} ${next}` });
        }
        toast(`Incident ${incident.id} is closed.`);
        onChanged();
    };
    return (
        <Dialog title={`Close: ${incident.title}`} onClose={onClose}>
            <WriteForm label="Close the incident" submit={submit} onDone={onClose}>
                <Field label="What happened?" hint="From the first sign to the end, for people who were not there">
                    {(attributes) => <textarea {...attributes} name="text" required maxLength={2000} rows={5} />}
                </Field>
                <Causes taxonomy={taxonomy} />
                <fieldset class="checks">
                    <legend>What is done so that it does not happen again</legend>
                    {rows.map((row, index) => (
                        <ItemRow key={row} index={index} people={people} {...(rows.length > 1 && { onRemove: () => setRows(rows.filter((one) => one !== row)) })} />
                    ))}
                    {rows.length < MOST_ITEMS && (
                        <div>
                            <Button look="quiet" onClick={() => setRows([...rows, Math.max(...rows) + 1])}>
                                Another item
                            </Button>
                        </div>
                    )}
                </fieldset>
            </WriteForm>
        </Dialog>
    );
}
