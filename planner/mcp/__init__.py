"""planner as tools of the Model Context Protocol, for agents that size services (extra ``[mcp]``)."""
