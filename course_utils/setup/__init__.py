"""The commands lab, test, check, run and data: they start on a bare Python."""
