// What the documentation consists of, in the order in which it is read, by who reads it. A file of docs/
// that is not named here stands in a group of its own. A row: name, in the navigation, what it is about.
export const groups = [
    {
        title: "Start here",
        audience: "Everybody, once",
        pages: [
            ["getting-started", "Getting started", "From nothing to a routed lead, in ten minutes"],
            ["concepts", "Concepts", "What a lead, a promise, an exception and a release are, and how they hang together"],
            ["web", "The pages", "The pages: what each shows, and its keys"],
        ],
    },
    {
        title: "Writing the policy",
        audience: "Routing owners, who decide who gets what",
        pages: [
            ["policy", "Policy", "A mesh: people, pools, sources, classes, routes, escalation, surges"],
            ["testing", "Tests of a policy", "What must stay true when the policy changes"],
            ["calendars", "Calendars", "Working hours, holidays, time off, iCalendar files"],
            ["on-call", "On call", "Who is on call: turns, layers, people who stand in"],
            ["alerts", "Alerts and incidents", "What people are told of by themselves; incidents"],
        ],
    },
    {
        title: "Connecting systems",
        audience: "Integration owners, and partners who send leads",
        pages: [
            ["contracts", "Contracts", "What partners may send: schemas, mappings, dead letters, new versions"],
            ["destinations", "Destinations", "Where events go; receipts, retries, replay"],
            ["enrichment", "Enrichment", "Asking other systems about a lead"],
            ["sync", "Two-way sync", "Changes that are made in another system"],
            ["notifications", "Notifications", "Who is told of what, how and when"],
            ["http-api", "HTTP API by task", "The API by task: send, look, act, follow"],
        ],
    },
    {
        title: "Running it",
        audience: "Whoever installs, watches, upgrades, and reports",
        pages: [
            ["operations", "Running Meshline", "Tokens, TLS, backup, upgrades, monitoring, what its errors mean"],
            ["demo", "Failure demo", "The failure demo: break things on purpose, and look for what is lost"],
            ["reports", "Reports", "The day, the week and the month, each figure with its query"],
            ["benchmarks", "Benchmarks", "What was measured, and how"],
        ],
    },
    {
        title: "Looking it up",
        audience: "Made from what the program itself is checked against",
        pages: [
            ["cli", "Commands", "Every command"],
            ["api", "API reference", "Every call of the HTTP API, with what goes in and what comes out"],
            ["config", "Configuration reference", "Every file of a mesh, every field"],
            ["kinds", "Ready-made sources", "Ready-made sources: ad platforms, forms, CRMs"],
            ["events", "Events reference", "Every event of the journal"],
            ["state-db", "Tables", "The tables, for people with sqlite3"],
        ],
    },
];

// The files of a mesh, in the order in which one writes them: name in spec/config, file, an example.
export const configFiles = [
    ["mesh", "mesh.yaml", "examples/acme/mesh.yaml"],
    ["lead", "lead.schema.json", "examples/starter/lead.schema.json"],
    ["source", "sources/*.yaml", "examples/acme/sources/partner-portal.yaml"],
    ["people", "people.yaml", "examples/starter/people.yaml"],
    ["pools", "pools.yaml", "examples/starter/pools.yaml"],
    ["pipeline", "pipelines/*.yaml", "examples/starter/pipelines/inbound.yaml"],
    ["accounts", "accounts.yaml", "examples/acme/accounts.yaml"],
    ["on-call", "on-call.yaml", "examples/acme/on-call.yaml"],
    ["alerts", "alerts.yaml", "examples/acme/alerts.yaml"],
    ["destination", "destinations/*.yaml", "examples/outbox/destinations/crm.yaml"],
    ["provider", "providers/*.yaml", "examples/outbox/providers/fraud-check.yaml"],
    ["notifications", "notifications.yaml", "examples/outbox/notifications.yaml"],
    ["test", "tests/*.yaml", "examples/starter/tests/routing.yaml"],
];

// Pages of the events reference: address, title, the first words of the types on it.
export const eventGroups = [
    ["leads", "Leads", ["lead"]],
    ["records", "Refused records", ["record"]],
    ["exceptions", "Exceptions", ["exception"]],
    ["deliveries", "Deliveries and notices", ["delivery", "destination", "notice", "page"]],
    ["sync", "Two-way sync", ["sync"]],
    ["alerts", "Alerts, silences, surges", ["alert", "silence", "surge"]],
    ["incidents", "Incidents", ["incident", "remediation"]],
    ["policy", "Releases, sources, reps", ["release", "source", "rep"]],
];
