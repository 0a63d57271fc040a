"""One module for each node type. The folder is the list: `flowctl.flow.node.load_node_types` imports them all."""
