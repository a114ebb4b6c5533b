// The whole corpus in the browser: byte for byte what the library answers natively.
// @ts-check
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { browser, serve } from "./browser.mjs";

/**
 * @typedef {{name: string, payload: string, settings: string, response: string, valid: string,
 *   host: ({payload: string} | {message: string})[] | null}} Case
 */

/** @type {Case[]} */
const cases = JSON.parse(readFileSync("../target/corpus.json", "utf8"));

test("every case is answered as it is natively", async () => {
  const page = readdirSync("dist/assets").find((file) => file.endsWith(".wasm"));
  const module = readFileSync("pkg/playground_bg.wasm");
  assert.ok(page && module.equals(readFileSync(`dist/assets/${page}`)), "the page's module is another one");

  const server = await serve({ page: "dist", pkg: "pkg" });
  const chromium = await browser();
  const tab = await chromium.context.newPage();
  await tab.goto(`${server.url}/page/index.html`);
  const answers = await tab.evaluate(async (/** @type {Case[]} */ asked) => {
    const glue = "/pkg/playground.js";
    const policy = await import(glue);
    await policy.default();
    const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);
    return asked.map(({ payload, settings, host }) => {
      const said = host === null ? undefined : [...host];
      const answer = () => {
        const next = said?.shift() ?? { message: "nothing is recorded" };
        if ("message" in next) throw new Error(next.message);
        return bytes(next.payload);
      };
      return {
        response: policy.review(bytes(payload), said && answer),
        valid: policy.validateSettings(bytes(settings)),
        left: said?.length ?? 0,
      };
    });
  }, cases);
  await chromium.close();
  server.close();

  assert.ok(cases.length > 200, `only ${cases.length} cases`);
  for (const [index, { name, response, valid }] of cases.entries()) {
    assert.deepEqual(answers[index], { response, valid, left: 0 }, name);
  }
  console.log(`${cases.length} cases, ${cases.filter(({ host }) => host).length} with recorded answers of the host`);
});
