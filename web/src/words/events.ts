// Every type of event in words: describeEvent(event) says what a timeline shows of it.
import { clock } from "../time";
import { leadTellers } from "./lead-events";
import { machineTellers } from "./machine-events";
import { resolutionWords, term } from "./terms";
import { type Data, type EventNames, join, nameOf, number, quoted, type Teller, text, told, type Told } from "./told";
import { capital, plain } from "./words";

export type { EventNames, Told } from "./told";

const decision = (data: Data): string => term(resolutionWords, text(data, "action") ?? "");

const exceptionTellers: Readonly<Record<string, Teller>> = {
    "exception.opened": (data, names) =>
        told(
            `Exception: ${nameOf(data, "kind", names.kind ?? plain)}`,
            join(
                text(data, "context"),
                text(data, "team") !== undefined ? `${nameOf(data, "team", names.team)} decides` : "the policy names nobody to decide",
                `by ${clock(text(data, "due_at"))}`,
            ),
            "warning",
        ),
    "exception.claimed": (data) => told("The exception was claimed", quoted(text(data, "note"))),
    "exception.released": (data) => told("Nobody is at the exception any more", quoted(text(data, "note"))),
    "exception.escalated": (data, names) =>
        told(
            text(data, "team") !== undefined ? `The exception was escalated to ${nameOf(data, "team", names.team)}` : "The exception's deadline passed: a reminder",
            join(text(data, "context"), (number(data, "count") ?? 1) > 1 && `for the ${number(data, "count")}. time`, `now due ${clock(text(data, "due_at"))}`),
            "warning",
        ),
    "exception.resolved": (data, names) =>
        told(
            `The exception was resolved${data.automatic === true ? " by itself" : ""}: ${decision(data)}`,
            join(text(data, "cause") !== undefined && `cause: ${nameOf(data, "cause", names.cause ?? plain)}`, text(data, "remediation") !== undefined && `to prevent it: ${text(data, "remediation")}`),
            "good",
        ),
};

const tellers: Readonly<Record<string, Teller>> = { ...leadTellers, ...exceptionTellers, ...machineTellers };

const idsOnly: EventNames = { rep: (id) => id };

// "meshline.lead.assigned" and "lead.assigned" alike.
export const eventName = (type: string): string => type.replace(/^meshline\./, "");

export function describeEvent(event: { type: string; data: object }, names: EventNames = idsOnly): Told {
    const name = eventName(event.type);
    return tellers[name]?.(event.data as Data, names) ?? told(capital(plain(name.replace(".", " "))));
}

// What the engine says of itself when a provider answered.
const engineItself = "effects";

// Who did it, when a person or a program did; the engine's own doings have nobody.
export function eventActor(event: { data: object }): string | undefined {
    const actor = text(event.data as Data, "actor");
    return actor === engineItself ? undefined : actor;
}
