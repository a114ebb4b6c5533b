// The snapshot of a cluster as files give it.
import { count, one } from "./dom.ts";
import type { Editor, Ways } from "./editor.ts";
import { told } from "./protocol.ts";

const MOST_CHARACTERS = 4_000_000;

/** How much of a cluster is taken. */
export const SNAPSHOT: Ways = {
  most: { characters: MOST_CHARACTERS, why: " of a cluster; leave out less important kinds, ConfigMaps first" },
};

/** Puts into the editor what is chosen or dropped; what stood there comes back with undo. */
export function startSnapshot(editor: Editor, notice: (text: string) => void): void {
  const take = async (files: File[]): Promise<void> => {
    try {
      editor.text = await textOf(files);
    } catch (error) {
      notice(`The cluster was not accepted: ${told(error)}.`);
    }
  };
  for (const way of ["files", "folder"]) {
    const input = one<HTMLInputElement>(`#snapshot-${way}-input`);
    one(`#snapshot-${way}`).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      // The same can be chosen again.
      input.value = "";
      if (files.length > 0) void take(files);
    });
  }
  one("#snapshot-clear").addEventListener("click", () => {
    editor.text = "";
    editor.view.focus();
  });
  // Before the editor hears of it, which would insert the text where it is dropped.
  const panel = one("#panel-cluster");
  const holdsFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes("Files") ?? false;
  panel.addEventListener("dragover", (event) => {
    if (holdsFiles(event)) event.preventDefault();
  });
  const drop = (event: DragEvent): void => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    void take([...(event.dataTransfer?.files ?? [])]);
  };
  panel.addEventListener("drop", drop, true);
}

const pathOf = ({ name, webkitRelativePath }: File): string => webkitRelativePath || name;

/** Whether a file of a folder may be a manifest. */
const isManifest = (file: File): boolean => /\.(ya?ml|json)$/i.test(file.name) && !/(^|\/)(\.|node_modules\/)/.test(pathOf(file));

/** The texts of files as documents of one; of a folder, of its manifests. */
async function textOf(given: File[]): Promise<string> {
  const files = given.filter((file) => file.webkitRelativePath === "" || isManifest(file));
  files.sort((one, other) => (pathOf(one) < pathOf(other) ? -1 : 1));
  if (files.length === 0) throw new Error("the folder contains no .yaml, .yml or .json file");
  const size = files.reduce((sum, { size }) => sum + size, 0);
  // So much text is not even read: each character has four bytes at most.
  if (size > 4 * MOST_CHARACTERS) throw new Error(`the files have ${count(Math.round(size / 1e6))} MB`);
  const read = async (file: File): Promise<string> => {
    const text = await file.text().catch(() => {
      throw new Error(`${pathOf(file)} can't be read; a folder is chosen by the button`);
    });
    return `# ${pathOf(file).replaceAll(/\s/g, " ")}\n${text.trimEnd()}\n`;
  };
  return (await Promise.all(files.map(read))).join("---\n");
}
