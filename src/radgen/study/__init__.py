"""The founding paper's experiments for any image model, as one page."""

from radgen.study.experiments import EXPERIMENTS, Experiment
from radgen.study.run import StudySummary, run_study

__all__ = ["EXPERIMENTS", "Experiment", "StudySummary", "run_study"]
