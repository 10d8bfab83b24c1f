// A lead's page: it says who it is, what happened, by which policy and why; what a person does there is
// done, by keys and by mouse; two people at one lead.
import { browserTest, check, same } from "./harness.mjs";
import { ada, only, person } from "./people.mjs";

async function reading(server, ana, lead) {
    await ana.go(`/leads/${lead.id}`);
    for (const text of ["Ada Bright", "Head of Logistics, Bright Robots", "Captured from Forms on", "First contact", "Why this owner?"]) await ana.sees(text);
    await ana.sees("which is still in force");
    check(true, "the page says who it is, what happened and by which policy");
    check((await ana.page.getAttribute("a[href^='tel:']", "href")) === "tel:+4930123456", "one press calls");
    await ana.page.click("summary:has-text('Routes that were tried')");
    await ana.sees("no-address");
    same(await ana.page.locator(".why-tried .matched strong").innerText(), lead.route, "the route that took it is marked");
    await ana.page.click("text=Show everybody who was looked at");
    await ana.page.waitForSelector("text=chosen");
    const chosen = await ana.page.locator("tr:has(.badge.good:text('chosen')) th").first().innerText();
    const reps = (await server.get("/v1/reps")).reps;
    same(chosen, reps.find((one) => one.id === lead.owner).name, "everybody who was looked at is listed, with who was chosen");
    const known = await ana.page.locator(".telling").innerText();
    check(known.includes("Forms on") && known.includes("Bright Robots"), "what is known stands with who told it", known);

    const [held] = await only(server, "place=exception");
    await ana.go(`/leads/${held.id}`);
    await ana.sees("Held for a decision: No e-mail address");
    const [delivery] = (await server.get(`/v1/deliveries?lead=${held.id}`)).deliveries;
    await ana.page.waitForSelector(`a[href="/deliveries/${delivery.id}"]`);
    const [exception] = (await server.get(`/v1/exceptions?lead=${held.id}`)).exceptions;
    await ana.page.waitForSelector(`a[href="/triage/${exception.id}"]`);
    check(true, "deliveries and exceptions are links");

    ana.quiet = false; // browsers log what is not there
    await ana.go("/leads/L999999");
    await ana.sees("There is no lead L999999");
    ana.quiet = true;
    check(true, "a lead that is not there says so");
}

async function working(server, ana, lead) {
    await ana.go(`/leads/${lead.id}`);
    await ana.sees("Record contact");
    await ana.press("c");
    await ana.page.waitForSelector("dialog[open] input[name=channel]");
    await ana.page.getByLabel("E-mail", { exact: true }).focus();
    await ana.press("Space");
    await ana.page.getByLabel("What came of it?").focus();
    await ana.page.keyboard.type("wants an offer");
    await ana.press("Tab", "Enter");
    await ana.sees("The contact is recorded.");
    await ana.sees("Contacted by mail");
    const history = await server.get(`/v1/leads/${lead.id}/events`);
    const contact = history.events.findLast((one) => one.type === "meshline.lead.contacted");
    same([contact.data.channel, contact.data.note, contact.data.actor], ["mail", "wants an offer", "ana"], "c records a contact");

    await ana.page.click("button:has-text('Hand over')");
    await ana.page.getByLabel("To whom?").selectOption("marlene.fuchs");
    await ana.page.getByLabel("What made it necessary?").selectOption("wrong_route");
    await ana.page.getByLabel("What will keep it").fill("a route for robots");
    await ana.page.click("button:has-text('Hand it over')");
    await ana.sees("Given to Marlene Fuchs");
    same((await server.get(`/v1/leads/${lead.id}`)).owner, "marlene.fuchs", "the mouse hands it over");
    await ana.sees("a route for robots");
    check(true, "and the history says why");

    await ana.press("e");
    await ana.page.getByLabel("What is to be decided?").fill("Is this ours?");
    await ana.page.click("button:has-text('Open an exception')");
    await ana.sees("Needs a decision");
    const [exception] = (await server.get(`/v1/exceptions?lead=${lead.id}`)).exceptions;
    same([exception.kind, exception.holding], ["manual", false], "e asks for a decision, and the lead stays where it is");
}

async function conflicting(server, visit, lead) {
    const ben = await visit({ as: "ben" });
    await ben.go(`/leads/${lead.id}`);
    await ben.page.waitForSelector(".lead-actions button:has-text('Outcome')");
    await ben.press("o");
    await ben.page.getByRole("radio", { name: /^Disqualified/ }).check();
    await ben.page.getByLabel("Why?").fill("they went elsewhere");
    await server.post(`/v1/leads/${lead.id}/assignment`, { rep: "helen.marsh", cause: "wrong_route", remediation: "none" }, { "Acting-As": "ana" });
    ben.quiet = false; // the browser logs that it was refused
    await ben.page.click("button:has-text('Close the lead')");
    await ben.sees("Nothing was written");
    const said = await ben.page.locator(".meanwhile").innerText();
    check(said.includes("ana") && said.includes("Given to Helen Marsh"), "what somebody else did meanwhile is shown", said);
    same(await ben.page.getByLabel("Why?").inputValue(), "they went elsewhere", "what was typed stays");
    same((await server.get(`/v1/leads/${lead.id}`)).place, "owned", "nothing was overwritten");
    await ben.page.click("button:has-text('Close the lead nevertheless')");
    await ben.sees("The outcome is recorded.");
    same((await server.get(`/v1/leads/${lead.id}`)).state, "disqualified", "pressing again decides about the lead as it is now");
    await ben.context.close();
}

await browserTest({}, async ({ server, visit }) => {
    await server.leads("website", [person(100, { firstName: "Nobody", lastName: "Knows", email: undefined }), person(102, ada)]);
    const ana = await visit({ as: "ana" });
    const [lead] = await only(server, "q=ada+bright");
    await reading(server, ana, lead);
    await working(server, ana, lead);
    await ana.context.close();
    await conflicting(server, visit, lead);

    for (const scheme of ["light", "dark"])
        for (const width of [1280, 390]) {
            const guest = await visit({ scheme, width });
            await guest.go(`/leads/${lead.id}`);
            await guest.sees("Ada Bright");
            same(await guest.violations(), [], `no accessibility violation, ${scheme}, ${width} px`);
            const wider = await guest.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            check(wider <= 0, `nothing is wider than the page, ${scheme}, ${width} px`, wider);
            await guest.context.close();
        }
});
