// The page: three editors, four views, and the policy in between.
import type { Diagnostic } from "@codemirror/lint";
import { examples, presets } from "virtual:examples";
import type { Problem } from "./document.ts";
import { announcer, h, one } from "./dom.ts";
import { Editor } from "./editor.ts";
import { Engine } from "./engine.ts";
import { type Judged, type Operation, type Report, type Texts, told } from "./protocol.ts";
import { isLink, packed, unpacked } from "./share.ts";
import { SNAPSHOT, startSnapshot } from "./snapshot.ts";
import { tabs } from "./tabs.ts";
import { startTheme } from "./theme.ts";
import { showCandidates } from "./views/candidates.ts";
import { showCapacity } from "./views/capacity.ts";
import { showPlan } from "./views/plan.ts";
import { faultsOf, faulty, INPUTS, type ToInputs } from "./views/faults.ts";
import { type Actions, showVerdict, summary } from "./views/verdict.ts";

const SEVERITY = { deny: "error", warn: "warning", fix: "info" } as const;

const nothing: Report = { settings: [], cluster: [], foreign: [], manifest: [], documents: [], cut: false };

const failed = (message: string): Report => ({ ...nothing, manifest: [{ from: 0, to: 0, message }] });

const announce = announcer(one("#status"));

function notice(text: string): void {
  const element = one("#notice");
  element.textContent = text;
  element.hidden = text === "";
}

function start(): void {
  const engine = new Engine();
  let report = nothing;
  /** The texts of the report: where they are others by now, a newer report is on its way. */
  let judged: Texts | undefined;
  /** The settings that the views beside the verdict show; they are worked out when they are looked at. */
  let drawn: { capacity?: string; plan?: string } = {};

  const refused = (why: string): void => notice(`The text was not accepted: ${why}.`);
  const changed = (): void => {
    notice("");
    one("#snapshot-hint").hidden = cluster.view.state.doc.length > 0;
    nameEntered();
    judge();
  };
  const manifest = new Editor(one("#panel-manifest"), "Manifest", { changed, refused });
  const settings = new Editor(one("#panel-settings"), "Settings", { changed, refused }, { schema: true });
  const cluster = new Editor(one("#editor-cluster"), "Cluster", { changed, refused }, SNAPSHOT);
  startSnapshot(cluster, notice);
  const inputs = tabs(one("#inputs"), (name) => {
    one("#presets").hidden = name !== "settings";
    one("#snapshot").hidden = name !== "cluster";
  });
  const views = tabs(one("#views"), () => void draw());
  const texts = (): Texts => ({ manifest: manifest.text, settings: settings.text, cluster: cluster.text });

  const beside = { settings, cluster };
  const toInputs: ToInputs = {
    open: (input, offset) => {
      inputs.choose(input);
      beside[input].go(offset);
    },
    lineIn: (input, offset) => beside[input].lineOf(offset),
  };
  const actions = (): Actions => ({
    manifest: judged?.manifest ?? "",
    lineOf: (offset) => manifest.lineOf(offset),
    go: (offset) => {
      inputs.choose("manifest");
      manifest.go(offset);
    },
    fix: (index, operations) => void fix(index, operations),
    ...toInputs,
  });

  async function fix(index: number, operations: Operation[]): Promise<void> {
    try {
      const { text } = manifest;
      // What was found in another text does not fit this one, whose verdict is on its way.
      if (text !== judged?.manifest) return;
      const edited = await engine.ask("edit", { text, index, operations });
      // Who types meanwhile has the last word.
      if (manifest.text !== text) return;
      manifest.replace(edited);
      inputs.choose("manifest");
      manifest.view.focus();
    } catch (error) {
      notice(told(error));
    }
  }

  // One question at a time: while one is asked, only the newest text waits.
  let asking = false;
  let waiting: number | undefined;
  function judge(): void {
    waiting = performance.now();
    if (!asking) void ask();
  }
  async function ask(): Promise<void> {
    asking = true;
    one("#results").ariaBusy = "true";
    try {
      while (waiting !== undefined) {
        const start = waiting;
        waiting = undefined;
        const asked = texts();
        report = await engine.judge(asked).catch((error: unknown) => failed(told(error)));
        judged = asked;
        if (waiting === undefined) show();
        performance.measure("verdict", { start });
      }
    } finally {
      asking = false;
      one("#results").ariaBusy = "false";
    }
  }

  function show(): void {
    manifest.mark([...report.manifest.map(fault), ...report.documents.flatMap(marks)]);
    const passed = report.foreign.map((range) => ({ ...range, severity: "warning", message: "This is not a Kubernetes object and is skipped." }) as const);
    settings.mark(report.settings.map(fault));
    cluster.mark([...report.cluster.map(fault), ...passed]);
    for (const input of INPUTS) {
      const badge = one(`#${input}-faults`);
      badge.textContent = `${report[input].length}`;
      badge.hidden = report[input].length === 0;
      badge.setAttribute("aria-label", faultsOf(report[input]));
    }
    announce(summary(report));
    void draw();
  }

  const fault = (problem: Problem): Diagnostic => ({ ...problem, severity: "error" });

  function marks({ findings, index }: Judged): Diagnostic[] {
    return findings.flatMap((finding) => {
      const apply = () => void fix(index, finding.fix);
      const fixes = finding.fix.length > 0 ? [{ name: "Apply this fix", apply }] : [];
      const message = [finding.fact, ...finding.remedies].join("; ");
      return finding.ranges.map(({ from, to }) => ({
        from,
        to,
        severity: SEVERITY[finding.action],
        source: finding.rule,
        message,
        actions: fixes,
      }));
    });
  }

  async function draw(): Promise<void> {
    const view = views.chosen;
    if (view === "verdict") showVerdict(report, actions());
    else if (view === "candidates") showCandidates(report, actions());
    else await drawSettings(view);
  }

  /** The views that only the settings decide. */
  async function drawSettings(view: string): Promise<void> {
    const text = settings.text;
    if (text !== judged?.settings) return;
    try {
      if (report.settings.length > 0) {
        drawn = {};
        one(`#panel-${view}`).replaceChildren(...faulty(report, toInputs));
      } else if (view === "capacity" && drawn.capacity !== text) {
        drawn.capacity = text;
        const rows = await engine.ask("capacity", { settings: text });
        // Others may be drawn by now.
        if (drawn.capacity === text) showCapacity(rows);
      } else if (view === "plan" && drawn.plan !== text) {
        drawn.plan = text;
        const plan = await engine.ask("plan", { settings: text });
        if (drawn.plan === text) showPlan(plan, () => take("address-plan"));
      }
    } catch (error) {
      drawn = {};
      notice(told(error));
    }
  }

  function take(id: string): void {
    const example = examples.find((example) => example.id === id);
    if (!example) return;
    if (example.manifest !== undefined) manifest.text = example.manifest;
    settings.text = example.settings;
    cluster.text = example.cluster ?? "";
    inputs.choose(example.view === "plan" ? "settings" : "manifest");
    views.choose(example.view);
  }

  const select = one<HTMLSelectElement>("#example");
  select.append(h("option", { value: "", hidden: true }, "your own"), ...examples.map(({ id, title }) => h("option", { value: id }, title)));
  select.addEventListener("change", () => take(select.value));
  const preset = one<HTMLSelectElement>("#preset");
  preset.append(h("option", { value: "", hidden: true }, "choose…"), ...presets.map(({ id }) => h("option", { value: id }, id)));
  preset.addEventListener("change", () => {
    const chosen = presets.find(({ id }) => id === preset.value);
    if (chosen) settings.text = chosen.settings;
  });

  /** What is chosen is what stands in the editors, so that it can be chosen again once it was changed. */
  function nameEntered(): void {
    const now = texts();
    const stands = ({ manifest = now.manifest, settings, cluster = "" }: Partial<Texts>): boolean =>
      manifest === now.manifest && settings === now.settings && cluster === now.cluster;
    select.value = examples.find(stands)?.id ?? "";
    preset.value = presets.find(({ settings }) => settings === now.settings)?.id ?? "";
  }

  const share = one<HTMLButtonElement>("#share");
  async function link(): Promise<void> {
    const entered = { ...texts(), view: views.chosen };
    history.replaceState(null, "", await packed(entered));
    const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    share.textContent = copied ? "Link copied" : "Link in the address bar";
    announce(share.textContent);
    setTimeout(() => {
      share.textContent = "Share";
    }, 2500);
  }
  share.addEventListener("click", () => void link().catch((error: unknown) => notice(`Can't make a link: ${told(error)}.`)));

  async function open(): Promise<void> {
    inputs.choose("manifest");
    views.choose("verdict");
    try {
      const entered = await unpacked(location.hash);
      if (!entered) return take(examples[0]?.id ?? "");
      manifest.text = entered.manifest;
      settings.text = entered.settings;
      cluster.text = entered.cluster;
      views.choose(entered.view);
    } catch {
      take(examples[0]?.id ?? "");
      notice("The link can't be read: it is incomplete, or was not made here. Here is an example instead.");
    }
  }
  window.addEventListener("hashchange", () => {
    if (isLink(location.hash)) void open();
  });
  void open();
  engine.ask("about", undefined).then(
    ({ version, table, rules }) => {
      one("#about").textContent =
        `Version ${version} · ${rules} rules · instance types as of ${table} · without a registry, so images are not inspected · press Escape, then Tab, to leave an editor`;
    },
    (error: unknown) => notice(`The playground does not work: ${told(error)}.`),
  );
}

startTheme();
if (typeof WebAssembly === "undefined") {
  notice("This browser has no WebAssembly, or it is switched off. The playground needs it to run the policy.");
  for (const useless of document.querySelectorAll<HTMLElement>("main, .skip, .tools label, #share")) useless.hidden = true;
} else {
  start();
}
