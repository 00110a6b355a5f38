"""Whether pixels may leave this machine: pure decisions, asked last before anything is sent."""

from radgen.privacy.policy import Decision, PrivacyPolicy, decide, require

__all__ = ["Decision", "PrivacyPolicy", "decide", "require"]
