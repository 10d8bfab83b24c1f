// My leads: a rep's open leads, the most pressing first, each with its clock and what one press records.
import { useEffect, useRef, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { api, ask } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Lead } from "../../api/types";
import { useKeys } from "../../keys";
import { useNames, type Names, type Rep } from "../../live/mesh";
import { useQuery } from "../../live/query";
import { Badge, Button, Empty, Loaded, Loading, Page, When } from "../../ui/basics";
import { useCalmRows } from "../../ui/calm";
import { Dialog } from "../../ui/dialog";
import { useRows } from "../../ui/rows";
import { ShowNews } from "../../ui/select";
import { toast } from "../../ui/toast";
import { useNow } from "../../time";
import { useParameters } from "../../url";
import { leadName } from "../../words/lead";
import { dutyWords, term } from "../../words/terms";
import { ContactDialog, HandBackDialog, OutcomeDialog } from "../leads/dialogs";
import { WhatHappened } from "../leads/what-happened";
import { Meanwhile, leadWrites } from "../leads/write";
import { Card, type Doing } from "./card";
import { Chooser } from "./chooser";

const LIMIT = 100;
const IDLE_MS = 60_000;
type Asking = { what: "contact" | "outcome" | "back"; lead: Lead };

// What one press does, and what it says afterwards.
const presses: Partial<Record<Doing, { write: (lead: Lead) => Promise<unknown>; done: (name: string) => string }>> = {
    called: { write: (lead) => leadWrites.contact(lead, "phone"), done: (name) => `Recorded: you called ${name}.` },
    mailed: { write: (lead) => leadWrites.contact(lead, "mail"), done: (name) => `Recorded: you e-mailed ${name}.` },
    acknowledge: { write: (lead) => leadWrites.acknowledge(lead), done: (name) => `Noted: you have ${name}. No escalation for a while.` },
};

// "I am at lunch": no new leads until the rep is back.
function Availability({ rep, onChanged }: { rep: Rep; onChanged: () => void }) {
    const [busy, setBusy] = useState(false);
    const change = async (): Promise<void> => {
        setBusy(true);
        try {
            await ask(api.PATCH("/v1/reps/{id}", { params: { path: { id: rep.id } }, body: { available: !rep.available } }));
            toast(rep.available ? `${rep.name} gets no new leads for now.` : `${rep.name} takes new leads again.`);
            onChanged();
        } catch (error) {
            toast(asProblem(error).message, "bad");
        } finally {
            setBusy(false);
        }
    };
    return (
        <Button disabled={busy} onClick={() => void change()}>
            {rep.available ? "No new leads for now" : "Take new leads again"}
        </Button>
    );
}

function Summary({ leads, rep }: { leads: readonly Lead[]; rep: Rep | undefined }) {
    const now = useNow();
    const overdue = leads.filter((one) => one.next !== undefined && Date.parse(one.next.due_at) < now).length;
    const toContact = leads.filter((one) => one.state !== "contacted").length;
    return (
        <p class="mine-summary">
            <strong>{toContact}</strong> to contact, <strong>{leads.length - toContact}</strong> waiting for an outcome
            {overdue > 0 && (
                <>
                    {" "}
                    <Badge tone="bad">{overdue} overdue</Badge>
                </>
            )}
            {rep !== undefined && (
                <span class="soft">
                    {" · "}
                    {leads.length} of {rep.capacity} taken, {rep.available ? term(dutyWords, rep.duty) : "set away"}
                </span>
            )}
        </p>
    );
}

function NothingToDo({ rep, own }: { rep: Rep | undefined; own: boolean }) {
    const who = own ? "You are" : `${rep?.name ?? ""} is`;
    return (
        <Empty title="Nothing to do.">
            {rep === undefined ? (
                <p>No lead is open here.</p>
            ) : !rep.available ? (
                <p>{who} set away, so no new leads come.</p>
            ) : rep.duty !== "on_duty" ? (
                <p>
                    {who} {term(dutyWords, rep.duty)}
                    {typeof rep.duty_until === "string" && (
                        <>
                            ; duty begins <When at={rep.duty_until} />
                        </>
                    )}
                    .
                </p>
            ) : (
                <p>{who} on duty: a new lead appears here within a second.</p>
            )}
        </Empty>
    );
}

function MyList({ id, names, own }: { id: string; names: Names; own: boolean }) {
    const [, navigate] = useLocation();
    const [asking, setAsking] = useState<Asking>();
    const [conflict, setConflict] = useState<Meanwhile>();
    const [busy, setBusy] = useState(false);
    const found = useQuery(
        `mine-${id}`,
        () => ask(api.GET("/v1/leads", { params: { query: { rep: id, place: "owned", sort: "due", limit: LIMIT } } })),
        { about: ["lead.", "sync."], atMost: 1500 },
    );
    const shown = useRef<Lead[]>([]);
    const selection = useRows(shown.current.length, "lead", (index) => {
        const lead = shown.current[index];
        if (lead !== undefined) navigate(`/leads/${lead.id}`);
    });
    const calm = useCalmRows(found.data?.leads, (lead) => lead.id, id, selection.selected >= 0);
    shown.current = calm.rows ?? [];
    const letGo = (): void => selection.select(-1);
    const showAll = (): void => {
        letGo();
        calm.showAll();
    };
    // A list that nobody touches any more follows what happens again.
    useEffect(() => {
        if (selection.selected < 0 || asking !== undefined) return undefined;
        const timer = setTimeout(letGo, IDLE_MS);
        return () => clearTimeout(timer);
    }, [selection.selected, asking, busy]);

    const press = async (what: Doing, lead: Lead): Promise<void> => {
        const one = presses[what];
        if (one === undefined || busy) return;
        setBusy(true);
        try {
            await one.write(lead);
            toast(one.done(leadName(lead)));
        } catch (error) {
            if (error instanceof Meanwhile) setConflict(error);
            else toast(asProblem(error).message, "bad");
        } finally {
            setBusy(false);
            found.refresh();
        }
    };
    const onDo = (what: Doing, lead: Lead): void => {
        if (what === "contact" || what === "outcome" || what === "back") setAsking({ what, lead });
        else void press(what, lead);
    };
    const byKey = (what: Doing) => (): void => {
        const lead = shown.current[selection.selected];
        if (lead === undefined) selection.select(0);
        else if (!calm.left.has(lead.id)) onDo(what, lead);
    };
    useKeys([
        { keys: "p", what: "I called", run: byKey("called") },
        { keys: "m", what: "I e-mailed", run: byKey("mailed") },
        { keys: "c", what: "Another contact", run: byKey("contact") },
        { keys: "o", what: "Outcome", run: byKey("outcome") },
        { keys: "a", what: "I have it", run: byKey("acknowledge") },
        { keys: "b", what: "Hand back", run: byKey("back") },
        { keys: "Escape", what: "Let the list go on", run: showAll },
    ]);
    const close = (): void => {
        setAsking(undefined);
        found.refresh();
    };
    const newest = useQuery(`rep-${id}`, () => ask(api.GET("/v1/reps/{id}", { params: { path: { id } } })), { about: ["rep.", "release."], atMost: 5000 });
    const rep = newest.data ?? names.reps.get(id);
    return (
        <Loaded query={found}>
            {(data) => (
                <>
                    <div class="mine-top">
                        {data.leads.length > 0 ? <Summary leads={data.leads} rep={rep} /> : <span />}
                        {rep !== undefined && <Availability rep={rep} onChanged={newest.refresh} />}
                    </div>
                    <div role="status">
                        <ShowNews count={calm.news} onShow={showAll} underPointer={calm.underPointer} />
                    </div>
                    {shown.current.length === 0 ? (
                        <NothingToDo rep={rep} own={own} />
                    ) : (
                        <ol class="mine-cards" {...calm.hold}>
                            {shown.current.map((lead, index) => (
                                <Card key={lead.id} lead={lead} index={index} selection={selection} left={calm.left.has(lead.id)} busy={busy} onDo={onDo} />
                            ))}
                        </ol>
                    )}
                    {data.leads.length >= LIMIT && (
                        <p class="soft">
                            These are the {LIMIT} most pressing. <Link href={`/leads?rep=${encodeURIComponent(id)}&place=owned&sort=due`}>See all</Link>
                        </p>
                    )}
                    {asking?.what === "contact" && <ContactDialog lead={asking.lead} onClose={close} />}
                    {asking?.what === "outcome" && <OutcomeDialog lead={asking.lead} onClose={close} />}
                    {asking?.what === "back" && <HandBackDialog lead={asking.lead} onClose={close} />}
                    {conflict !== undefined && (
                        <Dialog title={`${leadName(conflict.lead)} has changed`} onClose={() => setConflict(undefined)}>
                            <p>Nothing was recorded.</p>
                            <WhatHappened meanwhile={conflict} />
                        </Dialog>
                    )}
                </>
            )}
        </Loaded>
    );
}

export function MinePage() {
    const names = useNames();
    const me = useQuery("me", () => ask(api.GET("/v1/me")), { about: ["release."] });
    const [parameters] = useParameters();
    const own = me.data !== undefined && names.reps.has(me.data.name) ? me.data.name : "";
    const id = parameters.rep ?? own; // "": choose
    const rep = names.reps.get(id);
    if (me.data === undefined || names.reps.size === 0)
        return (
            <Page title="My leads">
                <Loading />
            </Page>
        );
    if (id === "") return <Chooser names={names} who={me.data.name} />;
    return (
        <Page
            title={id === own ? "My leads" : `Leads of ${rep?.name ?? id}`}
            actions={
                <Link class="button" href="/mine?rep=">
                    {id === own ? "Somebody else's" : "Whose else?"}
                </Link>
            }
        >
            <MyList key={id} id={id} names={names} own={id === own} />
        </Page>
    );
}
