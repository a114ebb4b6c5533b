// Changes to a text, by the code that `admit --fix` uses: what no change names keeps its place and its comments.
// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runnerImport } from "vite";
import { Document, isCollection, parse as parseYaml, visit } from "yaml";
import * as policy from "../pkg/playground.js";

/** @type {{module: typeof import("../app/document.ts")}} */
const { module: document } = await runnerImport("./app/document.ts");

policy.initSync({ module: readFileSync("pkg/playground_bg.wasm") });

test("of several documents the right one is changed", () => {
  const text = "# lead\n---\na: 1 # one\n---\n# only words\n---\na: 2 # ä\n...\n---\na: 3 # three";
  const operations = JSON.stringify([{ op: "add", path: "/b", value: "yes" }]);
  assert.equal(policy.edit(text, 1, operations), text.replace("# ä\n", '# ä\nb: "yes"\n'));
  assert.throws(() => policy.edit(text, 3, operations), /there is no such document/);
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
  /** @type {{name: string, payload: string, settings: string, host: unknown, repaired: unknown}[]} */
  const corpus = JSON.parse(readFileSync("../target/corpus.json", "utf8"));
  const cases = corpus.filter(({ repaired, host }) => repaired !== null && host === null);
  const cluster = new policy.Cluster("[]");
  const comments = (/** @type {string} */ text) => new Set(text.match(/# (before|behind) \d+/g));
  let changes = 0;
  let shared = 0;
  for (const { name, payload, settings } of cases) {
    const { object } = JSON.parse(payload).request;
    const [judged] = policy.judge(JSON.stringify(object), settings, cluster);
    if (!judged || judged.repair.length === 0) continue;
    const removed = judged.repair.filter(({ op }) => op !== "add").length;
    for (let hand = 0; hand < 6; hand++) {
      const text = `kind: Other # before 0\n---\n${written(object, hand)}`;
      let result;
      try {
        result = policy.edit(text, 1, JSON.stringify(judged.repair));
      } catch (error) {
        // What an anchor shares with other places is left to its author.
        assert.ok(hand % 3 === 0 && text.includes("*"), `${name}, hand ${hand}: ${error}\n${text}`);
        shared++;
        continue;
      }
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
  assert.ok(changes > 150 && shared < changes / 10, `only ${changes} changes, ${shared} behind anchors`);
});
