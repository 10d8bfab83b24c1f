// What others did to a lead while somebody was about to write: said in words, with what is true now.
import { useNames } from "../../live/mesh";
import { useTaxonomy } from "../../live/taxonomy";
import { When } from "../../ui/basics";
import { useEventNames } from "../../words/event-names";
import { describeEvent, eventActor } from "../../words/events";
import { stateWords, term } from "../../words/terms";
import { whose } from "./words";
import type { Meanwhile } from "./write";

export function WhatHappened({ meanwhile }: { meanwhile: Meanwhile }) {
    const names = useNames();
    const eventNames = useEventNames();
    const taxonomy = useTaxonomy();
    const { lead, events } = meanwhile;
    return (
        <div class="meanwhile" role="status">
            <p class="field-label">Meanwhile</p>
            <ul>
                {events.map((one) => {
                    const words = describeEvent(one, eventNames);
                    return (
                        <li key={one.id}>
                            <strong>{eventActor(one) ?? "Meshline"}</strong>, <When at={one.time} />: {words.title}
                            {words.detail !== undefined && <span class="soft"> ({words.detail})</span>}
                        </li>
                    );
                })}
            </ul>
            <p>
                Now it is <strong>{lead.place === "closed" ? term(stateWords, lead.state) : whose(lead, names, taxonomy)}</strong>.
                {lead.place === "closed" ? " A closed lead cannot be changed." : " What you typed is still here."}
            </p>
        </div>
    );
}
