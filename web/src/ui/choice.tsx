// One of a few, all to be seen: buttons side by side, of which one is pressed.
export function Choice<Name extends string>({
    label,
    value,
    options,
    onChange,
}: {
    label: string; // for screen readers
    value: Name;
    options: Readonly<Partial<Record<Name, string>>>;
    onChange: (value: Name) => void;
}) {
    return (
        <div class="segments" role="group" aria-label={label}>
            {(Object.entries(options) as [Name, string][]).map(([name, title]) => (
                <button key={name} type="button" aria-pressed={name === value} onClick={() => onChange(name)}>
                    {title}
                </button>
            ))}
        </div>
    );
}
