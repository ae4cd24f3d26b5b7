// The player of a page, where a kernel listens: it learns which frame stands still.
export default {
  render({ model, el }) {
    el.setAttribute("data-lm-suppress-shortcuts", "true");  // the notebook has keys of its own
    let root;
    function build() {
      root?.player.pause();
      el.innerHTML = model.get("page");
      root = el.querySelector(".course-film");
      root.addEventListener("course-frame", ({ detail }) => {
        if (detail.playing || detail.frame === model.get("frame")) return;
        model.set("frame", detail.frame);
        model.save_changes();
      });
      player(root, model.get("told"));
    }
    model.on("change:page", build);
    model.on("change:frame", () => {
      if (root.player.playing() || root.player.frame() === model.get("frame")) return;
      root.player.show(model.get("frame"));
    });
    build();
    return () => root.player.pause();
  },
};
