// The answer to a write is lost, and the person presses again: it has happened once.
import { browserTest, check, same, until } from "./harness.mjs";
import { ada, only, person } from "./people.mjs";

await browserTest({}, async ({ server, visit }) => {
    await server.leads("website", [person(1, ada)]);
    const [lead] = await only(server, "place=owned");
    const contacts = async () => (await server.get(`/v1/leads/${lead.id}/events`)).events.filter((one) => one.type === "meshline.lead.contacted");
    const ana = await visit({ as: "ana" });
    const keys = [];
    let cut = true;
    await ana.page.route("**/v1/leads/*/contacts", async (route) => {
        keys.push(route.request().headers()["idempotency-key"]);
        if (!cut) return route.continue();
        await route.fetch(); // it arrives, and is done
        return route.abort("connectionreset");
    });
    const write = async (note) => {
        await ana.press("c");
        await ana.page.waitForSelector("dialog[open] input[name=channel]");
        await ana.page.getByLabel("E-mail", { exact: true }).focus();
        await ana.press("Space");
        await ana.page.getByLabel("What came of it?").fill(note);
        await ana.press("Tab", "Enter");
    };

    await ana.go(`/leads/${lead.id}`);
    await ana.sees("Record contact");
    ana.quiet = false; // browsers log what was cut
    await write("wants an offer");
    await ana.sees("The server cannot be reached.");
    await until(async () => (await contacts()).length === 1, "it has happened all the same");
    check(true, "the answer is lost, and the page says that there was none");
    cut = false;
    ana.quiet = true;
    await ana.page.locator("dialog[open] button[type=submit]").click();
    await ana.sees("The contact is recorded.");
    same(keys[1], keys[0], "pressed again, it goes out under the same key");
    same((await contacts()).length, 1, "and has happened once");

    await write("wants an offer");
    await until(async () => (await contacts()).length === 2, "a second contact");
    same(keys[2] === keys[0], false, "once answered, the same words are another contact");
});
