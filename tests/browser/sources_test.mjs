// Sources and dead letters: a partner sends the next version's records too early. Somebody finds out
// why, tries the version, replays what was refused, and puts the version in force.
import { browserTest, check, same, until } from "./harness.mjs";

const EARLY = 137; // more than one call replays

const early = (n) => ({
    deal: { id: `D-${n}` },
    contact: { given_name: `Kim${n}`, family_name: "Lee", email: `kim${n}@firm.example` },
    company: { name: "Firm", country: "FR", employees: 50 + n },
});
const fine = (n) => ({ deal_registration: `deal-${n}`, email: `pat${n}@customer.example`, country: "DE" });

async function prepareRecords(server) {
    const post = (record) => server.post("/v1/sources/partner-portal/leads", record).catch(() => undefined);
    for (let n = 0; n < 3; n++) await post(fine(n));
    await server.post("/v1/sources/partner-portal/rollout", { action: "shadow", version: 2 });
    await server.leads("partner-portal", Array.from({ length: EARLY }, (_, n) => early(n)));
    await post({ ...fine(90), employees: "many", email: "zo" });
}

const clusterOf = async (server, start) => {
    const said = await server.get("/v1/dead-letters/clusters");
    return said.clusters.find((one) => one.violation.startsWith(start));
};

await browserTest({}, async ({ server, visit }) => {
    await prepareRecords(server);
    const ana = await visit({ as: "ana" });
    const { page } = ana;

    // What is wrong is told at first glance, and where.
    await ana.go("/sources");
    await ana.sees("Partner portal");
    await ana.sees("98 %");
    check(true, "the list tells how much is refused");
    await page.click("text=Partner portal");
    await ana.sees("Taken here, refused by version 1");
    await ana.sees("deal is not expected here");
    check(true, "the source's page tells what differs, and what is wrong");
    const docs = await page.getAttribute("text=Published contract", "href");
    same((await fetch(server.url + docs)).status, 200, "the published contract is a link away");

    // By mouse: the cluster is replayed by the version that takes it, after a dry run.
    await ana.go("/dead-letters");
    await page.click("tr:has-text('deal is not expected') >> text=Replay…");
    await ana.sees(`${EARLY} would still be refused`);
    await ana.sees(`${EARLY} would become leads`);
    same((await clusterOf(server, "/additionalProperties")).count, EARLY, "a dry run changes nothing");
    await page.click("label:has-text('Read by version 2')");
    await page.click(`text=Replay ${EARLY} dead letters`);
    await ana.sees(`${EARLY} became leads`);
    same(await clusterOf(server, "/additionalProperties"), undefined, "after the replay none of them is open");
    const replayed = await server.get("/v1/dead-letters?state=replayed&limit=1000");
    same(replayed.dead_letters.length, EARLY, "all of them became leads");
    await ana.press("Escape");
    await until(async () => !(await ana.has("deal is not expected here")), "they leave the list");
    check(true, "the list follows");

    // Somebody reads the list: it keeps its order under the mouse, and says what is new.
    await ana.go("/dead-letters");
    await page.hover("[data-row='1']");
    await page.mouse.move(600, 500);
    await page.hover("[data-row='1']");
    const idUnderMouse = () => page.innerText("[data-row='1'] a >> nth=0");
    const first = await idUnderMouse();
    await server.post("/v1/sources/partner-portal/leads", { ...fine(92), email: "zu" }).catch(() => undefined);
    await ana.sees("1 new, shown when the pointer leaves");
    same(await idUnderMouse(), first, "under the mouse nothing moves");
    await page.hover("h1");
    await until(async () => (await page.locator("tr[data-row]").count()) === 3, "the new one is shown when the mouse has left");
    check(true, "what is new is shown when the mouse has left");
    const [newest] = (await server.get("/v1/dead-letters?state=open")).dead_letters;
    await server.post(`/v1/dead-letters/${newest.id}/discard`, { reason: "only a test" });

    // By keyboard: to the record that is left, and away with it.
    await ana.go("/dead-letters?source=partner-portal");
    await ana.sees("got the text");
    await ana.press("j", "Enter");
    await until(() => page.url().includes("violation="), "Enter on a kind of mistake filters the list");
    check(true, "Enter on a kind of mistake lists its records, and the list can be linked");
    await ana.sees("Only those where");
    await page.waitForSelector("[data-row='1']");
    await ana.press("j", "Enter");
    await until(() => /\/dead-letters\/D\d+$/.test(page.url()), "Enter on a record opens it");
    await ana.sees("2 mistakes");
    same(await page.locator(".payload-line.wrong").count(), 2, "the mistaken places are marked in the record");
    const id = page.url().split("/").at(-1);
    await ana.press("r");
    await ana.sees("1 would still be refused");
    await ana.sees("It would change nothing");
    check(await page.isDisabled("text=Replay 1 dead letter"), "what would change nothing cannot be pressed");
    await ana.press("Escape");
    await until(async () => !(await page.isVisible("dialog[open]")), "the dialog is closed");
    await ana.press("d");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.type("a test record of the partner");
    await ana.press("Tab", "Enter");
    await ana.sees(`${id} is discarded`);
    await ana.sees("a test record of the partner");
    const gone = await server.get(`/v1/dead-letters/${id}`);
    same([gone.state, gone.reason], ["discarded", "a test record of the partner"], "discarded, with the reason");

    // A canary, and then the version is in force; what somebody else does meanwhile is told.
    await ana.go("/sources/partner-portal");
    await page.click("text=Canary…");
    await page.fill("input[name=percent]", "25");
    await page.fill("textarea", "half of the partners have moved");
    await server.post("/v1/sources/partner-portal/rollout", { action: "stop" }, { "Acting-As": "ben" });
    await ana.sees("Somebody changed this");
    same(await page.inputValue("textarea"), "half of the partners have moved", "what was typed stays");
    await page.click("text=Start the canary");
    await ana.sees("reads 25 % of them instead");
    const canary = await server.get("/v1/sources/partner-portal");
    same([canary.mode, canary.percent, canary.candidate], ["canary", 25, 2], "the canary reads a quarter");
    await page.click("text=Promote…");
    await page.click("text=Promote it");
    await until(async () => (await server.get("/v1/sources/partner-portal")).active === 2, "version 2 is in force");
    await ana.sees("Done: version 2 reads the records");
    await page.click("text=Roll back…");
    await page.click("dialog >> button:has-text('Roll back')");
    await until(async () => (await server.get("/v1/sources/partner-portal")).active === 1, "version 1 is back");
    check(true, "canary, promotion and the way back are each a click and a note");
    await ana.context.close();

    const mistaken = await server.post("/v1/sources/partner-portal/leads", { ...fine(91), email: "zo" }).catch((error) => /D\d+/.exec(error.message)[0]);
    for (const scheme of ["light", "dark"])
        for (const width of [1280, 390]) {
            const guest = await visit({ scheme, width });
            for (const at of ["/sources", "/sources/partner-portal", "/dead-letters?state=any", `/dead-letters/${mistaken}`]) {
                await guest.go(at);
                await until(async () => !(await guest.has("Loading…")), "it is there");
                same(await guest.violations(), [], `no accessibility violation at ${at}, ${scheme}, ${width} px`);
                const wider = await guest.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
                check(wider <= 0, `nothing is wider than the page at ${at}, ${scheme}, ${width} px`, wider);
            }
            await guest.context.close();
        }
});
