"""Sphinx configuration of the manual. The source folder is the project's root, so that links between
doc/, examples/, potentials/ and src/ hold in the site as in the repository:

    sphinx-build -W -c doc -b html . build/doc/html

Formulas become MathML by docutils' own converter: pages need neither a network nor JavaScript."""
import fnmatch
import os
import re

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.util import logging

project = "POLAR"
copyright = "the authors of POLAR, GPL-2.0"
html_title = "POLAR for LAMMPS"
extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
root_doc = "doc/README"  # with contents.txt, which is of no use to readers of the repository
include_patterns = ["doc/**", "examples/**", "potentials/**", "src/README.md", "unittest/README.md", "unittest/**/README.md", "README.md", "CHANGELOG.md"]
exclude_patterns = ["build*", ".*", "**/work*", "**/*.rst"]
source_suffix = {".md": "markdown"}
highlight_language = "none"
html_theme = "sphinx_rtd_theme"
html_theme_options = {"navigation_depth": 2, "collapse_navigation": True}
html_static_path = ["static"]
html_css_files = ["manual.css"]
html_show_sourcelink = False
html_copy_source = False
html_additional_pages = {"index": "start.html"}
templates_path = ["templates"]


def mathml(self, node, block):
    # docutils takes 12 in \\frac12 for one argument, TeX for two
    tex = re.sub(r"\\frac\s*([0-9a-z])\s*([0-9a-z])", r"\\frac{\1}{\2}", node.astext())
    # browsers ignore the script alphabet of MathML: take the letters themselves
    for letter, script in (("E", "\u2130"), ("F", "\u2131"), ("P", "\U0001d4ab")):
        tex = tex.replace(r"\mathcal{%s}" % letter, script)
    tex = re.sub(r"\\(frac|sqrt)\s*([0-9a-z])", r"\\\1{\2}", tex)
    try:
        try:
            code = latex2mathml.tex2mathml(tex, not block)
        except TypeError:  # docutils 0.21
            code = latex2mathml.tex2mathml(tex, as_block=block)
    except Exception as reason:
        logging.getLogger(__name__).warning("formula %s: %s", tex, reason, location=node)
        code = "<code>" + self.encode(tex) + "</code>"
    self.body.append('<div class="math">%s</div>\n' % code if block else code)
    raise nodes.SkipNode


def links_to_folders(app, docname, source):
    """A link to a folder leads to its README, and is plain text where there is none."""
    here = os.path.dirname(app.env.doc2path(docname))

    def replace(match):
        text, target = match.groups()
        if "://" in target or not os.path.isdir(os.path.join(here, target)):
            return match.group()
        readme = os.path.join(target, "README.md")
        return "[%s](%s)" % (text, readme) if os.path.isfile(os.path.join(here, readme)) else text

    source[0] = re.sub(r"\[([^\]\n]*)\]\(([^)#\s]+)\)", replace, source[0])


def contents(app, docname, source):
    """Appends the tables of contents to the start page. @rest@ stands for the pages that match none of the
    entries, so that a new page is in the manual wherever it is."""
    if docname != app.config.root_doc:
        return
    here = os.path.dirname(docname)
    app.env.note_dependency(os.path.join(here, "contents.txt"))
    with open(os.path.join(app.srcdir, here, "contents.txt")) as file:
        text = file.read()
    entries = [os.path.normpath(os.path.join(here, line)) for line in text.splitlines() if re.fullmatch(r"[\w./*-]+", line)]
    rest = [page for page in sorted(app.env.found_docs)
            if page != docname and not any(fnmatch.fnmatch(page, entry) for entry in entries)]
    source[0] += "\n\n" + text.replace("@rest@", "\n".join(os.path.relpath(page, here) for page in rest))


def setup(app):
    app.add_html_math_renderer("mathml", (lambda self, node: mathml(self, node, False), None),
                               (lambda self, node: mathml(self, node, True), None))
    app.connect("source-read", links_to_folders)
    app.connect("source-read", contents)


html_math_renderer = "mathml"
