// Dialogs and forms in them. The browser's own <dialog> keeps the focus inside and gives it back.
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { asProblem, type Problem } from "../api/problem";
import { Button, Failure } from "./basics";

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
    const dialog = useRef<HTMLDialogElement>(null);
    const id = useId();
    const [warned, setWarned] = useState(false);
    // Before the next key arrives, which is meant for the dialog; the field with `autofocus` gets it.
    useLayoutEffect(() => {
        dialog.current?.showModal();
    }, []);
    // What was typed is not thrown away by a slip: beside the dialog, or at the first Escape.
    const hasText = (): boolean => [...(dialog.current?.querySelectorAll("textarea") ?? [])].some((one) => one.value.trim() !== one.defaultValue.trim());
    const onCancel = (event: Event): void => {
        if (warned || !hasText()) return;
        event.preventDefault();
        setWarned(true);
    };
    const onClick = (event: MouseEvent): void => {
        if (event.target !== dialog.current) return;
        if (hasText()) setWarned(true);
        else dialog.current?.close();
    };
    return (
        <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={onClose} onCancel={onCancel} onClick={onClick}>
            <div class="dialog-body">
                <header class="section-head">
                    <h2 id={id}>{title}</h2>
                    <Button look="quiet" aria-label="Close" onClick={() => dialog.current?.close()}>
                        ✕
                    </Button>
                </header>
                {children}
                {warned && (
                    <p class="soft hint" role="status">
                        What you typed is still here. Escape again throws it away.
                    </p>
                )}
            </div>
        </dialog>
    );
}

interface FieldProps {
    label: string;
    hint?: string;
    children: (attributes: { id: string; "aria-describedby"?: string }) => ComponentChildren;
}

export function Field({ label, hint, children }: FieldProps) {
    const id = useId();
    return (
        <div class="field">
            <label for={id}>{label}</label>
            {children(hint === undefined ? { id } : { id, "aria-describedby": id + "-hint" })}
            {hint !== undefined && (
                <p class="soft hint" id={id + "-hint"}>
                    {hint}
                </p>
            )}
        </div>
    );
}

// A form whose submission is a write: the button waits, a refusal is shown where it happened and what
// was typed stays. `submit` gets the form's values by name.
export function WriteForm({
    submit,
    label,
    look = "primary",
    children,
    onDone,
}: {
    submit: (values: Record<string, string>) => Promise<unknown>;
    label: string;
    look?: "primary" | "danger";
    children?: ComponentChildren;
    onDone?: () => void;
}) {
    const [problem, setProblem] = useState<Problem>();
    const [busy, setBusy] = useState(false);
    const onSubmit = async (event: SubmitEvent): Promise<void> => {
        event.preventDefault();
        const form = event.currentTarget as HTMLFormElement;
        const values = Object.fromEntries(new FormData(form)) as Record<string, string>;
        setBusy(true);
        setProblem(undefined);
        try {
            await submit(values);
            onDone?.();
        } catch (error) {
            setProblem(asProblem(error));
        } finally {
            setBusy(false);
        }
    };
    return (
        <form class="form" onSubmit={(event) => void onSubmit(event)}>
            {children}
            {problem !== undefined && <Failure problem={problem} />}
            <div class="actions">
                <Button type="submit" look={look} disabled={busy}>
                    {busy ? "Working…" : label}
                </Button>
            </div>
        </form>
    );
}
