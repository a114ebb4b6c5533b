// What the settings' schema says of the key at the cursor: for completion and for hovering.
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { Text } from "@codemirror/state";
import schema from "../../policy-settings/schema.json";

interface Schema {
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  description?: string;
  default?: unknown;
}

const KEY = /^(\s*(?:- +)*)([\w.-]+):/;

/** The keys above a line that stands `indent` deep, outermost first; `[]` stands for a list. */
function pathAbove(text: Text, line: number, indent: number): string[] {
  const path: string[] = [];
  let depth = indent;
  for (let number = line - 1; number > 0 && depth > 0; number--) {
    const content = text.line(number).text;
    const [, lead = "", key = ""] = KEY.exec(content) ?? [];
    const dash = lead.indexOf("-");
    if (dash >= 0 && dash < depth) {
      path.unshift("[]");
      depth = dash + 1;
      if (lead.length < depth && key) path.unshift(key);
    }
    const column = lead.length;
    if (key !== "" && dash < 0 && column < depth) {
      path.unshift(key);
      depth = column;
    }
  }
  return path;
}

function schemaAt(path: string[]): Schema | undefined {
  return path.reduce<Schema | undefined>((at, key) => {
    if (key === "[]") return at?.items;
    const other = typeof at?.additionalProperties === "object" ? at.additionalProperties : undefined;
    return at?.properties?.[key] ?? other;
  }, schema as Schema);
}

/** The path of what stands `indent` deep on a line, which may begin an item of a list itself. */
function pathOf(text: Text, line: number): string[] {
  const lead = /^\s*(- +)?/.exec(text.line(line).text);
  const column = lead?.[0].length ?? 0;
  const dash = lead?.[1] ? column - lead[1].length : undefined;
  return dash === undefined
    ? pathAbove(text, line, column)
    : [...pathAbove(text, line, dash + 1), "[]"];
}

const valuesOf = (node: Schema | undefined): string[] => {
  if (node?.enum) return node.enum.map(String);
  return node?.type === "boolean" ? ["true", "false"] : [];
};

/** Keys and values that may stand at the cursor. */
export function complete(context: CompletionContext): CompletionResult | null {
  const { doc } = context.state;
  const line = doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const word = /[\w.-]*$/.exec(before)?.[0] ?? "";
  const from = context.pos - word.length;
  const path = pathOf(doc, line.number);
  const value = KEY.exec(before);
  if (value?.[2] !== undefined) {
    const options = valuesOf(schemaAt([...path, value[2]])).map((label) => ({ label }));
    return options.length > 0 ? { from, options } : null;
  }
  if (!/^\s*(- +)*[\w.-]*$/.test(before) || (word === "" && !context.explicit)) return null;
  const { properties = {} } = schemaAt(path) ?? {};
  const options = Object.entries(properties).map(([label, node]) => ({
    label,
    type: "property",
    apply: `${label}: `,
    ...(node.description ? { info: node.description } : {}),
  }));
  return { from, options, validFor: /^[\w.-]*$/ };
}

/** What is said of the key on a line; nothing where there is none that is known. */
export function describe(doc: Text, line: number): { from: number; to: number; text: string } | undefined {
  const content = doc.line(line);
  const [, lead = "", key = ""] = KEY.exec(content.text) ?? [];
  const node = key === "" ? undefined : schemaAt([...pathOf(doc, line), key]);
  if (!node?.description) return undefined;
  const from = content.from + lead.length;
  const standard = node.default === undefined ? "" : ` Default: ${JSON.stringify(node.default)}.`;
  return { from, to: from + key.length, text: node.description + standard };
}
