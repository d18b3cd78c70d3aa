"""How Sphinx builds this documentation: MyST Markdown and furo, with every warning an error (`-W -n`)."""

project = "planner"
author = "The planner authors"
copyright = "The planner authors, Apache-2.0"

extensions = ["myst_parser", "sphinx.ext.mathjax"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = "planner"
html_static_path = ["_static"]
html_css_files = ["planner.css"]
html_theme_options = {"navigation_with_keys": True}
