// Changes to a text: what no change names keeps its place, its form and its comments.
// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { runnerImport } from "vite";
import { Document, isCollection, parse as parseYaml, visit } from "yaml";
import * as policy from "../pkg/playground.js";

/** @typedef {import("../pkg/playground.js").Operation} Operation */

/** @type {{module: typeof import("../app/edit.ts")}} */
const { module: edit } = await runnerImport("./app/edit.ts");
/** @type {{module: typeof import("../app/document.ts")}} */
const { module: document } = await runnerImport("./app/document.ts");

/** The text with the changes made in one of its documents. @param {string} text @param {number} index @param {Operation[]} operations */
function edited(text, index, operations) {
  const { from, to, text: by } = edit.edited(text, document.parse(text).documents, index, operations);
  return text.slice(0, from) + by + text.slice(to);
}

/** @param {string} path @param {unknown} value @returns {Operation} */
const add = (path, value) => ({ op: "add", path, value });
/** @param {string} path @param {unknown} value @returns {Operation} */
const replace = (path, value) => ({ op: "replace", path, value });
/** @param {string} path @returns {Operation} */
const remove = (path) => ({ op: "remove", path, value: undefined });

/** @type {{name: string, text: string, index?: number, operations: Operation[], gives: string}[]} */
const rows = [
  {
    name: "a value keeps its comment and its quotes",
    text: "a: 'x' # why\nb: 1\n",
    operations: [replace("/a", "y")],
    gives: "a: 'y' # why\nb: 1\n",
  },
  {
    name: "a member joins a block as it is indented",
    text: "spec:\n    # the node\n    on:\n        here: 1\n\n# the end\nend: 2\n",
    operations: [add("/spec/on/there", 2)],
    gives: "spec:\n    # the node\n    on:\n        here: 1\n        there: 2\n\n# the end\nend: 2\n",
  },
  {
    name: "an item joins a list that is not indented",
    text: "c:\n- name: a # first\n- name: b\nd: 1\n",
    operations: [add("/c/1", { name: "z" })],
    gives: "c:\n- name: a # first\n- name: z\n- name: b\nd: 1\n",
  },
  {
    name: "a member leaves the comments of the others",
    text: "a:\n  # about x\n  x: 1\n  # about y\n  y: 2 # two\n",
    operations: [remove("/a/x")],
    gives: "a:\n  # about x\n  # about y\n  y: 2 # two\n",
  },
  {
    name: "brackets over several lines stay so",
    text: "env: [\n  {name: a}, # first\n  {name: b}, # second\n]\n",
    operations: [add("/env/2", { name: "c" }), remove("/env/0")],
    gives: "env: [\n  {name: b}, { name: c }, # second\n]\n",
  },
  {
    name: "what an alias gives already is left alone",
    text: "limits: &all {gpu: 8} # shared\nrequests: *all\n",
    operations: [add("/limits/efa", "32"), add("/requests/efa", "32")],
    gives: 'limits: &all {gpu: 8, efa: "32"} # shared\nrequests: *all\n',
  },
  {
    name: "an alias does not change what it stands for elsewhere",
    text: "limits: &all\n  gpu: 8 # all\nrequests: *all\n",
    operations: [replace("/requests/gpu", 4)],
    gives: "limits:\n  gpu: 8 # all\nrequests:\n  gpu: 4 # all\n",
  },
  {
    name: "a merged member is put over what is merged",
    text: "base: &base { image: x }\nc:\n  <<: *base # as above\n",
    operations: [replace("/c/image", "z")],
    gives: "base: &base { image: x }\nc:\n  <<: *base # as above\n  image: z\n",
  },
  {
    name: "a merged member can be taken away",
    text: "base: &base { image: x, name: m }\nc:\n  <<: *base\n",
    operations: [remove("/c/image")],
    gives: "base:\n  image: x\n  name: m\nc:\n  name: m\n",
  },
  {
    name: "JSON stays JSON, and what is not named keeps its text",
    text: '{\n    "a": {},\n    "id": 12345678901234567890\n}\n',
    operations: [add("/a/b-c", [{ d: "on" }]), add("/e", 1)],
    gives: '{\n    "a": {"b-c": [{"d": "on"}]},\n    "id": 12345678901234567890, "e": 1\n}\n',
  },
  {
    name: "a word that older readers take for more is quoted",
    text: "a: 1\n",
    operations: [add("/b", "yes"), add("/c", "1_000")],
    gives: 'a: 1\nb: "yes"\nc: "1_000"\n',
  },
  {
    name: "of several documents in JSON the others stay",
    text: '{"a": 1}\n---\n{"b": 2}\n',
    operations: [replace("/a", 3)],
    gives: '{"a": 3}\n---\n{"b": 2}\n',
  },
  {
    name: "of several documents the right one is changed",
    text: "# lead\n---\na: 1 # one\n---\n# only words\n---\na: 2 # two\n...\n---\na: 3 # three",
    index: 1,
    operations: [add("/b", 4)],
    gives: "# lead\n---\na: 1 # one\n---\n# only words\n---\na: 2 # two\nb: 4\n...\n---\na: 3 # three",
  },
];

describe("a text is changed in place", () => {
  for (const { name, text, index = 0, operations, gives } of rows) {
    test(name, () => assert.equal(edited(text, index, operations), gives));
  }
});

/** A value in which equal parts are one, so that it is written with aliases. @param {any} value @param {Map<string, unknown>} seen */
function shared(value, seen = new Map()) {
  if (value === null || typeof value !== "object") return value;
  for (const key of Object.keys(value)) value[key] = shared(value[key], seen);
  const key = JSON.stringify(value);
  if (!seen.has(key)) seen.set(key, value);
  return key.length > 8 ? seen.get(key) : value;
}

/** A value as some hand might write it: styles, quotes, aliases, and a comment wherever one may stand. @param {unknown} value @param {number} hand */
function written(value, hand) {
  const object = structuredClone(value);
  const yaml = new Document(hand % 3 === 0 ? shared(object) : object, { aliasDuplicateObjects: true });
  let count = hand;
  const every = (/** @type {number} */ nth) => count++ % nth === 0;
  visit(yaml, {
    Collection(_, node) {
      if (hand % 2 === 1 && node.items.length > 0 && every(4)) {
        visit(node, { Collection: (_, inner) => void (inner.flow = true) });
        return visit.SKIP;
      }
      return undefined;
    },
    Pair(_, pair) {
      if (pair.key && every(5)) /** @type {any} */ (pair.key).commentBefore = ` before ${count}`;
    },
    Scalar(key, node) {
      if (typeof node.value === "string" && every(3)) node.type = every(2) ? "QUOTE_DOUBLE" : "QUOTE_SINGLE";
      if (key === "value" && every(4)) node.comment = ` behind ${count}`;
    },
  });
  visit(yaml, {
    Collection(_, node) {
      if (!node.flow) return undefined;
      // Between brackets a comment breaks the line; that is another style.
      visit(node, { Value: (_, inner) => void (isCollection(inner) || (inner.comment = inner.commentBefore = null)), Pair: (_, pair) => void (/** @type {any} */ (pair.key).commentBefore = null) });
      return visit.SKIP;
    },
  });
  return yaml.toString({ lineWidth: 0, indent: hand % 5 === 4 ? 4 : 2, indentSeq: hand % 4 !== 3 });
}

test("every repair of the corpus holds in the text, in whatever hand it is written", () => {
  policy.initSync({ module: readFileSync("pkg/playground_bg.wasm") });
  /** @type {{name: string, payload: string, settings: string, host: unknown, repaired: unknown}[]} */
  const corpus = JSON.parse(readFileSync("../target/corpus.json", "utf8"));
  const cases = corpus.filter(({ repaired, host }) => repaired !== null && host === null);
  const cluster = new policy.Cluster("[]");
  const comments = (/** @type {string} */ text) => new Set(text.match(/# (before|behind) \d+/g));
  let changes = 0;
  for (const { name, payload, settings } of cases) {
    const { object } = JSON.parse(payload).request;
    const [judged] = policy.judge(JSON.stringify(object), settings, cluster);
    if (!judged || judged.repair.length === 0) continue;
    const removed = judged.repair.filter(({ op }) => op !== "add").length;
    for (let hand = 0; hand < 6; hand++) {
      const text = `kind: Other # before 0\n---\n${written(object, hand)}`;
      const result = edited(text, 1, judged.repair);
      const after = document.parse(result).documents.map((one) => JSON.parse(document.json(one)));
      const [again] = policy.judge(JSON.stringify(after[1]), settings, cluster);
      assert.deepEqual(after[0], parseYaml("kind: Other"), `${name}, hand ${hand}`);
      assert.deepEqual(again?.repair, [], `${name}, hand ${hand}:\n${text}\n${result}`);
      const kept = comments(result);
      const lost = [...comments(text)].filter((comment) => !kept.has(comment));
      // With what is taken away goes what was said of it.
      assert.ok(lost.length <= 2 * removed, `${name}, hand ${hand}: ${lost}\n${text}\n${result}`);
      changes++;
    }
  }
  assert.ok(changes > 150, `only ${changes} changes`);
});
