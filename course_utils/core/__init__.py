"""What every room stands on: errors, files, tables, arguments, masks, the computer."""
