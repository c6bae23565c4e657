"""Columns of the tables whose exports are in the corpus."""

PLAIN = ("id", "customer_name", "amount", "created_at")

AWKWARD = (
    "id",
    "Order ID",
    "user-name",
    "a,b",
    "a;b",
    "a|b",
    "tab\tbed",
    "line\nbreak",
    'say "hi"',
    '"quoted"',
    "it's",
    "back\\slash",
    "ends\\",
    " leading",
    "trailing ",
    "größe",
    "价格",
    "🚚",
    "#hash",
    "=1+1",
    "select",
    "NULL",
    "\\.",
    "\\N",
    "1",
)
"""Names that PostgreSQL allows, in quotes."""

WESTERN = ("id", "größe", "prix unitaire", "año", "Ærø")
"""Names that Latin-1 has."""
