"""A plan as one self-contained page: no network, no inline style, its script and style allowed by their digests."""
