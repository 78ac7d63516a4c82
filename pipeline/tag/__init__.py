"""What an article is about: tags, places and relevance, each with the words that prove it."""

from pipeline.tag.tagger import Tagger

__all__ = ["Tagger"]
