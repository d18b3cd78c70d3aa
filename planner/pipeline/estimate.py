"""One configuration estimated: memory, step times by operator, latency and throughput at a concurrency."""
