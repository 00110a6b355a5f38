"""What people look at: one self-contained HTML page for a finished or interrupted run.

Plain data in (`ReportData`), HTML text out (`render_report`). Nothing here reads a journal or a folder.
"""

from radgen.report.model import (
    CheckRow,
    CheckValue,
    Counts,
    Example,
    LabelRow,
    LabelShown,
    MetricRow,
    Picture,
    ProblemRow,
    ReasonRow,
    ReportData,
    VariantRow,
)
from radgen.report.overlay import overlay
from radgen.report.page import render_report
from radgen.report.pictures import panel_names, triptych

__all__ = [
    "CheckRow",
    "CheckValue",
    "Counts",
    "Example",
    "LabelRow",
    "LabelShown",
    "MetricRow",
    "Picture",
    "ProblemRow",
    "ReasonRow",
    "ReportData",
    "VariantRow",
    "overlay",
    "panel_names",
    "render_report",
    "triptych",
]
