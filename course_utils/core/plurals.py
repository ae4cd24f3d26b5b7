"""A count and its noun, as a sentence needs them: '1 patient', '2 patients', '1 of them is'."""


def count(number, noun, plural=None):
    """'1 patient', '0 patients', '16,384 pixels'. plural: of a noun that does not end in s."""
    many = plural or f"{noun}s"
    return f"{int(number):,} {noun if number == 1 else many}"


def verb(number, one, many):
    """`one` for a single thing, else `many`: verb(count, "is", "are")."""
    return one if number == 1 else many
