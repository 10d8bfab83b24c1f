// A dialog that asks why, then does one thing: pause, discard, send again.
import type { ComponentChildren } from "preact";
import { Dialog, Field, WriteForm } from "./dialog";
import { toast } from "./toast";

interface ReasonProps {
    title: string;
    label: string; // of the button: "Discard"
    look?: "primary" | "danger";
    hint?: string; // below the field
    field?: string; // what is asked for: "Why?" unless said
    optional?: boolean;
    done: string; // for the toast: "D12 is discarded."
    submit: (reason: string, values: Record<string, string>) => Promise<unknown>;
    onClose: () => void;
    children?: ComponentChildren; // above the field: what is going to happen, further fields
}

export function ReasonDialog({ title, label, look, hint, field = "Why?", optional = false, done, submit, onClose, children }: ReasonProps) {
    const write = async (values: Record<string, string>): Promise<void> => {
        await submit((values.reason ?? "").trim(), values);
        toast(done);
    };
    return (
        <Dialog title={title} onClose={onClose}>
            <WriteForm label={label} look={look} submit={write} onDone={onClose}>
                {children}
                <Field label={optional ? `${field} (may stay empty)` : field} hint={hint}>
                    {(attributes) => (
                        <textarea {...attributes} autofocus name="reason" required={!optional} maxLength={2000} />
                    )}
                </Field>
            </WriteForm>
        </Dialog>
    );
}
