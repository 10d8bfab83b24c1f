// Views of the list: some that everybody needs, and those that this browser keeps. Each is a link.
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { Button } from "../../ui/basics";
import { Dialog, Field, WriteForm } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import { query, type Parameters } from "../../url";

interface View {
    name: string;
    search: string; // "?place=waiting", or ""
}

const given: View[] = [
    { name: "All", search: "" },
    { name: "Promise overdue", search: "?outcome=overdue&sort=due" },
    { name: "Waiting", search: "?place=waiting&sort=due" },
    { name: "Needs a decision", search: "?place=exception&sort=due" },
    { name: "With a rep", search: "?place=owned&sort=due" },
    { name: "Nurture", search: "?place=nurture" },
];
const storeKey = "meshline-lead-views";

function kept(): View[] {
    try {
        const read: unknown = JSON.parse(localStorage.getItem(storeKey) ?? "[]");
        return Array.isArray(read) ? read.filter((one: View) => typeof one?.name === "string" && typeof one?.search === "string") : [];
    } catch {
        return []; // not ours: begin anew
    }
}

// The same filters in another order are the same view.
const same = (a: string, b: string): boolean => {
    const sorted = (search: string): string => [...new URLSearchParams(search)].map(String).sort().join("&");
    return sorted(a) === sorted(b);
};

export function Views({ parameters }: { parameters: Parameters }) {
    const [own, setOwn] = useState(kept);
    const [naming, setNaming] = useState(false);
    const { cursor: _, ...lasting } = parameters;
    const here = query(lasting);
    const store = (views: View[]): void => {
        localStorage.setItem(storeKey, JSON.stringify(views));
        setOwn(views);
    };
    const save = async (values: Record<string, string>): Promise<void> => {
        const name = (values.name ?? "").trim();
        store([...own.filter((one) => one.name !== name), { name, search: here }]);
        toast(`The view “${name}” is kept in this browser.`);
    };
    const current = [...given, ...own].find((one) => same(one.search, here));
    return (
        <nav class="lead-views" aria-label="Views">
            {[...given, ...own].map((one) => (
                <span key={one.name + one.search} class="lead-view">
                    <Link href={"/leads" + one.search} aria-current={one === current ? "page" : undefined}>
                        {one.name}
                    </Link>
                    {own.includes(one) && one === current && (
                        <Button look="quiet" aria-label={`Forget the view ${one.name}`} onClick={() => store(own.filter((other) => other !== one))}>
                            ✕
                        </Button>
                    )}
                </span>
            ))}
            {current === undefined && (
                <Button look="quiet" onClick={() => setNaming(true)}>
                    Keep this view…
                </Button>
            )}
            {naming && (
                <Dialog title="Keep this view" onClose={() => setNaming(false)}>
                    <WriteForm label="Keep it" submit={save} onDone={() => setNaming(false)}>
                        <Field label="Name" hint="It is kept in this browser. To share it, send its address.">
                            {(attributes) => <input {...attributes} name="name" required maxLength={40} autocomplete="off" />}
                        </Field>
                    </WriteForm>
                </Dialog>
            )}
        </nav>
    );
}
