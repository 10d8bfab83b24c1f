// The dialogs about a lead: contact, outcome, hand over, hand back, ask for a decision. What somebody
// else did meanwhile is shown, and what was typed stays.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { Problem } from "../../api/problem";
import type { Lead } from "../../api/types";
import { useQuery } from "../../live/query";
import { useTaxonomy } from "../../live/taxonomy";
import { Dialog, Field, WriteForm } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import { leadName } from "../../words/lead";
import { dutyWords, term } from "../../words/terms";
import { Meanwhile, askForDecision, leadWrites } from "./write";
import { WhatHappened } from "./what-happened";

const channels: readonly (readonly [string, string])[] = [
    ["phone", "Phone"],
    ["mail", "E-mail"],
    ["meeting", "Meeting"],
    ["chat", "Chat"],
    ["social", "Social network"],
    ["other", "Something else"],
];

interface LeadDialogProps {
    lead: Lead; // as it was when the dialog was opened
    title: string;
    label: string;
    look?: "primary" | "danger";
    done: string; // for the toast
    write: (lead: Lead, values: Record<string, string>) => Promise<unknown>;
    onClose: () => void;
    children?: ComponentChildren;
}

// A form about a lead. After somebody else was faster it shows what they did; sending it once more is
// then a decision about the lead as it is now.
function LeadDialog({ lead, title, label, look, done, write, onClose, children }: LeadDialogProps) {
    const [seen, setSeen] = useState(lead);
    const [meanwhile, setMeanwhile] = useState<Meanwhile>();
    const submit = async (values: Record<string, string>): Promise<void> => {
        try {
            await write(seen, values);
            toast(done);
        } catch (error) {
            if (!(error instanceof Meanwhile)) throw error;
            setMeanwhile(error);
            setSeen(error.lead);
            throw new Problem(412, { detail: error.message });
        }
    };
    return (
        <Dialog title={title} onClose={onClose}>
            <WriteForm label={meanwhile === undefined ? label : `${label} nevertheless`} look={look} submit={submit} onDone={onClose}>
                {children}
                {meanwhile !== undefined && <WhatHappened meanwhile={meanwhile} />}
            </WriteForm>
        </Dialog>
    );
}

export interface DialogProps {
    lead: Lead;
    onClose: () => void;
}

export function ContactDialog({ lead, onClose }: DialogProps) {
    const write = (seen: Lead, values: Record<string, string>) => leadWrites.contact(seen, values.channel ?? "other", values.note);
    return (
        <LeadDialog lead={lead} title={`You contacted ${leadName(lead)}`} label="Record the contact" done="The contact is recorded." write={write} onClose={onClose}>
            <fieldset class="write-options">
                <legend>How?</legend>
                {channels.map(([value, name], index) => (
                    <label key={value}>
                        <input type="radio" name="channel" value={value} defaultChecked={index === 0} /> {name}
                    </label>
                ))}
            </fieldset>
            <Field label="What came of it? (may stay empty)">{(attributes) => <textarea {...attributes} name="note" maxLength={2000} />}</Field>
        </LeadDialog>
    );
}

export function OutcomeDialog({ lead, onClose }: DialogProps) {
    const contacted = lead.state === "contacted"; // nobody is qualified whom nobody spoke to
    const write = (seen: Lead, values: Record<string, string>) =>
        leadWrites.outcome(seen, values.outcome === "qualified" ? "qualified" : "disqualified", values.reason);
    return (
        <LeadDialog lead={lead} title={`What came of ${leadName(lead)}?`} label="Close the lead" done="The outcome is recorded." write={write} onClose={onClose}>
            <fieldset class="write-options">
                <legend>Outcome</legend>
                <label>
                    <input type="radio" name="outcome" value="qualified" required disabled={!contacted} /> Qualified: there is something in it
                    {!contacted && <span class="soft small"> (record a contact first)</span>}
                </label>
                <label>
                    <input type="radio" name="outcome" value="disqualified" required /> Disqualified: there is not
                </label>
            </fieldset>
            <Field label="Why? (may stay empty)">{(attributes) => <textarea {...attributes} name="reason" maxLength={2000} />}</Field>
        </LeadDialog>
    );
}

export function HandBackDialog({ lead, onClose }: DialogProps) {
    const write = (seen: Lead, values: Record<string, string>) => leadWrites.handBack(seen, values.reason ?? "");
    return (
        <LeadDialog lead={lead} title={`Hand back ${leadName(lead)}`} label="Hand it back" done="It is handed back and placed anew." write={write} onClose={onClose}>
            <Field label="Why can it not stay?" hint="The lead goes to somebody else at once. Who gets it reads this.">
                {(attributes) => <textarea {...attributes} name="reason" required maxLength={2000} />}
            </Field>
        </LeadDialog>
    );
}

// Reps with what they have on their hands; those who take nothing now are last.
function RepPicker({ except }: { except: string | null | undefined }) {
    const now = useQuery("reps-now", () => ask(api.GET("/v1/reps")), { about: ["rep.", "lead."], atMost: 5000 });
    const reps = (now.data?.reps ?? [])
        .filter((one) => one.present && one.id !== except)
        .sort((a, b) => Number(b.available) - Number(a.available) || a.name.localeCompare(b.name));
    return (
        <Field label="To whom?" hint="By hand a lead may go to anybody, also above capacity; the record says so.">
            {(attributes) => (
                <select {...attributes} name="rep" required>
                    <option value="">Choose a rep</option>
                    {reps.map((one) => (
                        <option key={one.id} value={one.id}>
                            {one.name}: {one.load} of {one.capacity}
                            {one.load >= one.capacity ? ", full" : ""}, {one.available ? term(dutyWords, one.duty) : "away"}
                        </option>
                    ))}
                </select>
            )}
        </Field>
    );
}

function CauseField() {
    const causes = useTaxonomy().causes;
    return (
        <Field label="What made it necessary?" hint="Reports count by this.">
            {(attributes) =>
                causes.length === 0 ? (
                    <input {...attributes} name="cause" required maxLength={256} />
                ) : (
                    <select {...attributes} name="cause" required>
                        <option value="">Choose a cause</option>
                        {causes.map((one) => (
                            <option key={one.name} value={one.name}>
                                {one.title}
                            </option>
                        ))}
                    </select>
                )
            }
        </Field>
    );
}

export function HandOverDialog({ lead, onClose }: DialogProps) {
    const write = (seen: Lead, values: Record<string, string>) => leadWrites.assign(seen, values.rep ?? "", values.cause ?? "", values.remediation ?? "");
    return (
        <LeadDialog lead={lead} title={`Hand over ${leadName(lead)}`} label="Hand it over" done="It has another owner." write={write} onClose={onClose}>
            <RepPicker except={lead.owner} />
            <CauseField />
            <Field label="What will keep it from happening again?">{(attributes) => <textarea {...attributes} name="remediation" required maxLength={2000} />}</Field>
        </LeadDialog>
    );
}

export function DecisionDialog({ lead, onClose }: DialogProps) {
    const { kinds, teams } = useTaxonomy();
    const write = (seen: Lead, values: Record<string, string>) => askForDecision(seen, values.kind ?? "manual", values.note ?? "", values.team);
    const offered = kinds.length > 0 ? kinds : [{ kind: "manual", title: "Somebody asks for a decision" }];
    return (
        <LeadDialog lead={lead} title={`Ask for a decision about ${leadName(lead)}`} label="Open an exception" done="An exception is open; it stands on the triage board." write={write} onClose={onClose}>
            <Field label="What is the matter?">
                {(attributes) => (
                    <select {...attributes} name="kind">
                        {offered.map((one) => (
                            <option key={one.kind} value={one.kind} selected={one.kind === "manual"}>
                                {one.title}
                            </option>
                        ))}
                    </select>
                )}
            </Field>
            <Field label="What is to be decided?">{(attributes) => <textarea {...attributes} name="note" required maxLength={2000} />}</Field>
            <Field label="Who decides?">
                {(attributes) => (
                    <select {...attributes} name="team">
                        <option value="">The team that decides such matters</option>
                        {teams.map((one) => (
                            <option key={one.name} value={one.name}>
                                {one.title}
                            </option>
                        ))}
                    </select>
                )}
            </Field>
        </LeadDialog>
    );
}
