// The triage board, as the people use it who work on it: found by cluster, opened, claimed and decided by
// keys and by mouse; many at once; two people at one exception; what is new while somebody looks.
import { browserTest, check, same, until } from "./harness.mjs";

const person = (number, more) => ({ firstName: "Person", lastName: String(number), company: `Company ${number}`, country: "DE", ...more });
// Nobody can answer these: the kind missing_email.
const silent = (from, count) => Array.from({ length: count }, (_, index) => person(from + index, { form: "contact" }));
// Good fit, little intent: the kind account_review.
const reviewed = (from, count) =>
    Array.from({ length: count }, (_, index) => person(from + index, { email: `p${from + index}@company${from + index}.example`, fit: 95, intent: 1, form: "download" }));

const listOf = async (server, filter) => (await server.get(`/v1/exceptions?limit=1000&${filter}`)).exceptions;
const rowsIn = (visitor) => visitor.page.locator(".triage-row .triage-link");

async function finding(server, ana) {
    const asked = [];
    const listen = (request) => asked.push(new URL(request.url()).pathname);
    ana.page.on("request", listen);
    await ana.go("/triage");
    await ana.sees("8 open");
    const urgent = await listOf(server, "state=open");
    await until(async () => (await rowsIn(ana).count()) === 8, "8 rows");
    same(
        await rowsIn(ana).evaluateAll((rows) => rows.map((row) => /X\d+/.exec(row.getAttribute("href"))[0])),
        urgent.map((one) => one.id),
        "the board has them in the server's order, most urgent first",
    );
    await ana.sees("Person 1, Company 1");
    check(true, "a row says who it is about");
    same(asked.filter((path) => path.startsWith("/v1/leads")), [], "which the list has told: no lead is asked for");
    ana.page.off("request", listen);
    same(await ana.page.locator("nav.chips .chip-group > .chip-queue").allInnerTexts(), ["Open", "validation", "accounts"], "clusters stand in their queues");
    await ana.page.click('nav.chips a.chip:has-text("No e-mail address")');
    await ana.sees("5 open");
    check(ana.page.url().endsWith("/triage?kind=missing_email"), "a cluster narrows the list, and is a link", ana.page.url());
}

// As after a release that gave a kind another queue, while some of it was open.
async function inSeveralQueues(ana) {
    await ana.page.route("**/v1/exceptions/clusters?*", async (route) => {
        const response = await route.fetch();
        const said = await response.json();
        for (const cluster of said.clusters) if (cluster.kind === "missing_email") delete cluster.queue;
        await route.fulfill({ response, json: said });
    });
    await ana.go("/triage");
    await ana.sees("several queues");
    same(await ana.page.locator("nav.chips .chip-group > a.chip-queue").allInnerTexts(), ["accounts"], "a cluster in several queues is shown as such, and is no link to one");
    await ana.page.unroute("**/v1/exceptions/clusters?*");
    await ana.go("/triage?kind=missing_email");
    await ana.sees("5 open"); // the keys need rows to move among
}

async function claimingByKeys(server, ana) {
    await ana.press("j", "Enter");
    const id = /\/triage\/(X\d+)\?kind=missing_email$/.exec(ana.page.url())?.[1];
    check(id !== undefined, "j and Enter open one, under its own address", ana.page.url());
    await ana.sees("left no address at which anybody could answer");
    for (const text of ["Find the address, or disqualify the lead.", "The lead is closed as disqualified.", "Held for a decision", "no-address", "which is still in force"]) await ana.sees(text);
    check(true, "it says what happened, what to do, what happens by itself, and why it was decided so");
    await ana.press("c");
    await ana.sees("claimed by you");
    same((await server.get(`/v1/exceptions/${id}`)).claimed_by, "ana", "c claims it");
    await ana.page.click(".triage-head button:has-text('Release')");
    await until(async () => (await server.get(`/v1/exceptions/${id}`)).claimed_by === undefined, "released");
    check(true, "the mouse releases it");
    return id;
}

async function decidingByKeys(server, ana, id) {
    await ana.press("r");
    await ana.page.waitForSelector("#decide-title");
    await ana.page.keyboard.type("Give"); // the form has the focus: its first field is the action
    await ana.page.getByLabel("To whom").selectOption("marlene.fuchs");
    await ana.page.getByLabel("Cause").selectOption("bad_data");
    await ana.page.getByLabel("Remediation").focus();
    await ana.page.keyboard.type("asked the fair for the address");
    await ana.press("Tab", "Enter");
    await ana.sees(`${id} is decided`);
    const said = await server.get(`/v1/exceptions/${id}`);
    same(
        [said.state, said.action, said.cause, said.remediation, said.resolved_by],
        ["resolved", "assign", "bad_data", "asked the fair for the address", "ana"],
        "the decision stands in the journal with cause, remediation and who",
    );
    same((await server.get(`/v1/leads/${said.lead}`)).owner, "marlene.fuchs", "the lead has its owner");
    await ana.sees("Next exception");
    await ana.press("j");
    await until(() => !ana.page.url().includes(id), "j goes on to the next one");
    check(/\/triage\/X\d+\?kind/.test(ana.page.url()), "j goes on to the next one");
    await ana.press("Escape");
    await until(() => ana.page.url().endsWith("/triage?kind=missing_email"), "Escape goes back to the list");
}

async function decidingMany(server, ana) {
    await ana.sees("4 open");
    await ana.page.getByLabel("Select all of this cluster").check();
    await ana.page.click("button:has-text('Resolve 4')");
    const dialog = ana.page.locator("dialog[open]");
    await dialog.getByLabel("What to do").selectOption("disqualify");
    await dialog.getByLabel("Cause").selectOption("bad_data");
    await dialog.getByLabel("Remediation").fill("the form asks for an address now");
    await dialog.locator("button[type=submit]").click();
    await ana.sees("4 exceptions resolved");
    await until(async () => (await listOf(server, "kind=missing_email")).length === 0, "none of the cluster is open");
    check(true, "a whole cluster is decided at once");
    const done = await listOf(server, "state=resolved&kind=missing_email&cause=bad_data");
    same(done.map((one) => one.remediation).filter((text) => text === "the form asks for an address now").length, 4, "each with the cause and the remediation");
    await dialog.locator("button:has-text('Back to the list')").click();
    await ana.sees("Nothing of this kind is open.");
    check(true, "an empty cluster says so");

    await ana.go("/triage?kind=account_review");
    await ana.sees("3 open");
    await ana.press("j", "x", "j", "x", "R");
    await ana.page.waitForSelector("dialog[open]");
    await ana.page.keyboard.type("Route"); // again, by the focus in the first field
    await ana.page.locator("dialog[open]").getByLabel("Where to").selectOption("dach");
    await ana.page.locator("dialog[open]").getByLabel("Cause").selectOption("wrong_route");
    await ana.page.locator("dialog[open]").getByLabel("Remediation").fill("the fit of these is guessed");
    await ana.press("Tab", "Enter");
    await ana.sees("2 exceptions resolved");
    same((await listOf(server, "kind=account_review")).length, 1, "x selects rows, and R decides what is selected");
    await ana.press("Enter");
}

// A manager's question: what has nobody taken? The answer is a link, and counts agree with it.
async function unclaimed(server, ana) {
    const leads = await server.leads("website", silent(50, 3));
    const rows = await Promise.all(leads.map(async ({ lead }) => (await listOf(server, `lead=${lead}`))[0]));
    await server.post(`/v1/exceptions/${rows[0].id}/claim`, {}, { "Acting-As": "ben" });
    await server.post(`/v1/exceptions/${rows[1].id}/claim`, {}, { "Acting-As": "ana" });
    const free = await listOf(server, "claimed=nobody");
    check(free.some((one) => one.id === rows[2].id) && !free.some((one) => one.claimed_by !== undefined), "the server lists what nobody has taken");
    const all = (await listOf(server, "")).length;

    await ana.go("/triage");
    await ana.sees(`${all} open`);
    const claims = ana.page.getByLabel("Claims");
    await claims.selectOption({ label: "Unclaimed" });
    await ana.sees(`${free.length} open`);
    check(ana.page.url().endsWith("/triage?claimed=nobody"), "what nobody has taken has its own address", ana.page.url());
    const told = async () => Number(await ana.page.locator("nav.chips .chip.on .chip-count").first().innerText());
    await until(async () => (await told()) === free.length, "clusters count what is listed");
    check(true, "clusters count what is listed");
    const chip = ana.page.locator('nav.chips a.chip:has-text("No e-mail address")');
    same(await chip.locator(".chip-count").innerText(), String(free.filter((one) => one.kind === "missing_email").length), "each of them");
    await chip.click();
    await until(() => ana.page.url().endsWith("/triage?claimed=nobody&kind=missing_email"), "a cluster of it");
    check(true, "a cluster narrows that further");

    // Taken, it is no longer among them; the exception stays open beside the list.
    await ana.page.click(`.triage-row a[href^="/triage/${rows[2].id}?"]`);
    await ana.sees("left no address");
    await ana.press("c");
    await ana.sees("claimed by you");
    await ana.page.mouse.move(5, 5);
    await until(async () => (await ana.page.locator(`.triage-row a[href^="/triage/${rows[2].id}?"]`).count()) === 0, "the claimed one has left the list");
    check(await ana.has("claimed by you"), "what is claimed leaves the list, and stays open beside it");

    await claims.selectOption({ label: "Mine" });
    await ana.press("Escape");
    await ana.sees("2 open");
    same((await listOf(server, "claimed=ana")).map((one) => one.id).sort(), [rows[1].id, rows[2].id].sort(), "the server says whose they are");
    check(ana.page.url().includes("claimed=ana"), "mine have their own address", ana.page.url());
    await ana.page.getByLabel("Select all of this cluster").check();
    await ana.page.click("button:has-text('Resolve 2')");
    const dialog = ana.page.locator("dialog[open]");
    await dialog.getByLabel("What to do").selectOption("disqualify");
    await dialog.getByLabel("Cause").selectOption("spam");
    await dialog.getByLabel("Remediation").fill("nobody is there");
    await dialog.locator("button[type=submit]").click();
    await ana.sees("2 exceptions resolved");
    await dialog.locator("button:has-text('Back to the list')").click();
    await ana.sees("Nothing here is claimed by you.");
    same((await server.get(`/v1/exceptions/${rows[0].id}`)).state, "open", "all of mine are resolved, and nothing that ben is at");
}

// Two people at one exception. The second one hears of the first by the stream, or, when that is cut, by
// the server's refusal; what was typed stays, and nothing is overwritten.
async function together(server, visit, ana, live) {
    const ben = await visit({ as: "ben" });
    const [lead] = await server.leads("website", silent(live ? 100 : 101, 1));
    const [row] = await listOf(server, `lead=${lead.lead}`);
    if (!live) await ana.page.route("**/v1/changes", (route) => route.abort());
    ana.quiet = live; // browsers log what was refused
    for (const visitor of [ana, ben]) {
        await visitor.go(`/triage/${row.id}`);
        await visitor.sees("left no address");
        await visitor.press("r");
        await visitor.page.getByLabel("What to do").selectOption("disqualify");
        await visitor.page.getByLabel("Cause").selectOption("spam");
    }
    await ana.page.getByLabel("Remediation").fill("a long text of ana's");
    await ben.page.getByLabel("Remediation").fill("ben was first");
    await ben.page.click(".triage-decide button[type=submit]");
    await ben.sees(`${row.id} is decided`);
    if (!live) await ana.page.click(".triage-decide button[type=submit]");
    await until(async () => /ben resolved this .*disqualified.*ben was first/.test((await ana.page.innerText(".triage-decide")).replaceAll("\n", " ")), "ana sees what ben did");
    check(true, `what the other one did is shown, ${live ? "as it happens" : "when the server refuses"}`);
    same(await ana.page.getByLabel("Remediation").inputValue(), "a long text of ana's", "what was typed stays");
    check(await ana.page.isDisabled(".triage-decide button[type=submit]"), "there is nothing left to send");
    same((await server.get(`/v1/exceptions/${row.id}`)).remediation, "ben was first", "nothing is overwritten");
    if (live) same(await ana.violations(), [], "no accessibility violation in a conflict");
    await ana.page.unroute("**/v1/changes");
    ana.quiet = true;
    await ben.context.close();
}

async function claimedByAnother(server, visit, ana) {
    const [lead] = await server.leads("website", silent(200, 1));
    const [row] = await listOf(server, `lead=${lead.lead}`);
    await ana.go(`/triage/${row.id}`);
    await ana.sees("left no address");
    await server.post(`/v1/exceptions/${row.id}/claim`, {}, { "Acting-As": "ben" });
    await ana.sees("ben is at it");
    check(await ana.has("Take over from ben"), "a claim of somebody else is seen at once");
    await ana.page.click("button:has-text('Take over from ben')");
    await ana.sees("claimed by you");
    same((await server.get(`/v1/exceptions/${row.id}`)).claimed_by, "ana", "and can be taken over");
}

async function stayingCalm(server, ana) {
    await ana.go("/triage");
    await until(async () => (await rowsIn(ana).count()) > 0, "rows");
    const before = await rowsIn(ana).allInnerTexts();
    await rowsIn(ana).first().hover();
    await server.leads("website", silent(300, 2));
    await ana.sees("2 new: show");
    same((await rowsIn(ana).count()), before.length, "rows do not move under the mouse; what is new is counted");
    await ana.page.click("button:has-text('2 new: show')");
    await until(async () => (await rowsIn(ana).count()) === before.length + 2, "they are shown when asked for");
    check(true, "they are shown when asked for");
    // When the row under the mouse goes away, the browser may not tell that the mouse left: here it never does.
    await rowsIn(ana).first().hover();
    await ana.page.locator(".triage-list").evaluate((list) => list.addEventListener("pointerleave", (event) => event.stopImmediatePropagation(), { capture: true }));
    await ana.page.mouse.move(5, 5);
    await server.leads("website", silent(310, 1));
    await until(async () => (await rowsIn(ana).count()) === before.length + 3, "without the mouse in the list new ones come by themselves");
    check(true, "without the mouse in the list new ones come by themselves");
}

// Something more urgent comes while one is open and the mouse is elsewhere: what is open stays where it is.
async function keepingPlace(server, ana) {
    const [lead] = await server.leads("website", reviewed(400, 1));
    const [row] = await listOf(server, `lead=${lead.lead}`);
    await ana.go(`/triage/${row.id}`);
    const mine = ana.page.locator(".triage-row.current");
    await mine.waitFor();
    // In the list: a new kind may need another line for its cluster above it.
    const place = async () => Math.round((await mine.boundingBox()).y - (await ana.page.locator(".virtual").boundingBox()).y);
    const before = await place();
    await server.post(`/v1/leads/${lead.lead}/exceptions`, { kind: "ownership_gap", note: "the account changed hands" });
    await until(async () => (await ana.page.innerText(".triage-list")).includes("1 new above"), "it says that one came above");
    same(await place(), before, "what is looked at stays in its place; what came above is counted");
    await ana.page.click("button:has-text('1 new above')");
    await until(async () => (await rowsIn(ana).first().innerText()).includes("Nobody answers for this lead"), "the most urgent is first");
    check(true, "and is one press away");
}

async function replaying(server, ana) {
    await server.leads("webinars", [{ email: 17, country: "DE" }, { email: 18, country: "DE" }]);
    const [row] = await until(async () => {
        const found = await listOf(server, "kind=contract_violation");
        return found.length > 0 && found;
    }, "an exception about the source");
    await ana.go(`/triage/${row.id}`);
    await ana.sees("Dead letters that wait");
    await ana.page.click("button:has-text('Replay 2')");
    await ana.sees("2 are still refused");
    const letters = (await server.get("/v1/dead-letters?source=webinars")).dead_letters;
    same(letters.map((one) => one.attempts), [2, 2], "dead letters are replayed from here, and it says what came of it");
}

await browserTest({}, async ({ server, visit }) => {
    await server.leads("website", [...silent(1, 5), ...reviewed(20, 3)]);
    const ana = await visit({ as: "ana" });
    await finding(server, ana);
    await inSeveralQueues(ana);
    const id = await claimingByKeys(server, ana);
    await decidingByKeys(server, ana, id);
    await decidingMany(server, ana);
    await unclaimed(server, ana);
    await together(server, visit, ana, true);
    await together(server, visit, ana, false);
    await claimedByAnother(server, visit, ana);
    await stayingCalm(server, ana);
    await keepingPlace(server, ana);
    await replaying(server, ana);

    await ana.go("/triage?state=resolved");
    await ana.sees("disqualified");
    check(await ana.has("by itself") || await ana.has("What was sent is wrong or missing"), "what was decided can be looked at, by cause");
    same(await ana.violations(), [], "no accessibility violation in what was decided");
    const [row] = await listOf(server, "kind=missing_email");
    for (const scheme of ["light", "dark"])
        for (const width of [1280, 390]) {
            const guest = await visit({ scheme, width, as: "gina" });
            for (const at of ["/triage", `/triage/${row.id}`]) {
                await guest.go(at);
                await until(async () => (await guest.page.locator(at.includes("/X") ? ".triage-sentence" : ".triage-row").count()) > 0, "it is there");
                if (at.includes("/X")) {
                    await guest.sees("which is still in force");
                    await guest.press("r");
                    await guest.page.waitForSelector("#decide-title");
                }
                same(await guest.violations(), [], `no accessibility violation, ${at.replace(row.id, "X")}, ${scheme}, ${width} px`);
                const wider = await guest.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
                check(wider <= 0, `nothing is wider than the page, ${at.replace(row.id, "X")}, ${scheme}, ${width} px`, wider);
            }
            await guest.context.close();
        }
});
