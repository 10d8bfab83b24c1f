// My leads, as a rep works through them: most pressing first, one press or key records what was done.
import { browserTest, check, same, until } from "./harness.mjs";

const person = (number, more) => ({ firstName: "Person", lastName: `No${number}`, email: `p${number}@company${number}.example`, phone: `+49 30 12345${number}`, company: `Company ${number}`, country: "DE", form: "contact", intent: 40, ...more });

const cards = (visitor) => visitor.page.locator(".mine-card");
const cardOf = (visitor, name) => visitor.page.locator(`.mine-card:has(h2:has-text("${name}"))`);
const mineOf = async (server, rep) => (await server.get(`/v1/leads?rep=${rep}&place=owned&sort=due`)).leads;
const nameOf = (lead) => `${lead.attributes.first_name} ${lead.attributes.last_name}`;
const last = async (server, id) => (await server.get(`/v1/leads/${id}/events`)).events.at(-1);

// Everything is Marlene's, whoever is on duty while the test runs.
async function prepared(server) {
    await server.leads("website", [person(1), person(2, { form: "demo" }), person(3), person(4), person(5)]);
    for (const lead of (await server.get("/v1/leads")).leads)
        await server.post(`/v1/leads/${lead.id}/assignment`, { rep: "marlene.fuchs", cause: "nobody_free", remediation: "more people" });
    return until(async () => {
        const leads = await mineOf(server, "marlene.fuchs");
        return leads.length === 5 && leads;
    }, "five leads of one rep");
}

async function byKeys(server, rep, leads) {
    await rep.go("/mine");
    await until(async () => (await cards(rep).count()) === 5, "five cards");
    same(await rep.page.innerText("h1"), "My leads", "who is signed in as a rep sees their own");
    same(await rep.page.locator(".mine-card h2 a").allInnerTexts(), leads.map(nameOf), "the most pressing first, in the server's order");
    same(nameOf(leads[0]), "Person No2", "the hot one comes first");
    await rep.sees("5 to contact, 0 waiting for an outcome");

    await rep.press("j", "p");
    await rep.sees("Recorded: you called Person No2.");
    const contact = await last(server, leads[0].id);
    same([contact.type, contact.data.channel, contact.data.actor], ["meshline.lead.contacted", "phone", "marlene.fuchs"], "j and p record a call");
    await rep.sees("4 to contact, 1 waiting for an outcome");

    await rep.press("j", "a");
    await rep.sees(`Noted: you have ${nameOf(leads[1])}`);
    same((await last(server, leads[1].id)).type, "meshline.lead.acknowledged", "a says: I have it");

    await rep.press("b");
    await rep.page.getByLabel("Why can it not stay?").fill("speaks only French");
    await rep.press("Tab", "Enter");
    await rep.sees("It is handed back");
    const returned = (await server.get(`/v1/leads/${leads[1].id}/events`)).events.find((one) => one.type === "meshline.lead.returned");
    same([returned.data.rep, returned.data.reason], ["marlene.fuchs", "speaks only French"], "b hands back, with the reason");
    await rep.sees("No longer on your list.");
    check(true, "the card stays where it was, and says that it is gone");
}

async function byMouse(server, rep, leads) {
    const [hot, , third, fourth, fifth] = leads;
    await cardOf(rep, nameOf(third)).getByRole("button", { name: "E-mailed" }).click();
    await rep.sees(`Recorded: you e-mailed ${nameOf(third)}.`);
    same((await last(server, third.id)).data.channel, "mail", "one click records an e-mail");

    await cardOf(rep, nameOf(fourth)).getByRole("button", { name: "Other…" }).click();
    await rep.page.getByLabel("Meeting").check();
    await rep.page.click("button:has-text('Record the contact')");
    await rep.sees("The contact is recorded.");
    same((await last(server, fourth.id)).data.channel, "meeting", "other ways are asked for");

    for (const [lead, label] of [[hot, /^Qualified/], [third, /^Disqualified/], [fourth, /^Qualified/], [fifth, /^Disqualified/]]) {
        await cardOf(rep, nameOf(lead)).getByRole("button", { name: "Outcome…" }).click();
        await rep.page.getByRole("radio", { name: label }).check();
        await rep.page.click("button:has-text('Close the lead')");
        await until(async () => (await server.get(`/v1/leads/${lead.id}`)).place === "closed", "closed");
        await until(async () => (await rep.page.locator("dialog[open]").count()) === 0, "the dialog is gone");
    }
    same((await server.get(`/v1/leads/${hot.id}`)).state, "qualified", "the outcome closes a lead");
    await rep.go("/mine");
    await rep.sees("Nothing to do.");
    check(true, "with nothing left it says so");
    await rep.page.click("text=No new leads for now");
    await rep.sees("You are set away, so no new leads come.");
    same((await server.get("/v1/reps/marlene.fuchs")).available, false, "who goes away says so with one press");
    await rep.page.click("text=Take new leads again");
    await until(async () => (await server.get("/v1/reps/marlene.fuchs")).available, "back again");
    check(true, "and comes back with another");
}

async function choosing(visit) {
    const zoe = await visit({ as: "zoe" });
    await zoe.go("/mine");
    await zoe.sees("Whose leads?");
    await zoe.page.getByLabel("Find a rep").fill("marlene");
    await until(async () => (await zoe.page.locator(".chooser a").count()) === 1, "one rep fits");
    await zoe.page.click(".chooser a");
    await zoe.sees("Leads of Marlene Fuchs");
    check(zoe.page.url().endsWith("/mine?rep=marlene.fuchs"), "who is no rep chooses one, by an address to keep", zoe.page.url());
    await zoe.context.close();
}

async function withAThumb(visit) {
    for (const scheme of ["light", "dark"])
        for (const width of [1280, 390]) {
            const rep = await visit({ as: "marlene.fuchs", scheme, width });
            await rep.go("/mine");
            await until(async () => (await cards(rep).count()) === 5, "five cards");
            same(await rep.violations(), [], `no accessibility violation, ${scheme}, ${width} px`);
            const wider = await rep.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            check(wider <= 0, `nothing is wider than the page, ${scheme}, ${width} px`, wider);
            if (width === 390) {
                const heights = await rep.page.locator(".mine-doing .button").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
                check(heights.every((one) => one >= 44), `buttons are large enough for a thumb, ${scheme}`, heights);
                const call = await rep.page.locator(".mine-ways a.button").first().getAttribute("href");
                check(call.startsWith("tel:+4930"), `one press calls, ${scheme}`, call);
            }
            await rep.context.close();
        }
}

await browserTest({}, async ({ server, visit }) => {
    const leads = await prepared(server);
    await withAThumb(visit);
    await choosing(visit);
    const rep = await visit({ as: "marlene.fuchs" });
    await byKeys(server, rep, leads);
    await byMouse(server, rep, leads);
});
