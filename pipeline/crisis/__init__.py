"""What is being watched: profiles of crises, loaded and checked. A profile is data; no name in it stands in code."""

from pipeline.crisis.load import load_profile
from pipeline.crisis.profile import Place, Profile

__all__ = ["Place", "Profile", "load_profile"]
