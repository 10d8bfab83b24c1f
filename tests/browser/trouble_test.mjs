// Trouble, and what people do about it: an alert fires and is silenced, an incident is opened, noted,
// closed by one of two people, its remediation is done; reports lead to what is behind their numbers;
// who is on call. By the mouse and by the keyboard.
import { browserTest, check, same, until } from "./harness.mjs";

// Records that break the contract, until the rule dead-letters fires; leads to report about.
async function prepareTrouble(server) {
    const good = Array.from({ length: 30 }, (_, index) => ({
        email: `kim${index}@company${index}.example`,
        firstName: "Kim",
        lastName: `No ${index}`,
        company: `Company ${index}`,
        country: "DE",
        form: "demo",
        campaign: "autumn",
    }));
    await server.leads("website", good);
    await server.leads("partner-portal", Array.from({ length: 24 }, () => ({ nothing: "known" })));
    await until(async () => (await server.get("/v1/alerts?open=true")).alerts.some((one) => one.state === "firing"), "the alert fires", 60);
}

async function alerts({ server, ana }) {
    await ana.go("/alerts");
    await ana.sees("Dead letters");
    const list = ana.page.locator(".alerts");
    await list.getByText("100 % of its records broke their contract").waitFor();
    check(true, "an alert says what was measured, with its unit");
    check(await list.getByText("fires above 2 %").isVisible(), "and when its rule fires");
    await list.getByText("open exception").waitFor();
    same(await list.getByRole("link", { name: "Dead letters" }).getAttribute("href"), "/dead-letters?source=partner-portal", "and leads to what is behind it");

    // By the keyboard: the first alert, silenced.
    await ana.press("j", "s");
    await ana.page.waitForSelector("dialog[open]");
    await ana.page.fill('dialog textarea[name="reason"]', "the partner mends it tonight");
    await ana.page.selectOption('dialog select[name="for"]', "8h");
    await ana.page.click('dialog button[type="submit"]');
    await list.getByText("silenced").waitFor();
    const [silence] = (await server.get("/v1/silences?open=true")).silences;
    same([silence.rule, silence.label, silence.by, silence.reason], ["dead-letters", "partner-portal", "ana", "the partner mends it tonight"], "a silence is of that rule and label, with who and why");
    const hours = (Date.parse(silence.until) - Date.parse(silence.set_at)) / 3600000;
    check(Math.abs(hours - 8) < 0.01, "and lasts as long as was said", hours);

    // By the mouse: ended before its time.
    await ana.page.click('#silences button:has-text("End")');
    await until(async () => (await server.get("/v1/silences?open=true")).silences.length === 0, "the silence ends");
    await list.getByText("silenced").waitFor({ state: "detached" });
    check(true, "a silence that was ended is off the alert");
}

async function incidents({ server, ana, visit }) {
    await ana.go("/incidents");
    await ana.sees("There has been no incident");
    await ana.press("n");
    await ana.page.fill('dialog input[name="title"]', "The partner portal sends nothing useful");
    await ana.page.fill('dialog input[name="team"]', "integrations");
    await ana.press("Enter");
    await ana.page.waitForURL("**/incidents/I*");
    await ana.sees("Add a note");
    const id = ana.page.url().split("/").at(-1);
    same((await server.get(`/v1/incidents/${id}`)).opened_by, "ana", "opened by hand, by the keyboard");

    await ana.press("n");
    await ana.page.keyboard.type("The partner says: our release of this morning.");
    await ana.page.click('button:has-text("Add the note")');
    await ana.page.locator(".note").getByText("our release of this morning").waitFor();
    same(await ana.page.inputValue('textarea[name="text"]'), "", "a note stands in the timeline, and its field is empty again");
    check(await ana.page.locator(".timeline-story").getByText("Alert dead-letters").first().isVisible(), "the timeline tells what the journal knows");

    // Ben closes it while Ana is typing.
    const ben = await visit({ as: "ben" });
    await ben.go(`/incidents/${id}`);
    await ben.sees("Add a note");
    await ana.press("Escape");
    await ana.page.locator("h1").click();
    await ana.press("c");
    await ana.page.fill('dialog textarea[name="text"]', "They renamed a field.");
    await ana.page.click('dialog label:has-text("A sender changed what it sends")');
    await ana.page.fill('dialog input[name="title-0"]', "A week of notice");
    await ana.page.fill('dialog input[name="owner-0"]', "marlene.fuchs");

    await ben.page.click('button:has-text("Close it")');
    await ben.page.click('dialog button[type="submit"]');
    check(await ben.page.isVisible("dialog[open]"), "closing asks for what happened");
    await ben.page.fill('dialog textarea[name="text"]', "Contract broken for an hour.");
    await ben.page.fill('dialog input[name="title-0"]', "Ask partners for notice");
    await ben.page.fill('dialog input[name="owner-0"]', "integrations");
    await ben.page.click('dialog button:has-text("Another item")');
    await ben.page.fill('dialog input[name="title-1"]', "Alert on the first refusal");
    await ben.page.fill('dialog input[name="owner-1"]', "ben");
    ben.quiet = false; // the server says no, and the browser logs it
    await ben.page.click('dialog button[type="submit"]');
    await ben.sees("choose at least one cause");
    check(true, "and for a cause");
    await ben.page.click('dialog label:has-text("A sender changed what it sends")');
    await ben.page.click('dialog button[type="submit"]');
    await ben.sees("What is to be done: 2 items left");
    const closed = await server.get(`/v1/incidents/${id}`);
    same([closed.state, closed.closed_by, closed.causes, closed.items.map((one) => one.owner)], ["closed", "ben", ["contract_changed"], ["integrations", "ben"]], "closed with its postmortem");

    ana.quiet = false;
    await ana.page.click('dialog button[type="submit"]');
    await ana.sees("ben closed it");
    same(await ana.page.inputValue('dialog textarea[name="text"]'), "They renamed a field.", "the other is told who was first, and keeps what was typed");
    ana.quiet = true;
    await ana.press("Escape");

    await ben.page.click('button[aria-label="Done: Ask partners for notice"]');
    await ben.page.fill('dialog textarea[name="reason"]', "mail is out");
    await ben.page.click('dialog button[type="submit"]');
    await ben.sees("What is to be done: 1 item left");
    const item = (await server.get(`/v1/incidents/${id}`)).items[0];
    same([item.done, item.done_by, item.note], [true, "ben", "mail is out"], "an item is done, by whom, with a note");
    await ben.context.close();

    await ana.go("/incidents?show=todo");
    await ana.sees("1 to do");
    await ana.press("j", "Enter");
    await ana.page.waitForURL(`**/incidents/${id}`);
    check(true, "the list shows what is left, and j and Enter lead there");
    return id;
}

// "October 2026", when it is November there.
function monthBefore(zone) {
    const [year, month] = new Date().toLocaleDateString("sv-SE", { timeZone: zone }).split("-").map(Number);
    return new Date(Date.UTC(year, month - 2)).toLocaleDateString("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
}

async function reports({ ana }) {
    await ana.go("/reports");
    await ana.sees("Promises kept, hour by hour");
    await ana.page.click('nav[aria-label="Which report"] a:has-text("Month")');
    await ana.page.waitForURL("**/reports/monthly");
    await ana.page.locator("#incidents").getByText("The partner portal sends nothing useful").first().waitFor();
    check(true, "the month has its incident");
    await ana.page.selectOption('select:near(:text("Days of"))', "Europe/Berlin");
    await ana.page.waitForURL("**zone=Europe*");
    const html = await ana.page.getAttribute('.report-head a:has-text("HTML")', "href");
    same(html, "/v1/reports/monthly?zone=Europe%2FBerlin&format=html", "what is to be sent is of the same days");
    await ana.page.click('button:has-text("Before")');
    await ana.page.waitForURL("**at=*");
    await ana.page.locator("h1", { hasText: monthBefore("Europe/Berlin") }).waitFor();
    await ana.go("/reports/daily");
    await ana.page.locator("#hours a.heat-cell").first().click();
    await ana.page.waitForURL("**/leads?*");
    await ana.page.locator("main").getByText("Kim No").first().waitFor();
    check(true, "a cell of the heatmap leads to its leads");
}

async function onCall({ server, ana }) {
    const { rotations } = await server.get("/v1/on-call");
    await ana.go("/on-call");
    await ana.sees(rotations[0].now.name);
    check(await ana.page.locator("#enterprise").getByText(rotations[1].now.name).first().isVisible(), "who is on call now, in each rotation");
    await ana.go("/on-call?at=2026-12-24T12:00");
    await ana.page.locator("#inbound .on-call-person").getByText("Marlene Fuchs").waitFor();
    check(await ana.has("Jonas has time off"), "who stands in over Christmas, and why");
    await ana.page.selectOption('select:near(:text("Ahead"))', "90");
    await ana.page.waitForURL("**days=90*");
    await until(async () => (await ana.page.locator("#enterprise tbody tr").count()) > 5, "three months of hand-overs");
    check(true, "the hand-overs of three months");
}

await browserTest({}, async ({ server, visit }) => {
    await prepareTrouble(server);
    const ana = await visit({ as: "ana" });
    await alerts({ server, ana });
    const id = await incidents({ server, ana, visit });
    await reports({ ana });
    await onCall({ server, ana });
    for (const scheme of ["light", "dark"])
        for (const width of [1280, 390]) {
            const guest = await visit({ as: "ana", scheme, width });
            const found = [];
            for (const at of ["/alerts", "/incidents", `/incidents/${id}`, "/reports/daily", "/reports/monthly", "/on-call"]) {
                await guest.go(at);
                await guest.page.waitForFunction(() => document.querySelector(".loading") === null);
                found.push(...(await guest.violations()));
                const wider = await guest.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
                if (wider > 0) found.push(`${at} is ${wider} px too wide`);
            }
            same(found, [], `readable by everybody, ${scheme}, ${width} px`);
            await guest.context.close();
        }
});
