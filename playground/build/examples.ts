// What the page offers to start from: files of the project and cases of its corpus, read when the
// page is built; and where the project is.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";
import { parse, stringify } from "yaml";

const root = resolve(import.meta.dirname, "../..");

export interface Example {
  id: string;
  title: string;
  /** Nothing leaves the manifest as it is. */
  manifest?: string;
  settings: string;
  /** A snapshot of a cluster; without one nothing is known of any. */
  cluster?: string;
  view: "verdict" | "candidates" | "capacity" | "plan";
}

const file = (path: string): string => readFileSync(resolve(root, path), "utf8");

function yaml(value: unknown): string {
  const text = stringify(value, { lineWidth: 0 });
  return text === "{}\n" ? "" : text;
}

function example(id: string, title: string): Example {
  return { id, title, manifest: file(`examples/${id}.yaml`), settings: "", view: "verdict" };
}

function ofCase(path: string, title: string): Example {
  const folder = `e2e/cases/${path}`;
  const object = JSON.parse(file(`${folder}/object.json`));
  const hasSettings = existsSync(resolve(root, folder, "settings.json"));
  const settings = hasSettings ? JSON.parse(file(`${folder}/settings.json`)) : {};
  const manifest = yaml({ apiVersion: "", kind: "", ...object });
  const id = path.replace("/", ".");
  if (!existsSync(resolve(root, folder, "cluster"))) return { id, title, manifest, settings: yaml(settings), view: "verdict" };
  // With a cluster it goes without saying.
  const { clusterContext: _, ...rest } = settings;
  return { id, title, manifest, settings: yaml(rest), cluster: filesOf(`${folder}/cluster`), view: "verdict" };
}

/** The files of a folder as documents of one. */
const filesOf = (folder: string): string =>
  readdirSync(resolve(root, folder)).sort().map((name) => `# ${name}\n${file(`${folder}/${name}`)}`).join("---\n");

function plan(id: string, title: string): Example {
  return { id, title, settings: file(`playground/plans/${id}.yml`), view: "plan" };
}

export const examples: Example[] = [
  example("aws-example-pod", "AWS's example pod"),
  example("aws-example-pod-repaired", "AWS's example pod, repaired"),
  example("aws-node", "The VPC CNI (aws-node)"),
  ofCase("efa-required/worker-gets-all-interfaces", "A training worker without EFA"),
  ofCase("efa-count/split-over-containers-and-a-sidecar", "More EFA than a node has"),
  ofCase("bandwidth-required/pytorch-job-object", "A PyTorchJob"),
  ofCase("efa-required/hyperpod-pytorch-job", "A HyperPodPyTorchJob without EFA"),
  ofCase("efa-types/p4d-and-p5", "A job on two generations of instance types"),
  ofCase("efa-environment/mpirun-exports-tcp", "An MPIJob that exports a variable"),
  ofCase("efa-serving/group-of-two-without-efa", "A LeaderWorkerSet that serves without EFA"),
  ofCase("efa-count/dynamo-services", "A DynamoGraphDeployment"),
  ofCase("efa-count/llm-inference-service", "An LLMInferenceService"),
  ofCase("efa-count/ray-service", "A RayService"),
  ofCase("efa-count/volcano-job", "A Volcano Job"),
  ofCase("efa-count/training-runtime", "A TrainingRuntime"),
  ofCase("efa-count/claim-template", "A ResourceClaimTemplate"),
  ofCase("node-class/auto-mode-with-more-efa-than-any", "A NodeClass of EKS Auto Mode"),
  ofCase("node-label/overlay-of-a-name-in-capitals", "A NodeOverlay"),
  ofCase("node-unsatisfiable/node-pool", "A Karpenter NodePool"),
  ofCase("capacity-max-pods/more-than-small-types-hold", "An EC2NodeClass with too many pods"),
  ofCase("cluster/pretraining", "Training in a cluster with four NodePools"),
  ofCase("cluster/pretraining-without-a-toleration", "Training in a cluster, without a toleration"),
  plan("address-plan", "An address plan"),
  plan("address-plan-too-small", "An address plan that is too small"),
];

const presets = ["recommended", "strict", "audit", "validate-only"].map((id) => ({
  id,
  settings: file(`policy-settings/${id}.yml`),
}));

const repository = parse(file("metadata.yml")).annotations["io.kubewarden.policy.source"];

/** `virtual:examples` */
export function examplesPlugin(): Plugin {
  const id = "virtual:examples";
  return {
    name: "examples",
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load: (source) =>
      source === `\0${id}`
        ? `export const examples = ${JSON.stringify(examples)};
export const presets = ${JSON.stringify(presets)};
export const repository = ${JSON.stringify(repository)};`
        : undefined,
  };
}
