"""Questions about money above a single plan: break-even against an API, levers of a deployment that exists."""
