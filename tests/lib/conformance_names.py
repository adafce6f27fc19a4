"""Names that conformance tests and their server agree on."""
NODE_NAME = "conformance-node"
