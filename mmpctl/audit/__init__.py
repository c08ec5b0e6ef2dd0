"""An audit's rows and findings, from what a node tells to the document."""
