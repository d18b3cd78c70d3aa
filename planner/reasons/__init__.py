"""Why this plan and no other: the request asked again with one thing changed, as often as it takes."""
