/** Node's door to one more thread of a server; see `main_node.ts`. */
import "./runtime/node_imports.ts";

const { work } = await import("./cli/workers.ts");
const { nodeParent, nodeRuntime } = await import("./runtime/node.ts");
work(nodeRuntime(), nodeParent());
