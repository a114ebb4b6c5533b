// The page in a real browser: what a visitor sees and does.
// @ts-check
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { deflateRawSync, gzipSync } from "node:zlib";
import axe from "axe-core";
import { parse, parseAllDocuments, stringify } from "yaml";
import { browser, serve } from "./browser.mjs";

const VIEWPORT = { width: 1280, height: 900 };

/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
/** @type {Awaited<ReturnType<typeof browser>>} */
let chromium;
/** @type {import("playwright-core").Page} */
let page;
/** What the page complains of. @type {string[]} */
const complaints = [];

/** @param {string} fragment */
async function open(fragment = "") {
  await page.goto("about:blank");
  await page.goto(`${server.url}/page/index.html${fragment}`);
  await page.locator("#panel-verdict .verdict, #notice:not([hidden])").first().waitFor();
}

/** @param {string} title */
const example = (title) => page.getByLabel("Example").selectOption({ label: title });

/** @param {string} name */
const view = (name) => page.getByRole("tab", { name }).click();

/** The fragment of a link. @param {{manifest: string, settings: string, cluster?: string, view: string}} entered */
const fragmentOf = (entered) => `#s=${deflateRawSync(JSON.stringify(entered)).toString("base64url")}`;

const verdict = () => page.locator("#panel-verdict .verdict h2");

/** Puts a text into an editor, as pasting does. @param {string} panel @param {string} text */
async function paste(panel, text) {
  await page.locator(`#${panel} .cm-content`).evaluate((element, pasted) => {
    const view = /** @type {any} */ (element).cmTile.view;
    const data = new DataTransfer();
    data.setData("text/plain", pasted);
    view.dispatch({ selection: { anchor: 0, head: view.state.doc.length } });
    view.contentDOM.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

/** @param {string} panel @returns {Promise<string>} */
const textOf = (panel) =>
  page.locator(`#${panel} .cm-content`).evaluate((element) => /** @type {any} */ (element).cmTile.view.state.doc.toString());

before(async () => {
  server = await serve({ page: "dist", pkg: "pkg" });
  chromium = await browser([], { viewport: VIEWPORT });
  page = await chromium.context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
});

after(async () => {
  await chromium?.close();
  server?.close();
});

describe("verdict", () => {
  test("AWS's example pod is denied, both constraints are marked on their lines, and its fix is allowed", async () => {
    await open();
    await verdict().filter({ hasText: "Denied" }).waitFor();
    const finding = page.locator(".finding").filter({ has: page.getByRole("link", { name: "node-unsatisfiable" }) });
    assert.deepEqual(await finding.locator(".place").allTextContents(), ["line 9", "line 10"]);
    const marked = await page.locator("#panel-manifest .cm-lintRange-error").allTextContents();
    assert.match(marked.join("\n"), /instance-network-bandwidth: "100000"/);
    assert.match(marked.join("\n"), /instance-type: p5\.48xlarge/);

    await page.getByRole("button", { name: "Apply the fix", exact: true }).click();
    await verdict().filter({ hasText: "Allowed" }).waitFor();
    const text = await textOf("panel-manifest");
    assert.match(text, /# EFA-enabled instance/);
    assert.match(text, /^# The example of AWS's EKS best practices/);
    assert.match(text, /operator: Gt/);
    assert.doesNotMatch(text, /instance-network-bandwidth: "100000"/);
  });

  test("every fix of the corpus, made in the text, is that of the object, and keeps what it does not touch", async () => {
    /** @type {{name: string, payload: string, settings: string, host: unknown, repaired: unknown}[]} */
    const corpus = JSON.parse(readFileSync("../target/corpus.json", "utf8"));
    const cases = corpus.filter(({ repaired, host }) => repaired !== null && host === null);
    assert.ok(cases.length > 40, `only ${cases.length} cases`);
    for (const { name, payload, settings, repaired } of cases) {
      const { request } = JSON.parse(payload);
      const manifest = `# kept\n${stringify(request)}# kept too\n`;
      await open(fragmentOf({ manifest, settings, view: "verdict" }));
      await page.getByRole("button", { name: "Apply the fix", exact: true }).click();
      await page.locator("#panel-verdict").filter({ hasNotText: "Apply the fix" }).waitFor();
      const text = await textOf("panel-manifest");
      assert.deepEqual(parse(text), { ...request, object: repaired }, name);
      assert.ok(text.startsWith("# kept\n") && text.endsWith("# kept too\n"), `${name}: ${text}`);
    }
  });

  test("the aws-node DaemonSet is patched", async () => {
    await open();
    await example("The VPC CNI (aws-node)");
    await verdict().filter({ hasText: "Allowed, repaired" }).waitFor();
    const difference = page.locator(".difference");
    const line = '{ name: ENABLE_PREFIX_DELEGATION, value: "true" }';
    await difference.locator(".cm-changedLine").filter({ hasText: line }).waitFor();
    assert.equal(await difference.locator(".cm-changedLine").count(), 1);
  });

  test("a rule's page is a click away", async () => {
    await open();
    const link = page.getByRole("link", { name: "node-unsatisfiable" });
    assert.match((await link.getAttribute("href")) ?? "", /docs\/rules\/node-unsatisfiable\.md$/);
  });

  test("the verdict is told to who can't see it", async () => {
    await open();
    await page.locator("#status").filter({ hasText: "Pod ml-workload: Denied, 3 findings." }).waitFor({ state: "attached" });
  });

  test("every example is judged", async () => {
    await open();
    for (const title of await page.locator("#example option").allTextContents()) {
      await example(title);
      await page.locator(".panel:not([hidden]) :is(.verdict, .subnet)").first().waitFor();
    }
  });
});

describe("other views", () => {
  test("candidates: what each constraint removes", async () => {
    await open();
    await view("Candidates");
    const rows = page.locator("#panel-candidates tbody tr");
    await rows.filter({ hasText: "instance-network-bandwidth" }).waitFor();
    assert.match((await rows.allTextContents()).join("\n"), /`?p5\.48xlarge`?/);
    await page.getByText("Can run on 0 of 1430 instance types").waitFor();
  });

  test("capacity: c5.4xlarge holds 234, and 110 are recommended", async () => {
    await open();
    await view("Capacity");
    const row = page.locator('[data-type="c5.4xlarge"]');
    assert.equal(await row.locator('[data-series="secondary"] .value').textContent(), "234");
    assert.equal(await row.locator('[data-series="prefix"] .value').textContent(), "3,714");
    assert.equal(await row.locator('[data-series="recommended"] .value').textContent(), "110");
    await page.getByLabel("Family or type").fill("");
    await page.getByLabel("with EFA").check();
    await page.getByLabel("with GPUs").check();
    assert.equal(await page.locator('[data-type="c5.4xlarge"]').count(), 0);
    await page.getByLabel("Family or type").fill("p5.");
    assert.deepEqual(await page.locator("[data-type] strong").allTextContents(), ["p5.48xlarge", "p5.4xlarge"]);
  });

  test("address plan: subnets in blocks, and a bad plan names its subnet", async () => {
    await open();
    await example("An address plan");
    const subnet = page.locator('[data-subnet="nodes-a"]');
    await subnet.waitFor();
    assert.equal(await subnet.locator(".blocks span").count(), 256);
    assert.match((await subnet.textContent()) ?? "", /6,372 used/);
    await example("An address plan that is too small");
    const fault = page.locator("#panel-plan .finding").filter({ hasText: "at best 7 of the nodes fit" });
    await fault.filter({ hasText: "the subnet pods-a" }).waitFor();
    await page.locator("#settings-faults").filter({ hasText: "2" }).waitFor();
    // What the view is shown before the settings are judged must not stay.
    assert.equal(await page.getByRole("alert").isVisible(), false);
    await view("Verdict");
    await page.locator("#panel-verdict .finding").filter({ hasText: "the subnet pods-a" }).waitFor();
  });
});

describe("a cluster", () => {
  const settings = "provisioning: karpenter\naccelerators: {whole: true}\n";
  const folder = "../examples/cluster";
  const manifest = readFileSync("../e2e/cases/cluster/pretraining-without-a-toleration/object.json", "utf8");
  const denial = () => page.locator(".finding").filter({ has: page.getByRole("link", { name: "node-pool" }) });
  const row = (/** @type {string} */ name) => page.locator(".pools tr").filter({ has: page.getByRole("rowheader", { name }) });
  const openCluster = async (/** @type {string} */ cluster = "") => {
    await open(fragmentOf({ manifest, settings, cluster, view: "verdict" }));
    await page.getByRole("tab", { name: "Cluster" }).click();
  };
  const inCluster = async () => {
    await denial().filter({ hasText: "the closest, train, has the taint" }).waitFor();
  };

  test("a pod that no NodePool fits is denied, the closest is named, and each says what it lacks", async () => {
    await open();
    await example("Training in a cluster, without a toleration");
    await inCluster();
    await verdict().filter({ hasText: "Denied" }).waitFor();
    assert.deepEqual(await page.locator(".pools tbody th code").allTextContents(), ["train", "gpu", "reserved", "general"]);
    assert.match((await row("train").textContent()) ?? "", /no, ithas the taint example\.com\/dedicated=research:NoSchedule/);
    assert.match((await row("reserved").textContent()) ?? "", /static.*has no type with.*p5\.48xlarge/);
    assert.equal(await page.locator(".pools .fits").count(), 0);
  });

  test("an allowed pod is shown the NodePools that it can land on", async () => {
    await open();
    await example("Training in a cluster with four NodePools");
    await verdict().filter({ hasText: /Allowed$/ }).waitFor();
    assert.equal(await page.locator(".pools .fits").count(), 1);
    assert.match((await row("train").textContent()) ?? "", /^train✓ yes p5\.48xlarge32$/);
    await row("general").filter({ hasText: "no, it" }).waitFor();
  });

  test("it is chosen as files or as a folder, dropped, pasted, and cleared", async () => {
    await openCluster();
    await verdict().waitFor();
    const clear = async () => {
      await page.getByRole("button", { name: "Clear" }).click();
      await page.locator("#panel-verdict .document").filter({ hasNot: page.locator(".pools") }).waitFor();
      assert.equal(await denial().count(), 0);
    };
    const files = readdirSync(folder).map((name) => `${folder}/${name}`);
    await page.locator("#snapshot-files-input").setInputFiles(files);
    await inCluster();
    const text = await textOf("panel-cluster");
    assert.match(text, /^# cni\.yaml\n/);
    await clear();
    await page.locator("#snapshot-folder-input").setInputFiles(folder);
    await inCluster();
    assert.equal((await textOf("panel-cluster")).replaceAll("# cluster/", "# "), text);
    await clear();
    const texts = files.map((file) => readFileSync(file, "utf8"));
    await page.locator("#panel-cluster .cm-content").evaluate((element, given) => {
      const data = new DataTransfer();
      for (const [index, text] of given.entries()) data.items.add(new File([text], `${index}.yaml`));
      element.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true, composed: true }));
    }, texts);
    await inCluster();
    await clear();
    // As kubectl prints it.
    const items = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()));
    await paste("panel-cluster", stringify({ apiVersion: "v1", kind: "List", items }));
    await inCluster();
  });

  test("a link holds it", async () => {
    await openCluster(readFileSync(`${folder}/nodepools.yaml`, "utf8"));
    await denial().waitFor();
    await page.getByRole("button", { name: "Share" }).click();
    await page.waitForFunction((before) => location.hash !== before, new URL(page.url()).hash);
    await open(new URL(page.url()).hash);
    await denial().waitFor();
    assert.match(await textOf("panel-cluster"), /kind: NodePool/);
  });

  test("what of it can't be read is told at its line, and so is what is no object", async () => {
    await openCluster();
    const pools = readFileSync(`${folder}/nodepools.yaml`, "utf8");
    const first = pools.split("\n").length + 1;
    await paste("panel-cluster", `${pools}\n---\nkind: NodePool\nkind: NodePool\n`);
    const faults = page.locator("#panel-verdict").getByRole("list", { name: "Errors in the cluster" });
    await faults.waitFor();
    assert.match((await faults.textContent()) ?? "", new RegExp(`^errorcluster, line ${first + 2}`));
    await page.locator("#cluster-faults").filter({ hasText: "1" }).waitFor();
    await page.getByRole("tab", { name: "Manifest" }).click();
    await faults.locator(".place").click();
    await page.locator("#panel-cluster .cm-lintRange-error").waitFor();
    await view("Candidates");
    await page.locator("#panel-candidates").getByRole("list", { name: "Errors in the cluster" }).waitFor();
    await view("Verdict");

    await paste("panel-cluster", `${pools}\n---\nreplicas: 3\n`);
    await page.locator(".passed").filter({ hasText: `line ${first + 1}` }).waitFor();
    await denial().waitFor();
    await paste("panel-cluster", "replicas: 3\n");
    await faults.filter({ hasText: "the snapshot contains no Kubernetes object" }).waitFor();
  });

  test("of a DaemonSet it is told why NodePools don't decide", async () => {
    await openCluster(readFileSync(`${folder}/nodepools.yaml`, "utf8"));
    await paste("panel-manifest", readFileSync("../examples/aws-node.yaml", "utf8"));
    await page.locator(".pools").filter({ hasText: "Karpenter makes no nodes for the pods of a DaemonSet" }).waitFor();
    assert.equal(await page.locator(".pools table").count(), 0);
  });
});

describe("what is entered", () => {
  test("a link holds all of it", async () => {
    await open();
    await paste("panel-manifest", "apiVersion: v1\nkind: Pod\nmetadata: {name: shared-über}\nspec: {containers: []}\n");
    await page.getByRole("tab", { name: "Settings" }).click();
    await paste("panel-settings", "rules: {efa-count: warn}\n");
    await page.getByRole("button", { name: "Share" }).click();
    await page.waitForURL(/#s=/);
    await open(new URL(page.url()).hash);
    assert.match(await textOf("panel-manifest"), /shared-über/);
    assert.equal(await page.locator("#example option:checked").textContent(), "your own");
    assert.equal(await textOf("panel-settings"), "rules: {efa-count: warn}\n");
  });

  test("a link that is cut is said to be", async () => {
    await open("#s=abc");
    await page.getByRole("alert").filter({ hasText: "The link can't be read" }).waitFor();
  });

  test("an example can be had again once it was changed", async () => {
    await open();
    const before = await textOf("panel-manifest");
    await paste("panel-manifest", "kind: Pod\n");
    await example("AWS's example pod");
    assert.equal(await textOf("panel-manifest"), before);
  });

  test("documents, lists and JSON are judged each, and marked where they stand", async () => {
    await open();
    const pod = parse(await textOf("panel-manifest"));
    const list = { apiVersion: "v1", kind: "List", items: [{ ...structuredClone(pod), kind: "ConfigMap" }, pod] };
    const windows = stringify(pod).replaceAll("\n", "\r\n");
    await paste("panel-manifest", `${JSON.stringify(pod, null, 2)}\n---\n# only words\n---\r\n${windows}---\n${stringify(list)}`);
    const denied = page.locator("#panel-verdict .document").filter({ hasText: "Denied" });
    await denied.nth(2).waitFor();
    const lines = (await textOf("panel-manifest")).split("\n");
    const named = await page.locator('.finding:has-text("no instance type meets") .place').allTextContents();
    const told = named.map((name) => lines[Number(name.replace("line ", "")) - 1] ?? "");
    const [bandwidth, type] = [/instance-network-bandwidth"?: "100000"/, /instance-type"?: "?p5\.48xlarge/];
    assert.equal(told.length, 6);
    for (const [index, line] of told.entries()) assert.match(line, index % 2 === 0 ? bandwidth : type);
    for (let left = 2; left >= 0; left--) {
      await page.getByRole("button", { name: "Apply the fix", exact: true }).nth(left).click();
      await page.waitForFunction((most) => document.querySelectorAll(".verdict.denied").length === most, left);
    }
    assert.match(await textOf("panel-manifest"), /^\{\n {2}"apiVersion": "v1"[^]*\n---\n# only words\n---\napiVersion: v1/);
  });

  test("bad YAML is told, with its line", async () => {
    await open();
    await paste("panel-manifest", "kind: Pod\nmetadata: {name: x\n");
    await verdict().filter({ hasText: "The manifest can't be checked" }).waitFor();
    assert.match((await page.locator("#panel-verdict .verdict").textContent()) ?? "", /line \d/);
    await paste("panel-manifest", "just words\n");
    await verdict().filter({ hasText: "can't be checked" }).waitFor();
  });

  test("aliases that multiply without end are refused", async () => {
    await open();
    const levels = Array.from({ length: 12 }, (_, level) => {
      const from = level === 0 ? "x" : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array(12).fill(from).join(", ")}]`;
    });
    await paste("panel-manifest", `${levels.join("\n")}\n`);
    await verdict().filter({ hasText: "can't be checked" }).waitFor();
  });

  for (const [name, text] of [
    ["of many lines", "key: value\n".repeat(500_000)],
    ["of one line", "x".repeat(5_000_000)],
  ]) {
    test(`a paste of 5 MB ${name} is refused in words, and the page goes on`, async () => {
      await open();
      const before = await textOf("panel-manifest");
      await paste("panel-manifest", text ?? "");
      await page.getByRole("alert").filter({ hasText: /was not accepted: it has 5\.\d million characters/ }).waitFor();
      assert.equal(await textOf("panel-manifest"), before);
      await example("The VPC CNI (aws-node)");
      await verdict().filter({ hasText: "Allowed, repaired" }).waitFor();
    });
  }

  for (const [name, text] of [
    ["objects", stringify({ apiVersion: "v1", kind: "PodList", items: Array(500).fill({ apiVersion: "v1", kind: "Pod", metadata: { name: "one" }, spec: {} }) }, { aliasDuplicateObjects: false })],
    ["mistakes", "kind: Pod\n".repeat(10_000)],
  ]) {
    test(`of many ${name} the first are told, and that there are more`, async () => {
      await open();
      await paste("panel-manifest", text ?? "");
      await page.getByText("Only the first 100 are shown here").waitFor();
      assert.equal(await page.locator("#panel-verdict .verdict").count(), 100);
      assert.ok(((await page.locator("#status").textContent()) ?? "").length < 500);
    });
  }

  test("a text of the greatest size is judged", async () => {
    await open();
    const filler = "    # a comment that takes room\n".repeat(40_000);
    await paste("panel-manifest", `apiVersion: v1\nkind: Pod\nmetadata: {name: large}\nspec:\n${filler}  containers: []\n`);
    await page.locator(".verdict .name").filter({ hasText: "Pod large" }).waitFor();
  });

  test("settings are completed and explained by their schema", async () => {
    await open();
    await page.getByRole("tab", { name: "Settings" }).click();
    await paste("panel-settings", "rules:\n  ");
    await page.locator("#panel-settings .cm-content").focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("efa-c");
    await page.locator(".cm-tooltip-autocomplete li").filter({ hasText: "efa-count" }).waitFor();
    await paste("panel-settings", "rules: {efa-cuont: deny}\n");
    await page.locator("#panel-settings .cm-lintRange-error").waitFor();
    await verdict().filter({ hasText: "The settings are not valid" }).waitFor();
  });

  test("what keeps settings or a manifest from being read is told in words", async () => {
    await open();
    for (const [text, words] of /** @type {const} */ ([
      ["spec: {{ .Values.spec }}\n", "render a template first"],
      [Array.from({ length: 1_200 }, (_, level) => `${" ".repeat(level)}a:`).join("\n"), "is nested too deeply"],
      ["a: *none\n", "Unresolved alias"],
    ])) {
      await paste("panel-manifest", text);
      await page.locator("#panel-verdict .verdict").filter({ hasText: words }).first().waitFor();
    }
    for (const text of [`a: ${"[".repeat(5_000)}`, "- ".repeat(5_000)]) {
      await paste("panel-manifest", text);
      await page.getByRole("alert").filter({ hasText: "was not accepted: it is nested 5000 levels deep" }).waitFor();
    }
    await page.getByRole("tab", { name: "Settings" }).click();
    for (const [text, words] of /** @type {const} */ ([
      ["rules: {efa-cuont: deny}\n", "efa-count"],
      ["mutate: true\n---\nmutate: false\n", "the settings must be one document"],
      ["rules: *none\n", "Unresolved alias"],
    ])) {
      await paste("panel-settings", text);
      await page.locator("#panel-verdict .finding").filter({ hasText: words }).waitFor();
    }
  });
});

describe("for everyone", () => {
  test("tabs by the keyboard", async () => {
    await open();
    await page.getByRole("tab", { name: "Verdict" }).focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.getByRole("tab", { name: "Candidates" }).getAttribute("aria-selected"), "true");
    await page.keyboard.press("Home");
    assert.equal(await page.getByRole("tab", { name: "Verdict" }).getAttribute("aria-selected"), "true");
  });

  test("the keyboard leads into the editor, and out of it", async () => {
    await open();
    await page.getByRole("tab", { name: "Manifest" }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.type("# typed");
    assert.match(await textOf("panel-manifest"), /^# typed/);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "tab-verdict");
  });

  test("the way to the results leaves what was entered", async () => {
    await open();
    await paste("panel-manifest", "kind: Pod\napiVersion: v1\nmetadata: {name: mine}\nspec: {containers: []}\n");
    await page.locator(".skip").focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/#results$/);
    assert.match(await textOf("panel-manifest"), /mine/);
  });

  test("every control has a name", async () => {
    await open();
    const snapshot = await page.locator("body").ariaSnapshot();
    assert.doesNotMatch(snapshot, /^\s*- (button|combobox|textbox|checkbox|link)\s*$/m);
    for (const landmark of ["banner", "main", "contentinfo", 'region "Input"', 'region "Results"']) {
      assert.ok(snapshot.includes(`- ${landmark}`), landmark);
    }
  });

  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`axe finds nothing to complain of, ${colorScheme}`, async () => {
      await page.emulateMedia({ colorScheme });
      await open();
      await page.evaluate(axe.source);
      const check = async (/** @type {string} */ where) => {
        await page.locator('#results[aria-busy="false"]').waitFor();
        const { violations } = await page.evaluate(() => /** @type {any} */ (globalThis).axe.run());
        assert.deepEqual(violations.map((/** @type {any} */ { id, nodes }) => [id, nodes[0].html]), [], where);
      };
      for (const name of ["Verdict", "Candidates", "Capacity", "Address plan"]) {
        await view(name);
        await page.locator(".panel:not([hidden]) :is(.verdict, table, [data-type], .quiet)").first().waitFor();
        await check(name);
      }
      const titles = ["The VPC CNI (aws-node)", "An address plan", "An address plan that is too small", "Training in a cluster with four NodePools"];
      for (const title of titles) {
        await example(title);
        await page.locator(".panel:not([hidden]) :is(.cm-changedLine, .subnet, .finding, .pools)").first().waitFor();
        await check(title);
      }
      await view("Cluster");
      await page.getByRole("button", { name: "Clear" }).click();
      await check("no cluster");
      await view("Verdict");
      await example("AWS's example pod");
      await page.getByRole("link", { name: "node-unsatisfiable" }).click();
      await page.locator("#rule[open] h3, #rule[open] h2").nth(1).waitFor();
      await check("a rule's page");
      await page.emulateMedia({ colorScheme: null });
    });
  }

  test("nothing is wider than a phone", async () => {
    await open();
    await page.setViewportSize({ width: 360, height: 740 });
    for (const name of ["Verdict", "Candidates", "Capacity", "Address plan"]) {
      await view(name);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 360, `${name}: ${width}`);
    }
    await example("Training in a cluster, without a toleration");
    await page.locator(".pools").waitFor();
    for (const clear of [false, true]) {
      await view("Cluster");
      if (clear) await page.getByRole("button", { name: "Clear" }).click();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 360, `a cluster: ${width}`);
    }
    await page.setViewportSize(VIEWPORT);
  });

  test("without WebAssembly it says so", async () => {
    const other = await chromium.context.newPage();
    await other.addInitScript("delete globalThis.WebAssembly");
    await other.goto(`${server.url}/page/index.html`);
    await other.getByRole("alert").filter({ hasText: "no WebAssembly" }).waitFor();
    assert.equal(await other.getByRole("main").isVisible(), false);
    await other.close();
  });

  test("where the policy can't be loaded it says so", async () => {
    const other = await chromium.context.newPage();
    await other.route("**/*.wasm", (route) => route.abort());
    await other.goto(`${server.url}/page/index.html`);
    await other.getByRole("alert").filter({ hasText: "the policy can't be loaded" }).waitFor();
    await other.close();
  });
});

describe("cost", () => {
  test("the first load is under 1 MB, compressed", async () => {
    /** @type {Set<string>} */
    const loaded = new Set();
    const listen = (/** @type {import("playwright-core").Request} */ request) => loaded.add(request.url());
    chromium.context.on("request", listen);
    await open();
    await verdict().waitFor();
    chromium.context.off("request", listen);
    const paths = [...loaded].filter((url) => url.startsWith(server.url)).map((url) => new URL(url).pathname);
    assert.ok(paths.some((path) => path.endsWith(".wasm")), paths.join(" "));
    const sizes = paths.map((path) => gzipSync(readFileSync(path.replace("/page/", "dist/"))).length);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`first load: ${paths.length} files, ${bytes} bytes compressed`);
    assert.ok(bytes < 1_000_000, `${bytes}`);
    assert.deepEqual([...loaded].filter((url) => !url.startsWith(server.url) && url !== "about:blank"), []);
  });

  test("a verdict follows each key, on the page's own thread", async () => {
    await open();
    const content = page.locator("#panel-manifest .cm-content");
    await content.focus();
    await page.keyboard.press("Control+End");
    await page.evaluate(() => {
      performance.clearMeasures("verdict");
      addEventListener("keydown", ({ timeStamp }) => performance.mark("key", { startTime: timeStamp }), true);
    });
    await content.pressSequentially("# a comment, typed", { delay: 30 });
    await page.locator("#panel-manifest .cm-line").filter({ hasText: "# a comment, typed" }).waitFor();
    await page.locator('#results[aria-busy="false"]').waitFor();
    // How long it took, for information.
    const { changes, keys, here } = await page.evaluate(() => {
      const verdicts = performance.getEntriesByName("verdict");
      const pressed = performance.getEntriesByName("key").map(({ startTime }) => startTime);
      const sinceKey = (/** @type {PerformanceEntry} */ { startTime, duration }) => startTime + duration - (pressed.findLast((at) => at <= startTime) ?? 0);
      const here = performance.getEntriesByType("resource").some(({ name }) => /\/answers-[^/]*\.js$/.test(name));
      return { here, changes: verdicts.map(({ duration }) => duration), keys: verdicts.map(sinceKey) };
    });
    const told = (/** @type {number[]} */ times) => {
      times.sort((a, b) => a - b);
      const at = (/** @type {number} */ share) => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(1);
      return `median ${at(0.5)} ms, 9 of 10 within ${at(0.9)} ms, at most ${at(1)} ms`;
    };
    console.log(`verdict after a change of the text: ${told(changes)}`);
    console.log(`verdict after the key was pressed:  ${told(keys)}`);
    assert.ok(here);
    assert.ok(changes.length > 0);
  });

  test("the page complained of nothing", () => assert.deepEqual(complaints, []));
});
