// Switching the versions of a contract: each action says what it does, asks, and takes a note.
import { useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import { Button, When } from "../../ui/basics";
import { Dialog, Field, WriteForm } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import type { Source } from "./data";
import { causeInWords, stateInWords } from "./words";

export type Action = "shadow" | "canary" | "promote" | "roll_back" | "stop";

interface ActionRow {
    name: Action;
    label: string;
    does: string; // on the button that does it
    possible: (source: Source) => boolean;
    says: (source: Source) => string; // what will happen
    look?: "danger";
    version?: boolean; // asks which
    percent?: boolean; // asks how much
}

const others = (source: Source): number[] =>
    source.versions.filter((one) => one.declared === true && one.version !== source.active).map((one) => one.version);

const tries = (source: Source): boolean => source.candidate !== undefined;

const rows: ActionRow[] = [
    {
        name: "shadow",
        label: "Shadow",
        does: "Put into shadow",
        possible: (source) => others(source).length > 0,
        says: () => "The version reads every record as well and is only compared. Leads are made as before.",
        version: true,
    },
    {
        name: "canary",
        label: "Canary",
        does: "Start the canary",
        possible: (source) => others(source).length > 0,
        says: (source) =>
            `The version reads a share of the records instead of version ${source.active}, always the same ones. ` +
            "It is given up by itself when too many of them are refused.",
        version: true,
        percent: true,
    },
    {
        name: "promote",
        label: "Promote",
        does: "Promote it",
        possible: (source) => others(source).length > 0,
        says: (source) => `The version reads every record from now on. Version ${source.active} can be taken back.`,
        version: true,
    },
    {
        name: "roll_back",
        label: "Roll back",
        does: "Roll back",
        possible: (source) => tries(source) || source.previous !== undefined,
        says: (source) =>
            tries(source)
                ? `Version ${source.candidate} is dropped; version ${source.active} reads everything.`
                : `Version ${source.previous} reads everything again, instead of version ${source.active}.`,
        look: "danger",
    },
    {
        name: "stop",
        label: "Stop the trial",
        does: "Stop the trial",
        possible: tries,
        says: (source) => `Version ${source.candidate} is no candidate any more; version ${source.active} reads everything.`,
    },
];

type Rollout = NonNullable<Parameters<typeof write>[1]>;
const write = (
    source: string,
    body: { action: Action; version?: number; percent?: number; note?: string },
): Promise<{ active: number; candidate?: number; mode: Schema<"RolloutMode">; percent?: number; unchanged?: boolean }> =>
    ask(api.POST("/v1/sources/{source}/rollout", { params: { path: { source } }, body }));

function Changed({ before, now }: { before: Source; now: Source }) {
    if (before.switched_at === now.switched_at) return null;
    return (
        <p class="failure" role="alert">
            Somebody changed this <When at={now.switched_at} /> ({causeInWords(now.switched_by ?? "changed")}). Now {stateInWords(now)}.
        </p>
    );
}

function ActionDialog({ action, source, onClose }: { action: ActionRow; source: Source; onClose: () => void }) {
    const [before] = useState(source); // as it was when the person decided
    const versions = others(source);
    const first = source.candidate ?? versions.at(-1);
    const submit = async (values: Record<string, string>): Promise<void> => {
        const body: Rollout = { action: action.name };
        if (action.version === true) body.version = Number(values.version);
        if (action.percent === true) body.percent = Number(values.percent);
        const note = values.note?.trim() ?? "";
        if (note !== "") body.note = note;
        const said = await write(source.id, body);
        const now = stateInWords({ ...source, ...said, candidate: said.candidate } as Source);
        toast(said.unchanged === true ? `It was so already: ${now}.` : `Done: ${now}.`);
    };
    return (
        <Dialog title={`${action.label}: ${source.title ?? source.id}`} onClose={onClose}>
            <WriteForm label={action.does} look={action.look ?? "primary"} submit={submit} onDone={onClose}>
                <p>{action.says(source)}</p>
                <p class="soft">Now {stateInWords(source)}.</p>
                <Changed before={before} now={source} />
                {action.version === true && (
                    <Field label="Version">
                        {(attributes) => (
                            <select {...attributes} autofocus name="version">
                                {versions.map((one) => (
                                    <option key={one} value={String(one)} selected={one === first}>
                                        {one}
                                    </option>
                                ))}
                            </select>
                        )}
                    </Field>
                )}
                {action.percent === true && (
                    <Field label="Percent of the records">
                        {(attributes) => (
                            <input
                                {...attributes}
                                name="percent"
                                type="number"
                                min="0.01"
                                max="100"
                                step="0.01"
                                required
                                defaultValue={String(source.percent ?? 10)}
                            />
                        )}
                    </Field>
                )}
                <Field label="Note (may stay empty)" hint="Why: it stays in the history.">
                    {(attributes) => <textarea {...attributes} name="note" maxLength={2000} />}
                </Field>
            </WriteForm>
        </Dialog>
    );
}

export function RolloutActions({ source, onDone }: { source: Source; onDone: () => void }) {
    const [chosen, choose] = useState<Action>();
    const action = rows.find((one) => one.name === chosen);
    return (
        <>
            {rows
                .filter((one) => one.possible(source))
                .map((one) => (
                    <Button key={one.name} look={one.look ?? "plain"} onClick={() => choose(one.name)}>
                        {one.label}…
                    </Button>
                ))}
            {action !== undefined && (
                <ActionDialog
                    action={action}
                    source={source}
                    onClose={() => {
                        choose(undefined);
                        onDone();
                    }}
                />
            )}
        </>
    );
}
