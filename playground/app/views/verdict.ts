// The verdict: what becomes of each document, what the rules find, what admission changes.
import { h, one, prose } from "../dom.ts";
import { showDifference } from "../editor.ts";
import type { Judged, Operation, Report } from "../protocol.ts";
import { ruleLink } from "../rules.ts";

export interface Actions {
  manifest: string;
  lineOf: (offset: number) => number;
  go: (offset: number) => void;
  fix: (index: number, operations: Operation[]) => void;
  openSettings: () => void;
}

const TOLD: Record<string, [string, string]> = {
  allowed: ["Allowed", "✓"],
  repaired: ["Allowed, repaired", "✎"],
  denied: ["Denied", "✕"],
  unjudged: ["Can't be judged, refused", "✕"],
  skipped: ["Not judged: the policy does not look at this kind", "–"],
};

const outcome = ({ verdict, patch }: Judged): string =>
  verdict === "allowed" && patch.length > 0 ? "repaired" : verdict;

/** The verdicts in a sentence, for who can't see them. */
export function summary({ settings, manifest, documents }: Report): string {
  if (settings.length > 0) return `The settings have ${settings.length} faults.`;
  if (manifest[0]) return `The manifest can't be judged: ${manifest[0].message}`;
  const told = documents.map((one) => {
    const findings = one.findings.length === 1 ? "1 finding" : `${one.findings.length} findings`;
    return `${one.name}: ${TOLD[outcome(one)]?.[0]}, ${findings}.`;
  });
  return told.join(" ") || "Nothing to judge.";
}

export function showVerdict(report: Report, actions: Actions): void {
  const parts: HTMLElement[] = [];
  if (report.settings.length > 0) parts.push(faulty(actions));
  for (const { from, message } of report.manifest) {
    parts.push(
      h(
        "div",
        { class: "verdict denied" },
        h("h2", {}, "✕ The manifest can't be read"),
        h("p", {}, jump(from, actions), " ", prose(message)),
      ),
    );
  }
  parts.push(...report.documents.map((judged) => verdict(judged, actions)));
  if (parts.length === 0) parts.push(h("p", { class: "quiet" }, "Nothing to judge. Paste a manifest, or take an example."));
  one("#panel-verdict").replaceChildren(...parts);
}

/** Says that the settings have faults, where a view can't do without them. */
export function faulty(actions: Pick<Actions, "openSettings">): HTMLElement {
  return h(
    "div",
    { class: "verdict denied" },
    h("h2", {}, "✕ The settings are not valid"),
    h("p", {}, "The policy would not start with them. ", h("button", { type: "button", click: actions.openSettings }, "Show the settings")),
  );
}

function jump(offset: number, actions: Actions): HTMLElement {
  const line = actions.lineOf(offset);
  return h("button", { type: "button", class: "place", click: () => actions.go(offset) }, `line ${line}`);
}

function verdict(judged: Judged, actions: Actions): HTMLElement {
  const key = outcome(judged);
  const [title, sign] = TOLD[key] ?? [key, ""];
  const fixAll = h(
    "button",
    { type: "button", class: "primary", click: () => actions.fix(judged.index, judged.repair) },
    "Apply the fix",
  );
  const section = h(
    "section",
    { class: "document" },
    h(
      "div",
      { class: `verdict ${key}` },
      h("h2", {}, h("span", { "aria-hidden": "true" }, `${sign} `), title),
      h("p", { class: "name" }, judged.name),
      judged.message && h("p", {}, prose(judged.message)),
      judged.repair.length > 0 && fixAll,
    ),
    judged.findings.length > 0 && list(judged, actions),
    judged.verdict === "allowed" && judged.findings.length === 0 && h("p", { class: "quiet" }, "No rule finds anything."),
  );
  if (judged.admitted !== undefined) {
    const host = h("div", { class: "difference" });
    section.append(h("h3", {}, "What admission changes"), host);
    showDifference(host, `${judged.name} as admitted`, actions.manifest, judged.admitted);
  }
  const notes = Object.entries(judged.annotations);
  if (notes.length > 0) {
    const rows = notes.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, value)]);
    section.append(h("h3", {}, "Audit annotations"), h("dl", {}, ...rows));
  }
  return section;
}

function list({ findings, index }: Judged, actions: Actions): HTMLElement {
  const items = findings.map((finding) => {
    const remedies = finding.remedy.split("; ").filter((remedy) => remedy !== "");
    const places = finding.ranges.map(({ from }) => jump(from, actions));
    const fix = h(
      "button",
      { type: "button", click: () => actions.fix(index, finding.fix) },
      "Apply this fix",
    );
    return h(
      "li",
      { class: "finding" },
      h(
        "p",
        { class: "head" },
        h("span", { class: `badge ${finding.action}` }, finding.action),
        finding.rule !== "" && ruleLink(finding.rule),
        ...places,
      ),
      h("p", {}, prose(finding.what)),
      remedies.length > 0 && h("ul", { class: "remedies" }, ...remedies.map((remedy) => h("li", {}, prose(remedy)))),
      finding.fix.length > 0 && fix,
    );
  });
  return h("ol", { class: "findings", "aria-label": "Findings" }, ...items);
}
