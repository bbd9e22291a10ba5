"""The report and the suites keep what `bakeoff.testing` asks of plugins."""

from bakeoff.testing import PluginContract


class TestReportPlugin(PluginContract):
    """Sections and the command that writes them."""

    plugin = "report"
    heavy = ("numpy", "pandas", "scipy", "altair", "jinja2", "vl_convert")


class TestSuitesPlugin(PluginContract):
    """The suites that ship."""

    plugin = "suites"
    heavy = ("numpy", "pandas", "sklearn", "pydantic", "yaml")
