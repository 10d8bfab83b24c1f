// Where an id leads: what events, timelines and reports name as L12, X45, A7, or by a name.
const pages: Readonly<Record<string, string>> = {
    L: "/leads/",
    X: "/triage/",
    D: "/dead-letters/",
    M: "/deliveries/",
    I: "/incidents/",
};

// Undefined: it has no page of its own.
export function hrefOfId(id: string): string | undefined {
    if (/^[ASZ][1-9]\d*$/.test(id)) return `/alerts#${id}`;
    const [letter, rest] = [id.charAt(0), id.slice(1)];
    const page = pages[letter];
    return page !== undefined && /^[1-9]\d*$/.test(rest) ? page + id : undefined;
}
