"""Ask about the plan's money: figures, documents, what used money up, and whether all adds up."""
