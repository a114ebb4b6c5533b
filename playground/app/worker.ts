// The policy, off the page's own thread: whatever it is given, the page stays awake.
import init, * as policy from "../pkg/playground.js";
import { json, type Parsed, parse, rangeOf, rangeOfPath } from "./document.ts";
import { edited } from "./edit.ts";
import type { Answer, Calls, Judged, Name, Question, Report } from "./protocol.ts";

const ready = init();

/** Settings as JSON; empty ones where there are none. */
function settingsOf({ documents, problems }: Parsed): string {
  if (problems[0]) throw new Error(`the settings can't be read: ${problems[0].message}`);
  return documents[0] ? json(documents[0]) : "{}";
}

function judge(manifest: string, settings: string): Report {
  const report: Report = { settings: [], manifest: [], documents: [] };
  const read = parse(settings);
  report.settings = read.problems;
  const taken = read.problems.length > 0 ? "{}" : settingsOf(read);
  for (const { path, what } of policy.settingsFaults(taken)) {
    const range = read.documents[0] ? rangeOfPath(read.documents[0], path) : { from: 0, to: 0 };
    report.settings.push({ ...range, message: path === "" ? what : `${path}: ${what}` });
  }
  const { documents, problems } = parse(manifest);
  report.manifest = problems;
  if (problems.length > 0 || report.settings.length > 0) return report;
  for (const [index, document] of documents.entries()) {
    try {
      const ranged = (pointer: string) => rangeOf(document, pointer);
      for (const { findings, ...rest } of policy.judge(json(document), taken)) {
        const steps = rest.candidates.flatMap((pod) => pod.alternatives.flat());
        const judged: Judged = {
          ...rest,
          index,
          findings: findings.map((one) => ({ ...one, ranges: one.places.map(ranged) })),
          places: Object.fromEntries(steps.map(({ place }) => [place, ranged(place)])),
        };
        if (rest.patch.length > 0) judged.admitted = edited(manifest, index, rest.patch);
        report.documents.push(judged);
      }
    } catch (error) {
      report.manifest.push({ ...rangeOf(document, ""), message: told(error) });
    }
  }
  return report;
}

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));

type Answers = { [N in Name]: (takes: Calls[N]["takes"]) => Calls[N]["gives"] };

const answers: Answers = {
  about: () => policy.about(),
  judge: ({ manifest, settings }) => judge(manifest, settings),
  edit: ({ text, index, operations }) => edited(text, index, operations),
  capacity: ({ settings }) => policy.capacity(settingsOf(parse(settings))),
  plan: ({ settings }) => policy.plan(settingsOf(parse(settings))),
};

addEventListener("message", async ({ data }: MessageEvent<Question>) => {
  let answer: Answer;
  try {
    await ready;
    const call = answers[data.name] as (takes: unknown) => unknown;
    answer = { id: data.id, gives: call(data.takes) };
  } catch (error) {
    answer = { id: data.id, error: told(error) };
  }
  postMessage(answer);
});
