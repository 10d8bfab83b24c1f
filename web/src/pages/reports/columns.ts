// The columns of the reports' sections: what stands above each, and how its values are read. The names
// are those of the queries; a column that is not here is shown as it is.
import type { Data } from "../../words/told";

type Unit = "text" | "count" | "percent" | "span" | "time" | "id" | "code" | "objective" | "promise" | "pool" | "rep" | "team" | "source" | "kind" | "class" | "campaign" | "person";

type Columns = Readonly<Record<string, readonly [string, Unit]>>;

const everywhere: Columns = {
    what: ["What", "text"],
    figure: ["Figure", "text"],
    lead: ["Lead", "id"],
    exception: ["Exception", "id"],
    incident: ["Incident", "id"],
    alert: ["Alert", "id"],
    surge: ["Surge", "id"],
    subject: ["About", "id"],
    class: ["Class", "class"],
    owner: ["Owner", "person"],
    who: ["Who", "person"],
    team: ["Team", "team"],
    place: ["Place", "code"],
    campaign: ["Campaign", "campaign"],
    missed: ["Not yet", "objective"],
    objective: ["Promise", "objective"],
    late_us: ["Late by", "span"],
    captured_us: ["Came", "time"],
    leads: ["Leads", "count"],
    oldest_us: ["Age of the oldest", "span"],
    load: ["Open leads", "count"],
    capacity: ["Capacity", "count"],
    duty: ["Duty", "code"],
    queue: ["Queue", "code"],
    open: ["Open", "count"],
    unclaimed: ["Unclaimed", "count"],
    hour: ["< 1 h", "count"],
    hours: ["1–4 h", "count"],
    day: ["4–24 h", "count"],
    older: ["> 1 d", "count"],
    next_due_us: ["Next decision due", "time"],
    pool: ["Pool", "pool"],
    waiting: ["Waiting", "count"],
    room: ["Room", "count"],
    rule: ["Rule", "code"],
    label: ["About", "text"],
    told: ["Told by", "code"],
    fired: ["Fired", "count"],
    fired_us: ["Fired", "time"],
    resolved_us: ["Resolved", "time"],
    lasted_us: ["Lasted", "span"],
    newest_us: ["Newest", "time"],
    kind: ["Kind", "kind"],
    name: ["Name", "text"],
    started_us: ["Began", "time"],
    times: ["Peak", "text"],
    overflow: ["Overflow", "count"],
    triage: ["Triage", "count"],
    nurture: ["Nurture", "count"],
    paced: ["Paced", "count"],
    relaxed: ["Relaxed", "count"],
    intake_us: ["Intake", "span"],
    routing_us: ["Routing", "span"],
    waiting_us: ["Waiting", "span"],
    triage_us: ["Triage", "span"],
    enrichment_us: ["Enrichment", "span"],
    crm_write_us: ["CRM", "span"],
    rep_us: ["Rep", "span"],
    state: ["State", "code"],
    title: ["Title", "text"],
    promise: ["Promise", "promise"],
    attained: ["Kept", "percent"],
    norm: ["Norm", "percent"],
    opened_us: ["Opened", "time"],
    causes: ["Causes", "text"],
    what_happened: ["What happened", "text"],
    items_open: ["To do", "count"],
    time_us: ["When", "time"],
    text: ["In words", "text"],
    number: ["N", "count"],
    due_us: ["Due", "time"],
    done_us: ["Done", "time"],
    note: ["Note", "text"],
    cause: ["Cause", "code"],
    resolved: ["Resolved", "count"],
    mean_us: ["Took on average", "span"],
    actions: ["Actions", "text"],
    people: ["People", "count"],
    resolution: ["Action", "code"],
    remediation: ["Remediation", "text"],
    claimed: ["Had been claimed", "count"],
    opened: ["Opened", "count"],
    before: ["Before", "count"],
    came: ["Came", "count"],
    assigned_in_time: ["Owner in time", "percent"],
    without_owner: ["Without", "count"],
    contacted_in_time: ["Contacted in time", "percent"],
    declared: ["Pool of the route", "pool"],
    given: ["Pool that helped", "pool"],
    owned: ["Had an owner", "count"],
    contacted_late: ["Contacted late", "count"],
    target: ["Who", "person"],
    reminders: ["Reminders", "count"],
    escalations: ["Escalations", "count"],
    within: ["Kept", "percent"],
    met: ["In time", "count"],
    late: ["Late", "count"],
};

const bySection: Readonly<Record<string, Columns>> = {
    "by-class": { value: ["Class", "class"] },
    "by-campaign": { value: ["Campaign", "campaign"] },
    "by-source": { value: ["Source", "source"] },
    "by-partner": { value: ["Partner", "text"] },
    "by-pool": { value: ["Pool", "pool"] },
    "by-rep": { value: ["Rep", "rep"] },
    surges: { kind: ["Of a", "text"], times: ["Peak", "text"] },
    kinds: { open: ["Still open", "count"] },
    "open-exceptions": { oldest_us: ["Oldest", "span"] },
    fallbacks: { resolution: ["Ended by", "code"], resolved: ["Exceptions", "count"] },
    causes: { mean_us: ["After, on average", "span"] },
    remediations: { who: ["By", "person"] },
    "remediation-items": { title: ["What", "text"] },
    changes: { what: ["What", "code"] },
    timelines: { what: ["What", "code"] },
};

export interface Column {
    name: string;
    title: string;
    unit: Unit;
}

export function columnsOf(section: string, rows: Data[]): Column[] {
    const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    return names.map((name) => {
        const [title, unit] = bySection[section]?.[name] ?? everywhere[name] ?? [name, "text" as const];
        return { name, title, unit };
    });
}

export const isNumber = (unit: Unit): boolean => ["count", "percent", "span"].includes(unit);

// What people wrote: it needs room.
export const isLong = (column: Column): boolean => ["text", "title", "what_happened", "remediation", "note", "about"].includes(column.name);
