// The page of the failure demo: trouble at the press of a button, told as it happens, while the page
// itself survives the engine's death; and the proof at the end.
import { browserTest, check, same, until } from "./harness.mjs";

const demo = ["--minutes", "3", "--rate", "4"];

await browserTest({ demo }, async ({ server, visit }) => {
    const ana = await visit({ as: "ana" });
    const card = (title) => ana.page.locator(".scenario", { hasText: title });
    const states = async () => Object.fromEntries((await server.get("/v1/demo")).scenarios.map((one) => [one.name, one.state]));
    await ana.go("/");
    await ana.press("g", "f");
    await ana.sees("The CRM goes down");
    check(true, "g f leads to the demo");
    same(Object.values(await states()).every((one) => one === "idle"), true, "nothing is played unless somebody presses");

    ana.quiet = false; // browsers log what cannot be reached
    await card("kill -9 the engine").getByRole("button").click();
    await until(async () => (await states())["kill-9"] === "done", "the engine is dead and lives again", 60);
    await ana.sees("were sent again under the same keys");
    await ana.sees("Live");
    check((await card("kill -9 the engine").innerText()).includes("played, recovered"), "by mouse: the engine is killed under the page, which says how it went");
    ana.quiet = true;

    await card("A partner renames a field").getByRole("button").focus();
    await ana.press("Enter");
    await until(async () => (await card("A partner renames a field").innerText()).includes("running"), "it runs");
    check(true, "by keyboard: a partner breaks its contract");
    same(await ana.violations(), [], "no accessibility violation, light");
    const dark = await visit({ scheme: "dark", width: 390 });
    await dark.go("/demo");
    await dark.sees("What happens");
    same(await dark.violations(), [], "no accessibility violation, dark, 390 px");
    check((await dark.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, "nothing is wider than the page");
    await until(async () => (await states())["schema-break"] === "done", "it is mended", 90);
    await ana.sees("by mail to portal@robot-resellers.example");
    check(true, "the partner is told by mail");
    await ana.sees("All of them were replayed");
    check(true, "the contract is mended, what was refused is replayed");

    server.child.kill("SIGINT");
    const code = await server.ended;
    same(code, 0, "the demo ends with its proof: every lead is there, and in the CRM exactly once");
    check(server.said.includes("Nothing was lost"), "and says so");
    ana.trouble.length = 0; // pages of a server that is gone log that it is
});
