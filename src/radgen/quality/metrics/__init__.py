"""Distances between pictures and between sets of them: arrays in, numbers out; nothing is read here."""

from radgen.quality.metrics.classify import TwoSample, classifier_two_sample
from radgen.quality.metrics.diversity import ms_ssim_diversity, vendi_score
from radgen.quality.metrics.frechet import frechet_distance
from radgen.quality.metrics.intervals import Interval, half_sample_interval, half_samples, patients_of
from radgen.quality.metrics.kernel import KernelDistance, kernel_distance
from radgen.quality.metrics.neighbours import Coverage, Memorisation, memorisation_ratio, prdc
from radgen.quality.metrics.similarity import ms_ssim, psnr, ssim

__all__ = [
    "Coverage",
    "Interval",
    "KernelDistance",
    "Memorisation",
    "TwoSample",
    "classifier_two_sample",
    "frechet_distance",
    "half_sample_interval",
    "half_samples",
    "kernel_distance",
    "memorisation_ratio",
    "ms_ssim",
    "ms_ssim_diversity",
    "patients_of",
    "prdc",
    "psnr",
    "ssim",
    "vendi_score",
]
