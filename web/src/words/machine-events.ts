// The events of everything around the leads in words: deliveries, destinations, dead letters, reps,
// alerts, incidents, surges, releases.
import { clock, took } from "../time";
import { deliveryOutcomeWords, dutyWords, objectiveWords, purposeWords, targetWords, term } from "./terms";
import { type Data, type EventNames, inside, join, list, nameOf, number, quoted, share, type Teller, text, told } from "./told";
import { counted, plain } from "./words";

// "the assignment to Ana", "the event"
function what(data: Data, names: EventNames): string {
    const target = text(data, "target");
    const purpose = text(data, "purpose") ?? "deliver";
    const step = number(data, "step");
    const words = term(purposeWords, purpose) + (step !== undefined ? ` (provider ${step + 1})` : "");
    return target === undefined ? words : `${words} to ${targetWords(target, names.rep, names.team)}`;
}
const where = (data: Data, names: EventNames): string => (text(data, "destination") === undefined ? "nobody" : nameOf(data, "destination", names.destination));
const answer = (data: Data): string | undefined =>
    join(
        number(data, "status") !== undefined && `answered ${number(data, "status")}`,
        number(data, "took_us") !== undefined && `in ${took(number(data, "took_us") ?? 0)}`,
        (number(data, "attempt") ?? 0) > 1 && `attempt ${number(data, "attempt")}`,
    );

const deliveryTellers: Readonly<Record<string, Teller>> = {
    "delivery.delivered": (data, names) =>
        told(
            data.purpose === "enrich" ? `${where(data, names)} answered the enrichment request` : `${where(data, names)} received ${what(data, names)}`,
            join(data.cached === true ? "from what is remembered, without asking" : answer(data), text(data, "response_id") !== undefined && `receipt ${text(data, "response_id")}`, text(data, "external_id") !== undefined && `there it is ${text(data, "external_id")}`),
            "good",
        ),
    "delivery.failed": (data, names) =>
        told(`${where(data, names)} ${term(deliveryOutcomeWords, text(data, "outcome") ?? "")}; failed for good: ${what(data, names)}`, join(text(data, "reason"), answer(data)), data.outcome === "skipped" ? "warning" : "bad"),
    "delivery.retried": (data, names) =>
        told(`${where(data, names)} ${term(deliveryOutcomeWords, text(data, "outcome") ?? "")}: ${what(data, names)}`, join(text(data, "reason"), answer(data), `next attempt ${clock(text(data, "due_at"))}`), "warning"),
    "delivery.requeued": (data, names) => told(`To be sent again to ${where(data, names)}: ${what(data, names)}`, join(text(data, "reason"), `next attempt ${clock(text(data, "due_at"))}`)),
    "delivery.discarded": (data, names) => told(`Not sent to ${where(data, names)}: ${what(data, names)}`, text(data, "reason"), "idle"),
    "destination.changed": (data, names) => {
        const name = where(data, names);
        const changes: Record<string, ReturnType<Teller>> = {
            opened: told(`${name} failed too often: nothing is sent for a while`, join(text(data, "reason"), text(data, "until_at") !== undefined && `tried again ${clock(text(data, "until_at"))}`), "bad"),
            half_open: told(`${name} gets one delivery to see whether it works again`, text(data, "reason"), "warning"),
            closed: told(`${name} works again`, text(data, "reason"), "good"),
            paused: told(`${name} was paused`, text(data, "reason"), "warning"),
            resumed: told(`${name} was resumed`, text(data, "reason"), "good"),
            disabled: told(`${name} is not there any more and was disabled`, text(data, "reason"), "bad"),
        };
        return changes[text(data, "change") ?? ""] ?? told(`${name} changed`);
    },
};

const contract = (data: Data): string | undefined => (number(data, "contract") === undefined ? undefined : `contract v${number(data, "contract")}`);

const recordTellers: Readonly<Record<string, Teller>> = {
    "record.refused": (data, names) => told(`A record from ${nameOf(data, "source", names.source)} broke its contract`, join(text(data, "message"), contract(data), data.canary === true && "read by the candidate"), "bad"),
    "record.retried": (data) => told("Replayed, and refused again", join(text(data, "message"), contract(data)), "bad"),
    "record.discarded": (data) => told(data.reason === "expired" ? "Kept as long as the policy says, and removed" : "Discarded", data.reason === "expired" ? undefined : quoted(text(data, "reason")), "idle"),
    "notice.due": (data, names) => told(`${nameOf(data, "source", names.source)} is told that ${counted(number(data, "total") ?? 0, "record")} broke the contract`, join(data.digest === true && "as a digest", list(data, "targets").map((one) => targetWords(String(one))).join(", "))),
    "source.switched": (data, names) => {
        const name = nameOf(data, "source", names.source);
        const [active, candidate] = [number(data, "active"), number(data, "candidate")];
        const causes: Record<string, ReturnType<Teller>> = {
            shadow: told(`${name}: v${candidate} is compared with v${active}`),
            canary: told(`${name}: v${candidate} reads ${share(number(data, "share") ?? 0)} of the records`),
            promoted: told(`${name}: v${active} is in force`, undefined, "good"),
            rolled_back: told(`${name}: back to v${active}`, undefined, "warning"),
            stopped: told(`${name}: the candidate was given up, v${active} stays`, undefined, "idle"),
            fell_back: told(`${name}: the candidate refused too much and was given up, v${active} stays`, `${number(data, "refused") ?? 0} refused, ${number(data, "accepted") ?? 0} accepted in its window`, "bad"),
        };
        const one = causes[text(data, "cause") ?? ""] ?? told(`${name}: other versions are used`);
        return told(one.title, join(one.detail, quoted(text(data, "note"))), one.tone);
    },
};

const peopleTellers: Readonly<Record<string, Teller>> = {
    "rep.changed": (data, names) => told(`${names.rep(text(data, "rep") ?? "")} ${data.available === true ? "takes new leads" : "was set away"}`, `capacity ${number(data, "capacity") ?? "?"}`),
    "rep.shifted": (data, names) =>
        told(`${names.rep(text(data, "rep") ?? "")} is ${term(dutyWords, text(data, "duty") ?? "")}`, text(data, "until") !== undefined ? `until ${clock(text(data, "until"))}` : undefined),
    "release.activated": (data) => told(`Release ${(text(data, "release") ?? "").slice(0, 8)} came into force`, join(text(data, "pipeline") !== undefined && `pipeline ${text(data, "pipeline")}`, text(data, "owner") !== undefined && `owner ${text(data, "owner")}`)),
};

const rule = (data: Data): string => `${plain(text(data, "rule") ?? "alert")}${text(data, "label") !== undefined ? ` (${text(data, "label")})` : ""}`;
const silenced = (data: Data): string => `${text(data, "rule") !== undefined ? plain(text(data, "rule") ?? "") : "any alert"}${text(data, "label") !== undefined ? ` (${text(data, "label")})` : ""}`;

const alertTellers: Readonly<Record<string, Teller>> = {
    "alert.pending": (data) => told(`Alert ${rule(data)} is pending`, `holds since ${clock(text(data, "since"))}, not long enough yet`, "warning"),
    "alert.firing": (data) => told(`Alert ${rule(data)} fires`, `holds since ${clock(text(data, "since"))}`, "bad"),
    "alert.resolved": (data) => told(`Alert ${rule(data)} is over`, data.fired === true ? undefined : "it never fired", "good"),
    "silence.set": (data) => told(`Silence for ${silenced(data)}`, join(quoted(text(data, "reason")), `until ${clock(text(data, "until"))}`)),
    "silence.ended": (data) => told(`Silence for ${silenced(data)} was ended`),
    "page.due": (data, names) => {
        const rep = text(data, "rep");
        const whom = rep !== undefined ? names.rep(rep) : text(data, "team") !== undefined ? nameOf(data, "team", names.team) : "nobody named";
        return told(`${data.urgent === true ? "Paged" : "Ticket for"} ${whom}${data.repeated === true ? " again" : ""}`, text(data, "what") ?? counted(list(data, "alerts").length, "alert"), data.urgent === true ? "bad" : "warning");
    },
};

const incidentTellers: Readonly<Record<string, Teller>> = {
    "incident.opened": (data, names) =>
        told(
            `Incident: ${text(data, "title") ?? ""}`,
            join(
                text(data, "objective") !== undefined && `${term(objectiveWords, text(data, "objective") ?? "")} kept for ${share(number(data, "attained") ?? 0)}${number(data, "norm") !== undefined ? `, used to be ${share(number(data, "norm") ?? 0)}` : ""}`,
                text(data, "class") !== undefined && `class ${text(data, "class")}`,
                text(data, "team") !== undefined && `${nameOf(data, "team", names.team)} answers for it`,
            ),
            "bad",
        ),
    "incident.noted": (data) => told("Note", text(data, "text")),
    "incident.closed": (data) => told("Incident closed", join(text(data, "text"), list(data, "items").length > 0 && `${counted(list(data, "items").length, "remediation")} to do`), "good"),
    "remediation.done": (data) => told(`Remediation ${(number(data, "item") ?? 0) + 1} is done`, quoted(text(data, "note")), "good"),
    "remediation.late": (data) => told(`Remediation ${(number(data, "item") ?? 0) + 1} is late`, undefined, "bad"),
};

const surgeName = (data: Data): string => `${text(data, "kind") ?? "source"} ${text(data, "name") ?? "?"}`;
const arrivals = (data: Data): string => `${counted(number(data, "count") ?? 0, "arrival")} where ${((number(data, "expected") ?? 0) / 100).toFixed(1)} were to be expected`;

const surgeTellers: Readonly<Record<string, Teller>> = {
    "surge.started": (data) => told(`Surge of ${surgeName(data)}`, arrivals(data), "bad"),
    "surge.peaked": (data) => told(`The surge of ${surgeName(data)} is past its peak`, arrivals(data), "warning"),
    "surge.ended": (data) => {
        const measures = Object.entries(inside(data, "measures") ?? {}).map(([name, count]) => `${String(count)} ${plain(name)}`);
        return told(`The surge of ${surgeName(data)} is over`, join(counted(number(data, "leads") ?? 0, "lead"), ...measures, data.expired === true && "the plan's own time was over"), "good");
    },
};

export const machineTellers: Readonly<Record<string, Teller>> = {
    ...deliveryTellers,
    ...recordTellers,
    ...peopleTellers,
    ...alertTellers,
    ...incidentTellers,
    ...surgeTellers,
};
