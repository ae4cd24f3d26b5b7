"""For people who teach the course: plan, slides, board, survey, page to print, and a server for a room."""
