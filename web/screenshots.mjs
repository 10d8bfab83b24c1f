#!/usr/bin/env node
// Pictures of the pages while the demo plays all its scenarios. See script/screenshots.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";

const [meshline, root, ...options] = process.argv.slice(2);
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// Which page, when (seconds after the first lead), and its name in the documentation if it is shown
// there. Late ones see what the scenarios left behind.
const pictures = [
    { name: "demo", at: "/demo", after: 45, docs: true },
    { name: "now", at: "/", after: 75, docs: true },
    { name: "destinations", at: "/destinations", after: 80 },
    { name: "dead-letters", at: "/dead-letters", after: 85 },
    { name: "triage", at: "/triage", after: 90, docs: true, open: 'main a[href^="/triage/X"]' },
    { name: "alerts", at: "/alerts", after: 95 },
    { name: "routing", at: "/routing", after: 100, docs: true },
    { name: "objectives", at: "/objectives", after: 110, docs: true },
    { name: "leads", at: "/leads", after: 115 },
    { name: "lead", at: "/leads", after: 120, docs: true, open: 'main a[href^="/leads/L"]' },
    { name: "mine", at: "/mine", busiest: true, after: 125, width: 390, docs: true },
    { name: "sources", at: "/sources", after: 130 },
    { name: "incidents", at: "/incidents", after: 135 },
    { name: "reports", at: "/reports/daily", after: 140 },
    { name: "on-call", at: "/on-call", after: 145 },
];

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function startDemo(data) {
    const demo = spawn(meshline, ["demo", "--headless", "--minutes", "4", "--scenario", "all", "--rate", "8", "--data", data], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    demo.stdout.on("data", (text) => (said += text));
    for (let tries = 0; tries < 600; tries++) {
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
        if (found !== null) return { demo, url: found[0] };
        await pause(100);
    }
    throw new Error("the demo does not start: " + said);
}

async function take(browser, url, picture) {
    const { name, open, width = 1280, docs } = picture;
    const { reps } = await (await fetch(url + "/v1/reps")).json();
    const busiest = reps.sort((a, b) => b.load - a.load)[0].id;
    const at = picture.busiest === true ? `${picture.at}?rep=${busiest}` : picture.at;
    const context = await browser.newContext({ viewport: { width, height: width === 1280 ? 800 : 780 }, locale: "en-GB" });
    await context.addInitScript(() => localStorage.setItem("meshline-name", "helen.marsh"));
    const page = await context.newPage();
    await page.goto(url + at);
    await page.waitForSelector("main h1");
    if (open !== undefined) await page.locator(open).first().click();
    await page.waitForFunction(() => document.querySelector(".loading") === null);
    await pause(1500);
    await page.screenshot({ path: path.join(root, "build/screenshots", `demo-${name}.png`) });
    if (docs === true && options.includes("--docs")) await page.screenshot({ path: path.join(root, "docs/images", `${name}.png`) });
    console.log(`${name}: ${page.url()}`);
    await context.close();
}

for (const one of ["build/screenshots", "docs/images"]) await mkdir(path.join(root, one), { recursive: true });
const home = await mkdtemp(path.join(os.tmpdir(), "meshline-screenshots-"));
const { demo, url } = await startDemo(path.join(home, "data"));
const browser = await chromium.launch({ executablePath: process.env.MESHLINE_CHROMIUM ?? "/usr/bin/chromium", headless: true, args: flags });
try {
    const began = Date.now();
    for (const picture of pictures) {
        await pause(Math.max(0, began + picture.after * 1000 - Date.now()));
        await take(browser, url, picture);
    }
} finally {
    await browser.close();
    demo.kill("SIGINT");
    await new Promise((done) => demo.on("exit", done));
    await rm(home, { recursive: true, force: true });
}
