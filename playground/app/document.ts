// YAML documents: their values, and where in the text a JSON Pointer points.
import { type Document, type ErrorCode, isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseAllDocuments } from "yaml";

/** A piece of a text, by offsets. */
export interface Range {
  from: number;
  to: number;
}

/** Something that is said of a piece of a text. */
export interface Problem extends Range {
  message: string;
}

export interface Parsed {
  documents: Document.Parsed[];
  problems: Problem[];
}

/** What some errors say to who does not know the parser. */
const PLAINLY: Partial<Record<ErrorCode, string>> = {
  NON_STRING_KEY: "a key must be a string; render a template first",
  RESOURCE_EXHAUSTION: "is nested too deeply",
};

/** The documents of a text that hold something, or what is wrong with it. */
export function parse(text: string): Parsed {
  const options = { merge: true, stringKeys: true, prettyErrors: false } as const;
  const parsed = parseAllDocuments(text, options);
  if ("empty" in parsed) return { documents: [], problems: [] };
  const problems = parsed.flatMap((document) =>
    document.errors.map((error) => {
      const [from, to] = error.pos;
      return { from: Math.min(from, text.length), to: Math.min(to, text.length), message: PLAINLY[error.code] ?? error.message };
    }),
  );
  const documents = parsed.filter(({ contents }) => !(isScalar(contents) && contents.value === null));
  return { documents: documents.filter(({ contents }) => contents !== null), problems };
}

/** The value of a document as JSON. Aliases that multiply without end are refused. */
export function json(document: Document.Parsed): string {
  return JSON.stringify(document.toJS({ maxAliasCount: 100 }));
}

/** The segments of a JSON Pointer. */
export function segments(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function pairOf(node: unknown, key: string): Pair<Node, Node | null> | undefined {
  if (!isMap(node)) return undefined;
  const pairs = node.items as Pair<Node, Node | null>[];
  return pairs.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
}

/** Where a pointer points; where it points nowhere, the last that there is on the way. */
export function rangeOf(document: Document.Parsed, pointer: string): Range {
  let node: unknown = document.contents;
  let found = head(document.contents);
  for (const segment of segments(pointer)) {
    if (isAlias(node)) node = node.resolve(document);
    const pair = pairOf(node, segment);
    const item = isSeq(node) ? node.items[Number(segment)] : undefined;
    if (pair) found = pairRange(pair);
    else if (item) found = head(item as Node);
    else break;
    node = pair ? pair.value : item;
  }
  return found;
}

/** `key: value`, or the key alone where the value is more than a word. */
function pairRange(pair: Pair<Node, Node | null>): Range {
  const from = pair.key.range?.[0] ?? 0;
  const value = isScalar(pair.value) && pair.value.source !== "" ? pair.value.range : undefined;
  return { from, to: value?.[1] ?? pair.key.range?.[1] ?? from };
}

/** What is marked of a value: all of a scalar, of others where they begin. */
function head(node: Node | null): Range {
  const from = node?.range?.[0] ?? 0;
  if (isScalar(node)) return { from, to: node.range?.[1] ?? from };
  const first = isMap(node) ? (node.items[0] as Pair<Node, Node | null> | undefined) : undefined;
  return first ? pairRange(first) : { from, to: from + 1 };
}

/** Where a path of the settings points, such as `network.subnets[2].cidr`. */
export function rangeOfPath(document: Document.Parsed, path: string): Range {
  let pointer = "";
  let node: unknown = document.contents;
  let rest = path;
  while (rest !== "") {
    const index = /^\[(\d+)\]\.?/.exec(rest);
    const pairs = isMap(node) ? (node.items as Pair<Node, Node | null>[]) : [];
    // A key may hold dots itself.
    const keys = pairs.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : ""));
    const key = keys
      .filter((name) => name !== "" && rest.startsWith(name))
      .filter((name) => [".", "[", undefined].includes(rest[name.length]))
      .sort((a, b) => b.length - a.length)[0];
    if (index && isSeq(node)) {
      pointer += `/${index[1]}`;
      rest = rest.slice(index[0].length);
      node = node.items[Number(index[1])];
    } else if (key !== undefined) {
      pointer += `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      rest = rest.slice(key.length).replace(/^\./, "");
      node = pairOf(node, key)?.value;
    } else break;
  }
  return rangeOf(document, pointer);
}
