// Takes the picture of the page that the README shows: `make playground-picture`. The page opens with its
// first example, AWS's own pod.
// @ts-check
import { resolve } from "node:path";
import { browser, serve } from "../test/browser.mjs";

const root = resolve(import.meta.dirname, "../..");
const viewport = { width: 1280, height: 800 };

const server = await serve({ page: resolve(root, "playground/dist") });
const { context, close } = await browser([], { viewport, colorScheme: "light" });
try {
  const page = await context.newPage();
  await page.goto(`${server.url}/page/index.html`);
  await page.getByText("node-unsatisfiable").first().waitFor();
  await page.screenshot({ path: resolve(root, "docs/pictures/playground.png") });
} finally {
  await close();
  server.close();
}
