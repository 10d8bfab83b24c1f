// What an exception says to people: what happened in one sentence, and what happens by itself.
import type { Taxonomy } from "../../live/taxonomy";
import { listed } from "../../words/words";
import { objectiveWords, term } from "../../words/terms";
import type { Exception } from "./board";

export type RepName = (id: string) => string;

// "Nadia Costa, Marlin Retail", or what else the exception is about.
export function subjectWords(row: Exception, taxonomy: Taxonomy): string {
    if (row.about === "source") return taxonomy.sourceTitle(row.source ?? "");
    if (row.about === "pool") return `Pool ${taxonomy.poolTitle(row.pool ?? "")}`;
    if (row.about === "destination") return `Destination ${row.destination ?? ""}`;
    const who = [row.summary?.name, row.summary?.company].filter((part) => part !== undefined);
    return who.length > 0 ? who.join(", ") : `Lead ${row.lead ?? ""}`;
}

// What came before the exception, by its kind; the mesh's own kinds have their title only.
const happened: Record<string, (about: string, row: Exception) => string> = {
    missing_email: (about) => `${about} left no address at which anybody could answer.`,
    account_review: (about) => `${about} fits well but shows little intent, so a person is to decide whether to approach.`,
    ownership_gap: (about) => `${about} belongs to an account that nobody answers for.`,
    duplicate_conflict: (about) => `${about} may be somebody whom we know already.`,
    fraud_suspected: (about) => `${about} may not be a real person.`,
    enrichment_timeout: (about) => `More about ${about} was asked for, and no answer came in time.`,
    capacity_overrun: (about) => `${about}: leads wait because everybody on duty is full.`,
    contract_violation: (about) => `${about} sends records that break their contract; they are kept as dead letters.`,
    delivery_failed: (about) => `Something about ${about} could not be delivered, and is given up unless you retry.`,
    manual: (about) => `Somebody asks for a decision about ${about}.`,
};

function missed(about: string, row: Exception): string {
    const late = (row.summary?.late ?? []).map((one) => term(objectiveWords, one));
    return `${about}: the promise of ${late.length > 0 ? listed(late) : "contact"} was missed, and the escalation ladder has come to its end.`;
}

export function sentence(row: Exception, about: string, taxonomy: Taxonomy): string {
    const tell = row.kind === "objective_late" ? missed : happened[row.kind];
    return tell === undefined ? `${about}: ${taxonomy.kindTitle(row.kind).toLowerCase()}.` : tell(about, row);
}

// Where the lead is while it is not decided.
export function meanwhile(row: Exception, rep: RepName, taxonomy: Taxonomy): string | undefined {
    if (row.state !== "open" || row.about !== "lead") return undefined;
    if (row.holding) return "The lead is held here: nobody works on it until this is decided.";
    const { owner, pool, place } = row.summary ?? {};
    if (owner !== undefined) return `Meanwhile ${rep(owner)} has the lead.`;
    if (place === "waiting") return `Meanwhile the lead waits${pool === undefined ? "" : ` in ${taxonomy.poolTitle(pool)}`}.`;
    return undefined;
}

// "The lead goes to Enterprise, worldwide."
export function fallbackWords(row: Exception, taxonomy: Taxonomy): string | undefined {
    const fallback = row.fallback;
    if (fallback === undefined) return undefined;
    const team = taxonomy.teamTitle(fallback.team ?? row.team);
    switch (fallback.action) {
        case "remind":
            return row.team === "" ? "It waits on; there is no team to remind." : `${team} is reminded, and it waits on.`;
        case "requeue":
            return "The lead is routed again, past routes that lead to exceptions.";
        case "pool":
            return `The lead goes to ${taxonomy.poolTitle(fallback.pool ?? "")}.`;
        case "team":
            return `${team} is to decide instead.`;
        case "disqualify":
            return "The lead is closed as disqualified.";
        case "dismiss":
            return row.holding ? "The lead is routed again." : "The exception is closed; the lead stays where it is.";
    }
}

// A decision as it is done: "given to Ada Byron".
export const actionWords: Record<string, string> = {
    assign: "Give to a rep",
    retry: "Try again",
    requeue: "Route again, or into a pool",
    disqualify: "Disqualify the lead",
    merge: "Merge into another lead",
    dismiss: "Close the exception only",
};

// What can be decided: what is not about a lead can only be tried again or dismissed, and what holds its
// lead cannot be dismissed.
export function actionsFor(row: Exception): string[] {
    if (row.about !== "lead") return ["retry", "dismiss"];
    const all = ["assign", "requeue", "retry", "disqualify", "merge"];
    return row.holding ? all : [...all, "dismiss"];
}

// What `retry` does, as it depends on the kind.
export function retryWords(kind: string | undefined): string {
    if (kind === "delivery_failed") return "What failed is sent again, under the id that it had.";
    if (kind === "contract_violation") return "This closes the exception; dead letters are replayed below.";
    return "The lead is routed again by all routes.";
}
