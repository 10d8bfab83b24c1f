// A filter with few values, and the button that shows what came while a list was held.
import { Button } from "./basics";
import { Field } from "./dialog";

export function SelectField({
    label,
    value,
    options,
    onChange,
}: {
    label: string;
    value: string;
    options: readonly (readonly [string, string])[]; // value and what is read
    onChange: (value: string) => void;
}) {
    const known = options.some(([one]) => one === value);
    return (
        <Field label={label}>
            {(attributes) => (
                <select {...attributes} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
                    {!known && <option value={value}>{value}</option>}
                    {options.map(([one, name]) => (
                        <option key={one} value={one}>
                            {name}
                        </option>
                    ))}
                </select>
            )}
        </Field>
    );
}

// `underPointer`: there is nothing to press, because on its way to the button the pointer leaves the list.
export function ShowNews({ count, onShow, underPointer = false }: { count: number; onShow: () => void; underPointer?: boolean }) {
    if (count === 0) return null;
    if (underPointer) return <span class="soft small">{count} new, shown when the pointer leaves the list</span>;
    return (
        <Button look="quiet" onClick={onShow}>
            {count} new: show
        </Button>
    );
}
