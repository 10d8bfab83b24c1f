// Silences: telling nobody of some alerts for a while, and ending that before its time.
import { useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import type { Answer, Schema } from "../../api/types";
import { Badge, Button, Countdown, Empty, Section, TableFrame, When } from "../../ui/basics";
import { Dialog, Field, WriteForm } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import { asProblem } from "../../api/problem";
import { ruleTitle, type Rules } from "./rules";

export type Silence = Schema<"Silence">;

const spans: [string, string][] = [
    ["30m", "30 minutes"],
    ["2h", "2 hours"],
    ["8h", "8 hours"],
    ["1d", "a day"],
    ["7d", "a week"],
    ["30d", "30 days"],
];

export interface SilenceOf {
    rule: string; // "": any
    label: string; // "": any
}

export function SilenceDialog({ of, rules, onClose, onDone }: { of: SilenceOf; rules: Rules; onClose: () => void; onDone: () => void }) {
    const submit = async (values: Record<string, string>): Promise<void> => {
        const [rule, label] = [values.rule ?? "", (values.label ?? "").trim()];
        await ask(
            api.POST("/v1/silences", {
                body: { reason: (values.reason ?? "").trim(), for: values.for ?? "2h", ...(rule !== "" && { rule }), ...(label !== "" && { label }) },
            }),
        );
        toast(`${rule === "" ? "Alerts" : ruleTitle(rule)}${label === "" ? "" : ` of ${label}`}: nobody is told for ${spans.find(([one]) => one === values.for)?.[1] ?? ""}.`);
        onDone();
    };
    const known = of.rule === "" || rules.list.some((one) => one.name === of.rule);
    return (
        <Dialog title="Silence alerts" onClose={onClose}>
            <p class="soft">Alerts still change their state and stand here; only nobody is told of them.</p>
            <WriteForm label="Silence" submit={submit} onDone={onClose}>
                <Field label="Rule">
                    {(attributes) => (
                        <select {...attributes} name="rule">
                            <option value="" selected={of.rule === ""}>
                                any rule
                            </option>
                            {!known && (
                                <option value={of.rule} selected>
                                    {ruleTitle(of.rule)}
                                </option>
                            )}
                            {rules.list.map((one) => (
                                <option key={one.name} value={one.name} selected={one.name === of.rule}>
                                    {ruleTitle(one.name)}
                                </option>
                            ))}
                        </select>
                    )}
                </Field>
                <Field label="About (may stay empty: everything)" hint="A class, a source or a campaign, as the alert names it">
                    {(attributes) => <input {...attributes} name="label" maxLength={200} defaultValue={of.label} />}
                </Field>
                <Field label="For">
                    {(attributes) => (
                        <select {...attributes} name="for">
                            {spans.map(([value, name]) => (
                                <option key={value} value={value} selected={value === "2h"}>
                                    {name}
                                </option>
                            ))}
                        </select>
                    )}
                </Field>
                <Field label="Why?" hint="Others read it, and it stays in the journal">
                    {(attributes) => <textarea {...attributes} name="reason" required maxLength={2000} />}
                </Field>
            </WriteForm>
        </Dialog>
    );
}

const what = (silence: Silence, rules: Rules): string =>
    [silence.rule === "" ? "Every alert" : ruleTitle(silence.rule), silence.label === "" ? "" : ` of ${rules.label(silence.label)?.text ?? silence.label}`].join("");

function Row({ silence, rules, onEnded }: { silence: Silence; rules: Rules; onEnded: () => void }) {
    const [busy, setBusy] = useState(false);
    const end = async (): Promise<void> => {
        setBusy(true);
        try {
            await ask(api.DELETE("/v1/silences/{id}", { params: { path: { id: silence.id } } }));
            toast(`${what(silence, rules)}: people are told again.`);
        } catch (error) {
            const problem = asProblem(error);
            toast(problem.isConflict ? "It had ended already." : problem.message, problem.isConflict ? "good" : "bad");
        } finally {
            setBusy(false);
            onEnded();
        }
    };
    return (
        <tr id={silence.id}>
            <th scope="row">{what(silence, rules)}</th>
            <td class="wide-cell">{silence.reason}</td>
            <td>{silence.by || "somebody"}</td>
            <td class="nowrap">
                <When at={silence.set_at} />
            </td>
            <td class="nowrap">
                {silence.in_force ? (
                    <>
                        still <Countdown due={silence.until} soon={0} />
                    </>
                ) : (
                    <>
                        ended <When at={silence.ended_at ?? silence.until} />
                    </>
                )}
            </td>
            <td class="row-actions">
                {silence.in_force && (
                    <Button onClick={() => void end()} disabled={busy} aria-label={`End the silence: ${what(silence, rules)}`}>
                        End
                    </Button>
                )}
            </td>
        </tr>
    );
}

export function Silences({ data, rules, onChanged, onNew }: { data: Answer<"/v1/silences">; rules: Rules; onChanged: () => void; onNew: () => void }) {
    const inForce = data.silences.filter((one) => one.in_force).length;
    return (
        <Section
            id="silences"
            title={
                <>
                    Silences {inForce > 0 && <Badge>{inForce} in force</Badge>}
                </>
            }
            actions={<Button onClick={onNew}>New silence…</Button>}
        >
            {data.silences.length === 0 ? (
                <Empty title="Nothing is silenced">When you know of something that will ring, such as planned work, silence it for that long.</Empty>
            ) : (
                <TableFrame label="Silences">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">Nobody is told of</th>
                                <th scope="col">Why</th>
                                <th scope="col">By</th>
                                <th scope="col">Set</th>
                                <th scope="col">Until</th>
                                <td />
                            </tr>
                        </thead>
                        <tbody>
                            {data.silences.map((one) => (
                                <Row key={one.id} silence={one} rules={rules} onEnded={onChanged} />
                            ))}
                        </tbody>
                    </table>
                </TableFrame>
            )}
        </Section>
    );
}
