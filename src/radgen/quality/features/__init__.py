"""Pictures to features: built in without weights, a network's with the user's weights, or any function's."""

from radgen.quality.features.handcrafted import HANDCRAFTED, handcrafted
from radgen.quality.features.network import network_features
from radgen.quality.features.sets import BUILT_IN, FeatureSet, Pictures, as_feature_sets, square
from radgen.quality.features.texture import TEXTURE, texture

__all__ = [
    "BUILT_IN",
    "HANDCRAFTED",
    "TEXTURE",
    "FeatureSet",
    "Pictures",
    "as_feature_sets",
    "handcrafted",
    "network_features",
    "square",
    "texture",
]
