// What the theme leaves to be said for a reader who cannot see: visible text is the name, the
// sidebar is a landmark, and what scrolls can be reached by the keyboard.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("details.hide > summary, .search-button-field")
    .forEach((one) => one.removeAttribute("aria-label"));
  document.querySelectorAll(".sidebar-primary-items__start").forEach((one) => {
    one.setAttribute("role", "navigation");
    one.setAttribute("aria-label", "Course");
  });
  // What is wider than its box scrolls, and the arrow keys have to reach it.
  const wide = ".course-table, .course-wide, .text_html > div, div.cell_output .output, .bd-article table, .bd-article pre";
  const reach = () => document.querySelectorAll(wide).forEach((one) => {
    if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
  });
  new ResizeObserver(reach).observe(document.body);
  window.addEventListener("load", reach);
});
// Search shows some words around each hit, which it fetches. A page that was opened from a disk may
// fetch nothing, so there it lists titles alone.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
