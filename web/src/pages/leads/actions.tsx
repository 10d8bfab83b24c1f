// What can be done to a lead: buttons with their keys, each opening its dialog.
import { useState } from "preact/hooks";
import type { ComponentType } from "preact";
import { api, ask } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Lead } from "../../api/types";
import { useKeys } from "../../keys";
import { useQuery } from "../../live/query";
import { Button } from "../../ui/basics";
import { toast } from "../../ui/toast";
import { ContactDialog, DecisionDialog, HandBackDialog, HandOverDialog, OutcomeDialog, type DialogProps } from "./dialogs";
import { leadWrites } from "./write";

interface Action {
    key: string;
    label: string;
    dialog: ComponentType<DialogProps>;
    look?: "primary";
    fits: (lead: Lead) => boolean; // whether the server would take it now
}

const owned = (lead: Lead): boolean => lead.place === "owned";

// A lead that is held by an exception is decided about there.
const actions: Action[] = [
    { key: "c", label: "Record contact", dialog: ContactDialog, look: "primary", fits: owned },
    { key: "o", label: "Outcome", dialog: OutcomeDialog, fits: (lead) => lead.place !== "exception" },
    { key: "h", label: "Hand over", dialog: HandOverDialog, fits: () => true },
    { key: "b", label: "Hand back", dialog: HandBackDialog, fits: owned },
    { key: "e", label: "Ask for a decision", dialog: DecisionDialog, fits: (lead) => lead.place !== "exception" },
];

async function acknowledge(lead: Lead): Promise<void> {
    try {
        await leadWrites.acknowledge(lead);
        toast("Noted: no escalation for a while.");
    } catch (error) {
        toast(asProblem(error).message, "bad");
    }
}

export function LeadActions({ lead }: { lead: Lead }) {
    const me = useQuery("me", () => ask(api.GET("/v1/me")), { about: ["release."] });
    const [open, setOpen] = useState<{ action: Action; lead: Lead }>();
    const mayWrite = me.data !== undefined && me.data.role !== "read" && lead.place !== "closed";
    const offered = mayWrite ? actions.filter((one) => one.fits(lead)) : [];
    const mayAcknowledge = mayWrite && owned(lead) && lead.acknowledged_until === undefined;
    useKeys([
        ...offered.map((action) => ({ keys: action.key, what: action.label, run: () => setOpen({ action, lead }) })),
        ...(mayAcknowledge ? [{ keys: "a", what: "I have it: no escalation for a while", run: () => void acknowledge(lead) }] : []),
    ]);
    if (!mayWrite) return null;
    return (
        <>
            <div class="actions lead-actions" role="group" aria-label="What to do">
                {offered.map((action) => (
                    <Button key={action.key} look={action.look ?? "plain"} keys={action.key} onClick={() => setOpen({ action, lead })}>
                        {action.label}…
                    </Button>
                ))}
                {mayAcknowledge && (
                    <Button keys="a" onClick={() => void acknowledge(lead)}>
                        I have it
                    </Button>
                )}
            </div>
            {open !== undefined && <open.action.dialog lead={open.lead} onClose={() => setOpen(undefined)} />}
        </>
    );
}
