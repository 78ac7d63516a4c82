"""What is being watched: profiles of crises, loaded and checked. A profile is data; no name in it stands in code."""

from pipeline.crisis.begin import begin_profile
from pipeline.crisis.load import load_profile
from pipeline.crisis.profile import Place, Profile

__all__ = ["Place", "Profile", "begin_profile", "load_profile"]
