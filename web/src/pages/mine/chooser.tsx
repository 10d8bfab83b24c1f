// Whose leads to look at: for those who are no rep themselves.
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import type { Names } from "../../live/mesh";
import { Empty, Page } from "../../ui/basics";
import { Field } from "../../ui/dialog";
import { dutyWords, term } from "../../words/terms";

export function Chooser({ names, who }: { names: Names; who: string }) {
    const [text, setText] = useState("");
    const sought = text.trim().toLowerCase();
    const reps = Array.from(names.reps.values())
        .filter((one) => one.present && (sought === "" || `${one.name} ${one.id} ${one.team ?? ""}`.toLowerCase().includes(sought)))
        .sort((a, b) => a.name.localeCompare(b.name));
    return (
        <Page title="Whose leads?">
            <p class="soft chooser-why">You are “{who}”, which is the id of no rep. Choose one; the address can be kept as a bookmark.</p>
            <Field label="Find a rep">
                {(attributes) => <input {...attributes} type="search" value={text} placeholder="Name or team" onInput={(event) => setText(event.currentTarget.value)} />}
            </Field>
            {reps.length === 0 ? (
                <Empty title="No rep fits." />
            ) : (
                <ul class="chooser">
                    {reps.map((one) => (
                        <li key={one.id}>
                            <Link href={`/mine?rep=${encodeURIComponent(one.id)}`}>
                                <strong>{one.name}</strong>
                                <span class="soft small">
                                    {one.load} of {one.capacity}, {one.available ? term(dutyWords, one.duty) : "away"}
                                </span>
                            </Link>
                        </li>
                    ))}
                </ul>
            )}
        </Page>
    );
}
