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

export function ShowNews({ count, onShow }: { count: number; onShow: () => void }) {
    return count === 0 ? null : (
        <Button look="quiet" onClick={onShow}>
            {count} new: show
        </Button>
    );
}
