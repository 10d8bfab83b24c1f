// The search box and the filters above the list of leads. What is chosen stands in the address.
import { useEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../../keys";
import type { Names } from "../../live/mesh";
import { Button } from "../../ui/basics";
import { Field } from "../../ui/dialog";
import { SelectField } from "../../ui/select";
import type { Parameters } from "../../url";
import { filterRows, filtersIn, sorts, type FilterRow, type Options } from "./filters";

type Change = (change: Record<string, string | undefined>) => void;

const TYPING_MS = 300;

// Searches while one types, after a moment.
function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
    const input = useRef<HTMLInputElement>(null);
    const timer = useRef<ReturnType<typeof setTimeout>>();
    useEffect(() => {
        if (input.current !== null && document.activeElement !== input.current) input.current.value = value;
    }, [value]);
    useEffect(() => () => clearTimeout(timer.current), []);
    const search = (): void => {
        clearTimeout(timer.current);
        const text = input.current?.value.trim() ?? "";
        if (text !== value) onChange(text);
    };
    const onInput = (): void => {
        clearTimeout(timer.current);
        timer.current = setTimeout(search, TYPING_MS);
    };
    return (
        <div class="lead-search">
            <Field label="Search">
                {(attributes) => (
                    <input
                        {...attributes}
                        ref={input}
                        type="search"
                        defaultValue={value}
                        placeholder="Name, company, e-mail, phone or L12"
                        onInput={onInput}
                        onKeyDown={(event) => {
                            if (event.key === "Enter") search();
                            if (event.key === "Escape") input.current?.blur();
                        }}
                    />
                )}
            </Field>
        </div>
    );
}

function optionsOf(row: FilterRow, names: Names): Options | undefined {
    const named = (ids: string[], name: (id: string) => string): Options =>
        ids.map((id) => [id, name(id)] as const).sort((a, b) => a[1].localeCompare(b[1]));
    const contract = names.contract;
    switch (row.name) {
        case "class":
            return names.classes.map((one) => [one, one] as const);
        case "rep":
            return named([...names.reps.keys()], (id) => names.name("rep", id));
        case "source":
            return named((contract?.sources ?? []).map((one) => one.name), (id) => names.name("source", id));
        case "pool":
            return named((contract?.pools ?? []).map((one) => one.id), (id) => names.name("pool", id));
        case "route":
            return (contract?.routes ?? []).map((one) => [one.name, one.name] as const);
        default:
            return row.options;
    }
}

// A value of a filter in words.
function valueWords(row: FilterRow, value: string, names: Names): string {
    if (row.kind === "date" && value.includes("T")) return new Date(value).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    return optionsOf(row, names)?.find(([one]) => one === value)?.[1] ?? value;
}

function FilterField({ row, value, names, onChange }: { row: FilterRow; value: string; names: Names; onChange: (value: string) => void }) {
    const options = optionsOf(row, names);
    if (options !== undefined)
        return <SelectField label={row.label} value={value} options={[["", "Any"], ...options]} onChange={onChange} />;
    return (
        <Field label={row.label}>
            {(attributes) => (
                <input
                    {...attributes}
                    key={value}
                    type={row.kind === "date" && !value.includes("T") ? "date" : "text"}
                    defaultValue={value}
                    onChange={(event) => onChange(event.currentTarget.value.trim())}
                />
            )}
        </Field>
    );
}

function Chips({ parameters, names, change }: { parameters: Parameters; names: Names; change: Change }) {
    const chosen = filtersIn(parameters);
    if (chosen.length === 0) return null;
    const clear = Object.fromEntries(chosen.map((row) => [row.name, undefined]));
    return (
        <div class="lead-chips" role="group" aria-label="Filters in use">
            {chosen.map((row) => (
                <button key={row.name} type="button" class="lead-chip" onClick={() => change({ [row.name]: undefined, cursor: undefined })}>
                    <span class="soft">{row.label}:</span> {valueWords(row, parameters[row.name] ?? "", names)} <span aria-hidden="true">✕</span>
                    <span class="sr-only">, take this filter away</span>
                </button>
            ))}
            {chosen.length > 1 && (
                <Button look="quiet" onClick={() => change({ ...clear, cursor: undefined })}>
                    Clear all
                </Button>
            )}
        </div>
    );
}

export function FilterBar({ parameters, names, change }: { parameters: Parameters; names: Names; change: Change }) {
    const [more, setMore] = useState(false);
    const set = (name: string) => (value: string): void => change({ [name]: value === "" ? undefined : value, cursor: undefined });
    useKeys([{ keys: "f", what: more ? "Fewer filters" : "More filters", run: () => setMore(!more) }]);
    return (
        <div class="lead-filters">
            <div class="filters">
                <SearchBox value={parameters.q ?? ""} onChange={set("q")} />
                {filterRows
                    .filter((row) => row.often === true)
                    .map((row) => (
                        <div key={row.name} class="lead-often">
                            <FilterField row={row} value={parameters[row.name] ?? ""} names={names} onChange={set(row.name)} />
                        </div>
                    ))}
                <div class="lead-often">
                    <SelectField label="Order" value={parameters.sort ?? ""} options={sorts} onChange={set("sort")} />
                </div>
                <Button aria-expanded={more} aria-controls="more-filters" onClick={() => setMore(!more)}>
                    {more ? "Fewer filters" : "More filters"}
                </Button>
            </div>
            <div class={more ? "filters lead-more-filters open" : "filters lead-more-filters"} id="more-filters">
                {filterRows.map((row) => (
                    <div key={row.name} class={row.often === true ? "lead-repeated" : ""}>
                        <FilterField row={row} value={parameters[row.name] ?? ""} names={names} onChange={set(row.name)} />
                    </div>
                ))}
            </div>
            <Chips parameters={parameters} names={names} change={change} />
        </div>
    );
}
