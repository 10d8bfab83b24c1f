// How an exception is decided: action, cause, remediation, and what the action needs besides.
import { useMemo } from "preact/hooks";
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import { useQuery } from "../../live/query";
import type { Taxonomy } from "../../live/taxonomy";
import { Field } from "../../ui/dialog";
import { leadAbout, leadName } from "../../words/lead";
import { dutyWords, term } from "../../words/terms";
import { actionWords, retryWords } from "./words";

type Resolution = Schema<"Resolution">;
type Rep = Schema<"Rep">;

export interface Draft {
    action: string;
    rep: string;
    pool: string;
    into: string;
    cause: string;
    remediation: string;
}
export const emptyDraft: Draft = { action: "", rep: "", pool: "", into: "", cause: "", remediation: "" };

// The body of the call: what belongs to the action, and nothing else.
export function bodyOf(draft: Draft) {
    return {
        action: draft.action as Resolution,
        cause: draft.cause.trim(),
        remediation: draft.remediation.trim(),
        ...(draft.action === "assign" ? { rep: draft.rep } : {}),
        ...(draft.action === "requeue" && draft.pool !== "" ? { pool: draft.pool } : {}),
        ...(draft.action === "merge" ? { into: draft.into.trim().toUpperCase() } : {}),
    };
}

const groups = ["On duty", "Off duty", "Set away"] as const;

const groupOf = (rep: Rep): (typeof groups)[number] => (!rep.available ? "Set away" : rep.duty === "on_duty" ? "On duty" : "Off duty");

function RepPicker({ value, onChange, attributes }: { value: string; onChange: (rep: string) => void; attributes: object }) {
    const reps = useQuery("reps", () => ask(api.GET("/v1/reps")), { about: ["rep."], atMost: 5000 });
    const sorted = useMemo(() => {
        const present = (reps.data?.reps ?? []).filter((rep) => rep.present);
        return present.sort((a, b) => a.load / Math.max(1, a.capacity) - b.load / Math.max(1, b.capacity) || (a.name < b.name ? -1 : 1));
    }, [reps.data]);
    return (
        <select {...attributes} required value={value} onChange={(event) => onChange(event.currentTarget.value)}>
            <option value="">{reps.data === undefined ? "Loading…" : "Choose a rep…"}</option>
            {groups.map((group) => {
                const members = sorted.filter((rep) => groupOf(rep) === group);
                return members.length === 0 ? null : (
                    <optgroup key={group} label={group}>
                        {members.map((rep) => (
                            <option key={rep.id} value={rep.id}>
                                {rep.name || rep.id}: {rep.load} of {rep.capacity} leads{rep.load >= rep.capacity ? ", full" : ""}
                                {group === "Off duty" ? `, ${term(dutyWords, rep.duty)}` : ""}
                            </option>
                        ))}
                    </optgroup>
                );
            })}
        </select>
    );
}

function MergeTarget({ value, onChange }: { value: string; onChange: (lead: string) => void }) {
    const id = value.trim().toUpperCase();
    const known = /^L[1-9]\d*$/.test(id) ? id : null;
    const lead = useQuery(known === null ? null : `lead:${known}`, () => ask(api.GET("/v1/leads/{id}", { params: { path: { id: known ?? "" } } })));
    const found = lead.data === undefined ? lead.problem?.message : `${leadName(lead.data)}, ${leadAbout(lead.data)}: ${lead.data.state}`;
    return (
        <Field label="Into which lead" hint={found ?? "The id of the lead that stays, such as L1024."}>
            {(attributes) => (
                <input {...attributes} required pattern="\s*[Ll][1-9][0-9]*\s*" value={value} onInput={(event) => onChange(event.currentTarget.value)} autocomplete="off" />
            )}
        </Field>
    );
}

interface ResolutionFieldsProps {
    actions: string[];
    kind: string | undefined; // undefined: of several kinds
    draft: Draft;
    onChange: (change: Partial<Draft>) => void;
    taxonomy: Taxonomy;
}

export function ResolutionFields({ actions, kind, draft, onChange, taxonomy }: ResolutionFieldsProps) {
    return (
        <>
            <div class="resolution-row">
                <Field label="What to do" hint={draft.action === "retry" ? retryWords(kind) : undefined}>
                    {(attributes) => (
                        <select
                            {...attributes}
                            autofocus
                            required
                            value={draft.action}
                            onChange={(event) => onChange({ action: event.currentTarget.value })}
                        >
                            <option value="">Choose…</option>
                            {actions.map((action) => (
                                <option key={action} value={action}>
                                    {actionWords[action]}
                                </option>
                            ))}
                        </select>
                    )}
                </Field>
                {draft.action === "assign" && (
                    <Field label="To whom" hint="Above capacity if need be.">
                        {(attributes) => <RepPicker attributes={attributes} value={draft.rep} onChange={(rep) => onChange({ rep })} />}
                    </Field>
                )}
                {draft.action === "requeue" && (
                    <Field label="Where to">
                        {(attributes) => (
                            <select {...attributes} value={draft.pool} onChange={(event) => onChange({ pool: event.currentTarget.value })}>
                                <option value="">By the routes of the policy</option>
                                {taxonomy.pools.map((pool) => (
                                    <option key={pool.name} value={pool.name}>
                                        {pool.title}
                                    </option>
                                ))}
                            </select>
                        )}
                    </Field>
                )}
                {draft.action === "merge" && <MergeTarget value={draft.into} onChange={(into) => onChange({ into })} />}
                <Field label="Cause" hint={taxonomy.causes.length === 0 ? "A word by which the weekly report counts." : undefined}>
                    {(attributes) =>
                        taxonomy.causes.length === 0 ? (
                            <input {...attributes} required maxLength={100} value={draft.cause} onInput={(event) => onChange({ cause: event.currentTarget.value })} />
                        ) : (
                            <select {...attributes} required value={draft.cause} onChange={(event) => onChange({ cause: event.currentTarget.value })}>
                                <option value="">Choose…</option>
                                {taxonomy.causes.map((cause) => (
                                    <option key={cause.name} value={cause.name}>
                                        {cause.title}
                                    </option>
                                ))}
                            </select>
                        )
                    }
                </Field>
            </div>
            <Field label="Remediation" hint="What you did, or what will keep it from happening again. It stands in the weekly report.">
                {(attributes) => (
                    <textarea {...attributes} required maxLength={2000} rows={2} value={draft.remediation} onInput={(event) => onChange({ remediation: event.currentTarget.value })} />
                )}
            </Field>
        </>
    );
}
