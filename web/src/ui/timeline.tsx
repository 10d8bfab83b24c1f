// Events one below the other: when, what in words, who did it.
import type { ComponentChildren } from "preact";
import { describeEvent, eventActor, type EventNames } from "../words/events";
import { When } from "./basics";

interface TimelineEvent {
    id: string;
    type: string;
    time: string;
    data: object;
}

// A server without tokens calls everybody "local", and who sent in what was routed says nothing either.
function shownActor(event: TimelineEvent): string | undefined {
    const actor = eventActor(event);
    return actor === "local" || (event.data as { cause?: unknown }).cause === "routed" ? undefined : actor;
}

// In the order in which they are given.
export function Timeline({ events, names, label, after }: { events: readonly TimelineEvent[]; names?: EventNames; label: string; after?: ComponentChildren }) {
    return (
        <>
            <ol class="history" aria-label={label}>
                {events.map((one) => {
                    const words = describeEvent(one, names);
                    const actor = shownActor(one);
                    return (
                        <li key={one.id} class={words.tone ?? ""}>
                            <span class="history-time soft small">
                                <When at={one.time} />
                            </span>
                            <div>
                                <p class="history-title">{words.title}</p>
                                {(words.detail !== undefined || actor !== undefined) && (
                                    <p class="soft small">
                                        {words.detail}
                                        {words.detail !== undefined && actor !== undefined && " · "}
                                        {actor !== undefined && `by ${actor}`}
                                    </p>
                                )}
                            </div>
                        </li>
                    );
                })}
            </ol>
            {after}
        </>
    );
}
