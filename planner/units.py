"""The one place where datasheet units become SI: gb is 10^9 bytes, gib is 2^30."""

GIB = 2**30
GB = 1e9
TERA = 1e12
BITS_PER_BYTE = 8
MS_PER_S = 1e3
US_PER_S = 1e6
NS_PER_S = 1e9
SECONDS_PER_HOUR = 3600.0
HOURS_PER_DAY = 24.0
HOURS_PER_MONTH = 730.0
MTOK = 1e6
MICRO = 1e6
"""Money and rates are whole millionths where integers are solved over: of USD, of requests per second."""
