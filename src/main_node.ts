/** Node's door. The hooks that resolve bare names must be in place before anything that uses them is imported. */
import "./runtime/node_imports.ts";

const { main } = await import("./cli/main.ts");
const { nodeRuntime } = await import("./runtime/node.ts");
await main(nodeRuntime());
