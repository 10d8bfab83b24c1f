// One lead of a rep: how much time is left, whom to call, and what to press afterwards.
import { Link } from "wouter-preact";
import type { Lead } from "../../api/types";
import { Badge, Button, Countdown, When } from "../../ui/basics";
import type { RowSelection } from "../../ui/rows";
import { dialled, leadAbout, leadEmail, leadMessage, leadName, leadPhone, mailed } from "../../words/lead";
import { objectiveWords, term } from "../../words/terms";
import { missedWords } from "../leads/words";

export type Doing = "called" | "mailed" | "contact" | "outcome" | "acknowledge" | "back";

interface CardProps {
    lead: Lead;
    index: number;
    selection: RowSelection;
    left: boolean; // it is no longer theirs
    busy: boolean; // something is being written
    onDo: (what: Doing, lead: Lead) => void;
}

function Clock({ lead }: { lead: Lead }) {
    const missed = lead.late_count ?? 0;
    return (
        <div class="mine-clock">
            {lead.next === undefined ? (
                <span class="soft">no deadline</span>
            ) : (
                <>
                    <Countdown due={lead.next.due_at} />
                    <span class="soft small">until {term(objectiveWords, lead.next.objective)}</span>
                </>
            )}
            {missed > 0 && <Badge tone="bad">{missedWords(missed)}</Badge>}
        </div>
    );
}

function Person({ lead }: { lead: Lead }) {
    const [phone, email, message] = [leadPhone(lead), leadEmail(lead), leadMessage(lead)];
    const contacted = lead.contacted_at !== null && lead.contacted_at !== undefined;
    return (
        <div class="mine-person">
            <h2>
                <Link href={`/leads/${lead.id}`}>{leadName(lead)}</Link> <Badge tone={lead.class === "hot" ? "warning" : "idle"}>{lead.class}</Badge>{" "}
                {contacted && <Badge tone="good">contacted</Badge>}
                {lead.acknowledged_until !== undefined && !contacted && <Badge tone="accent">you have it</Badge>}
            </h2>
            <p class="soft">{leadAbout(lead)}</p>
            <p class="mine-ways">
                {phone !== undefined && (
                    <a class="button" href={dialled(phone)}>
                        Call {phone}
                    </a>
                )}
                {email !== undefined && <a href={mailed(email)}>{email}</a>}
            </p>
            {message !== undefined && <p class="mine-message small">{message}</p>}
            <p class="soft small">
                Came <When at={lead.captured_at} />
                {lead.campaign !== undefined && `, campaign ${lead.campaign}`}
                {contacted && (
                    <>
                        {" · "}contacted <When at={lead.contacted_at} />
                    </>
                )}
            </p>
        </div>
    );
}

export function Card({ lead, index, selection, left, busy, onDo }: CardProps) {
    const contacted = lead.state === "contacted";
    const chosen = selection.selected === index;
    const act = (what: Doing) => (): void => onDo(what, lead);
    const name = leadName(lead);
    const first = contacted ? "outcome" : leadPhone(lead) !== undefined ? "called" : "mailed";
    const look = (what: Doing): "primary" | "plain" => (what === first ? "primary" : "plain");
    return (
        <li data-row={index} class={`mine-card section${chosen ? " selected" : ""}${left ? " lead-gone" : ""}`} aria-current={chosen ? "true" : undefined} onFocusIn={() => selection.select(index)} onClick={() => selection.select(index)}>
            <Clock lead={lead} />
            <Person lead={lead} />
            {left ? (
                <p class="soft">No longer on your list.</p>
            ) : (
                <div class="mine-doing" role="group" aria-label={`What you did about ${name}`}>
                    <Button look={look("called")} keys="p" disabled={busy} onClick={act("called")}>
                        Called
                    </Button>
                    <Button look={look("mailed")} keys="m" disabled={busy} onClick={act("mailed")}>
                        E-mailed
                    </Button>
                    <Button look={look("outcome")} keys="o" disabled={busy} onClick={act("outcome")}>
                        Outcome…
                    </Button>
                    <Button keys="c" disabled={busy} onClick={act("contact")}>
                        Other…
                    </Button>
                    {lead.acknowledged_until === undefined && !contacted && (
                        <Button keys="a" disabled={busy} onClick={act("acknowledge")}>
                            I have it
                        </Button>
                    )}
                    <Button look="quiet" keys="b" disabled={busy} onClick={act("back")}>
                        Hand back…
                    </Button>
                </div>
            )}
        </li>
    );
}
