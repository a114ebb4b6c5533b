// What the policy answers to the questions of the page.
import type { Document } from "yaml";
import init, * as policy from "../pkg/playground.js";
import { json, type Problem, parse, type Range, rangeOf, rangeOfPath } from "./document.ts";
import { document as changed, type Edited, edited } from "./edited.ts";
import { type Calls, type Judged, type Judgement, type Name, type Report, type Texts, told } from "./protocol.ts";

/** How many objects of a text are judged, and how many problems and findings of each are told. */
const MOST = 100;
/** How much text is read again to show what admission changes. */
const MOST_EDITED = 200_000;

/** Settles once the policy is loaded, or can't be. */
export const ready = init().catch((error: unknown) => {
  throw new Error(`the policy can't be loaded: ${told(error)}`);
});

/** Settings as JSON, empty ones where there are none, and all that is wrong with them. */
function settingsOf(text: string): { taken: string; faults: Problem[] } {
  const { documents, problems } = parse(text);
  if (problems.length > 0) return { taken: "{}", faults: problems };
  const [document, second] = documents;
  if (!document) return { taken: "{}", faults: [] };
  if (second) return { taken: "{}", faults: [{ ...rangeOf(second, ""), message: "the settings must be one document, not several" }] };
  try {
    const taken = json(document);
    const faults = policy.settingsFaults(taken).map(({ path, what }) => {
      const message = path === "" ? what : `${path}: ${what}`;
      return { ...rangeOfPath(document, path), message };
    });
    return { taken, faults };
  } catch (error) {
    return { taken: "{}", faults: [{ ...rangeOf(document, ""), message: said(error) }] };
  }
}

/** The settings, which the page has been told to be valid. */
function valid(text: string): string {
  const { taken, faults } = settingsOf(text);
  if (faults[0]) throw new Error(faults[0].message);
  return taken;
}

interface Seen {
  text: string;
  cluster: policy.Cluster;
  faults: Problem[];
  foreign: Range[];
}

/** The cluster of the last text: it changes seldom, and may be large. */
let seen: Seen | undefined;

/** What a snapshot shows of a cluster, and all that keeps it from being read. */
function clusterOf(text: string): Seen {
  if (seen?.text === text) return seen;
  const { documents, problems: faults } = parse(text);
  const values: string[] = [];
  for (const document of documents) {
    try {
      if (faults.length === 0) values.push(json(document));
    } catch (error) {
      faults.push({ ...rangeOf(document, ""), message: said(error) });
    }
  }
  const cluster = new policy.Cluster(`[${faults.length > 0 ? "" : values.join(",")}]`);
  const foreign = [...cluster.foreign()].flatMap((index) => documents[index] ?? []);
  const ranges = foreign.map((document) => rangeOf(document, ""));
  if (foreign.length > 0 && foreign.length === documents.length) {
    faults.push(...ranges.slice(0, 1).map((range) => ({ ...range, message: "the snapshot contains no Kubernetes object" })));
  }
  seen?.cluster.free();
  seen = { text, cluster, faults, foreign: ranges };
  return seen;
}

function judge({ manifest, settings, cluster: snapshot }: Texts): Report {
  const { taken, faults } = settingsOf(settings);
  const { cluster, faults: unread, foreign } = clusterOf(snapshot);
  const { documents, problems } = parse(manifest);
  const report: Report = {
    settings: faults.slice(0, MOST),
    cluster: unread.slice(0, MOST),
    foreign: foreign.slice(0, MOST),
    manifest: problems.slice(0, MOST),
    documents: [],
    cut: problems.length > MOST,
  };
  if (problems.length > 0 || faults.length > 0 || unread.length > 0) return report;
  for (const [index, document] of documents.entries()) {
    const room = MOST - report.documents.length - report.manifest.length;
    report.cut ||= room <= 0;
    if (report.cut) break;
    try {
      const judgements = policy.judge(json(document), taken, cluster);
      report.documents.push(...judgements.slice(0, room).map((one) => placed(one, index, document)));
      report.cut = judgements.length > room;
    } catch (error) {
      report.manifest.push({ ...rangeOf(document, ""), message: said(error) });
    }
  }
  let room = MOST_EDITED;
  for (const judged of report.documents) {
    const document = documents[judged.index];
    room -= judged.patch.length > 0 && document ? document.range[2] - document.range[0] : 0;
    if (judged.patch.length > 0 && document && room >= 0) judged.admitted = admitted(manifest, document, judged);
  }
  return report;
}

/** The document as it is admitted; nothing where that can't be written in its form. */
function admitted(manifest: string, document: Document.Parsed, { index, patch }: Judged): Edited | undefined {
  const [from, , to] = document.range;
  try {
    return changed(manifest, { from, to }, index, patch);
  } catch {
    return undefined;
  }
}

/** A judgement with the places in the text that it speaks of. */
function placed({ findings, ...rest }: Judgement, index: number, document: Document.Parsed): Judged {
  const ranged = (pointer: string) => rangeOf(document, pointer);
  const steps = rest.candidates.flatMap((pod) => pod.alternatives.flat());
  return {
    ...rest,
    index,
    findings: findings.slice(0, MOST).map((one) => ({ ...one, ranges: one.places.map(ranged) })),
    left: Math.max(0, findings.length - MOST),
    places: Object.fromEntries(steps.map(({ place }) => [place, ranged(place)])),
  };
}

/** What an error says of the text that was given. */
const said = (error: unknown): string => (error instanceof RangeError ? "is nested too deeply" : told(error));

type Answers = { [N in Name]: (takes: Calls[N]["takes"]) => Calls[N]["gives"] };

const answers: Answers = {
  about: () => policy.about(),
  judge,
  edit: ({ text, index, operations }) => edited(text, index, operations),
  capacity: ({ settings }) => policy.capacity(valid(settings)),
  plan: ({ settings }) => policy.plan(valid(settings)),
};

/** An answer, once the policy is loaded; whatever is thrown says why there is none. */
export function answer<N extends Name>(name: N, takes: Calls[N]["takes"]): Calls[N]["gives"] {
  try {
    return answers[name](takes);
  } catch (error) {
    throw new Error(said(error));
  }
}
